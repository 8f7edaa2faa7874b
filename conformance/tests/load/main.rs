//! The cases that load the whole machine, one after another, apart from those that measure time.

use tokio::sync::Mutex;

static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

/// Makes a test of each case, for one framework.
macro_rules! load {
    ($framework:expr; $($file:ident: $case:ident,)+) => {
        $(
            #[ignore = "loads the machine for minutes; ./test.sh runs it"]
            #[tokio::test]
            async fn $case() {
                let _turn = crate::ONE_AT_A_TIME.lock().await;
                conformance::cases::$file::$case(&$framework).await;
            }
        )+
    };
    ($framework:expr) => {
        load! { $framework;
            hub_resume: a_cut_at_every_byte_loses_nothing,
            hub_slow: a_reader_that_falls_off_the_tail_gets_its_gap_and_the_rest,
            hub_slow: twenty_slow_readers_get_gaps_for_what_they_miss,
            hub_many: two_thousand_connections_lose_nothing,
        }
    };
}

mod axum {
    load!(conformance::AXUM);
}

mod actix {
    load!(conformance::ACTIX);
}

mod warp {
    load!(conformance::WARP);
}

mod rocket {
    load!(conformance::ROCKET);
}

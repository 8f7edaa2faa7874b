//! All cases on all frameworks.

mod check;
mod contract;
mod kit;
mod metrics;

mod axum {
    conformance::suite!(conformance::AXUM);
}

mod actix {
    conformance::suite!(conformance::ACTIX);
}

mod warp {
    conformance::suite!(conformance::WARP);
}

mod rocket {
    conformance::suite!(conformance::ROCKET);
}

mod hyper {
    conformance::suite!(conformance::HYPER);
}

mod actix_default {
    use conformance::{ACTIX_DEFAULT, cases::leaving};

    #[tokio::test]
    async fn a_closed_connection_is_noticed() {
        leaving::a_closed_connection_is_noticed(&ACTIX_DEFAULT).await;
    }
}

#[tokio::test]
async fn bytes_are_identical_on_all_frameworks() {
    conformance::cases::bytes::are_identical_on_all_frameworks().await;
}

//! The cases: each is a plain function that takes a framework, and panics if the framework fails.

pub mod admission;
pub mod batching;
pub mod bytes;
pub mod channel;
pub mod drain;
pub mod ending;
pub mod ends;
pub mod gzip;
pub mod head;
pub mod head_request;
pub mod hub_gaps;
pub mod hub_many;
pub mod hub_requests;
pub mod hub_resume;
pub mod hub_slow;
pub mod keep_alive;
pub mod last_event_id;
pub mod leaving;
pub mod opening;
pub mod refusal;
pub mod restart;
pub mod signals;
pub mod slow;
pub mod unread;

/// Makes a test of each case, for one framework.
///
/// It can be used in an integration test of this crate only, which knows where `conformance-server` is.
/// `suite!(names)` returns the names of the cases.
#[macro_export]
macro_rules! suite {
    // The names of the cases, as `file::case`.
    (names) => {
        $crate::suite! { @list names }
    };
    ($framework:expr) => {
        $crate::suite! { @list tests $framework }

        #[tokio::test]
        async fn a_process_stops_within_a_second_of_sigint() {
            let server = env!("CARGO_BIN_EXE_conformance-server");
            $crate::cases::signals::stops_within_a_second(&$framework, server, "SIGINT").await;
        }

        #[tokio::test]
        async fn a_process_stops_within_a_second_of_sigterm() {
            let server = env!("CARGO_BIN_EXE_conformance-server");
            $crate::cases::signals::stops_within_a_second(&$framework, server, "SIGTERM").await;
        }

        #[tokio::test]
        async fn a_restart_refuses_no_connection() {
            let server = env!("CARGO_BIN_EXE_conformance-server");
            $crate::cases::restart::refuses_no_connection(&$framework, server).await;
        }

        #[tokio::test]
        async fn a_second_signal_stops_a_process_at_once() {
            let server = env!("CARGO_BIN_EXE_conformance-server");
            $crate::cases::signals::a_second_signal_stops_at_once(&$framework, server).await;
        }
    };
    (@list $what:ident $($framework:expr)?) => {
        $crate::suite! { @$what $($framework)?;
            head:
                is_exact_over_each_protocol,
                own_headers_win,
                stop_is_204_without_content;
            opening: leaves_before_the_first_event;
            bytes:
                hostile_fields_arrive_as_data,
                an_error_ends_the_stream_with_an_event,
                an_error_may_end_the_stream_without_an_event,
                two_responses_do_not_mix;
            channel:
                a_sender_waits_for_its_client,
                a_sender_notices_that_its_client_has_left;
            admission:
                a_stream_over_the_limit_is_refused_until_another_ends,
                an_event_source_may_be_asked_to_reconnect_later,
                the_oldest_stream_may_be_ended;
            refusal:
                is_exact_over_each_protocol,
                of_a_hub_is_its_error;
            batching:
                events_ready_at_first_leave_with_the_opening,
                a_burst_is_one_chunk_and_one_write;
            keep_alive:
                comes_after_each_silence_and_not_before,
                is_not_sent_while_events_flow;
            last_event_id: is_read_alike;
            head_request: never_polls_the_stream;
            leaving:
                a_closed_connection_is_noticed,
                a_closed_half_is_noticed,
                a_reset_http_2_stream_is_noticed;
            ending:
                a_drain_ends_each_stream_as_its_ending_says,
                a_drain_lets_an_answer_finish,
                an_answer_that_does_not_finish_is_cut,
                a_cut_over_http_2_resets_one_stream,
                a_cut_loses_no_last_event_on_many_threads;
            ends:
                each_end_is_reported_with_its_reason,
                a_panic_is_reported_as_a_panic,
                max_age_ends_a_stream,
                an_expired_stream_ends_after_its_notice;
            gzip: events_arrive_unbuffered;
            drain:
                ends_idle_and_busy_streams_within_a_second,
                ends_streams_over_each_protocol,
                a_request_meanwhile_gets_a_reconnection_time,
                a_client_that_does_not_read_is_abandoned_at_the_deadline,
                servers_in_one_process_are_independent,
                an_always_ready_stream_starves_nobody;
            slow: a_slow_source_delays_neither_the_head_nor_its_events;
            unread:
                a_stream_without_a_window_ends_with_its_connection,
                a_stream_without_a_window_is_abandoned_at_the_deadline;
            hub_requests:
                an_impossible_subscription_is_refused,
                a_drained_hub_ends_its_streams,
                a_revocation_ends_streams_after_a_whole_event;
            hub_resume:
                one_id_resumes_many_topics,
                a_cut_before_the_first_event_loses_nothing;
            hub_gaps:
                a_gap_comes_first,
                a_gap_comes_right_before_the_next_event_of_its_topic;
        }
    };
    (@tests $framework:expr; $($file:ident: $($case:ident),+;)+) => {
        $(
            mod $file {
                $(
                    #[tokio::test]
                    async fn $case() {
                        $crate::cases::$file::$case(&$framework).await;
                    }
                )+
            }
        )+
    };
    (@names; $($file:ident: $($case:ident),+;)+) => {
        [$($(concat!(stringify!($file), "::", stringify!($case))),+),+]
    };
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    /// A case that is in no list would never run.
    #[test]
    fn every_public_case_runs() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let read = |path: &Path| {
            fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        };
        // Cases that the macro's list does not contain are called by name.
        let calls = ["src/cases.rs", "tests/suite/main.rs", "tests/load/main.rs"];
        let calls = calls.map(|path| read(&root.join(path))).concat();
        let list = crate::suite!(names);
        let mut cases = Vec::new();
        for file in fs::read_dir(root.join("src/cases")).expect("the folder of the cases") {
            let path = file.expect("a file").path();
            let file = path.file_stem().and_then(|name| name.to_str()).expect("a name").to_owned();
            let text = read(&path);
            let found = text.lines().filter_map(|line| line.strip_prefix("pub async fn "));
            let found = found.filter_map(|rest| rest.split_once('('));
            cases.extend(found.map(|(case, _)| format!("{file}::{case}")));
        }
        assert!(cases.len() > list.len(), "the cases of the list, and others: {cases:?}");
        let runs = |case: &String| {
            list.contains(&case.as_str())
                || calls.contains(&format!("{case}("))
                || calls.contains(&format!("{},", case.replace("::", ": ")))
        };
        let forgotten: Vec<_> = cases.iter().filter(|case| !runs(case)).collect();
        assert!(forgotten.is_empty(), "add these to a list, or they never run: {forgotten:?}");
    }
}

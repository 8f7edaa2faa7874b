use std::time::{Duration, Instant};

use super::{Action, Input, Machine, Policy, State};

use Action::{Connect, Continue, Fail, Finish, Opened, Resumed};

const GET: Input = Input::Send { safe: true };
const POST: Input = Input::Send { safe: false };

/// A state, with its times in ms since the start. `u64::MAX` stands for no deadline.
#[derive(Debug, PartialEq)]
enum At {
    Preparing,
    /// With its deadline.
    Sending(u64),
    /// With its beginning and its deadline.
    Open(u64, u64),
    Waiting(u64),
    Stopped,
}

fn wait(ms: u64) -> Action {
    Action::Wait(Duration::from_millis(ms))
}

fn retry(ms: u64) -> Input {
    Input::Retry(Duration::from_millis(ms))
}

fn later(ms: u64) -> Input {
    Input::Later(Some(Duration::from_millis(ms)))
}

/// Gives each input at its time in ms, and checks what the machine does and where it is then. Random numbers are 0.
#[track_caller]
fn check(policy: Policy, steps: &[(Input, u64, Action, At)]) {
    let start = Instant::now();
    let since = |time: Instant| u64::try_from((time - start).as_millis()).expect("short");
    let mut machine = Machine::new(policy);
    for (row, (input, time, action, at)) in steps.iter().enumerate() {
        let did = machine.take(*input, start + Duration::from_millis(*time), 0.0);
        assert_eq!(did, *action, "row {row}: {input:?} at {time}");
        let deadline = |deadline: Option<Instant>| deadline.map_or(u64::MAX, since);
        let state = match machine.state {
            State::Preparing => At::Preparing,
            State::Sending { deadline: at } => At::Sending(deadline(at)),
            State::Open { since: at, deadline: end } => At::Open(since(at), deadline(end)),
            State::Waiting { until } => At::Waiting(since(until)),
            State::Stopped => At::Stopped,
        };
        assert_eq!(state, *at, "row {row}: {input:?} at {time}");
    }
}

fn reconnect(reconnect: bool) -> Policy {
    Policy { reconnect: Some(reconnect), ..Policy::default() }
}

#[test]
fn a_lost_connection_is_resumed() {
    check(
        Policy::default(),
        &[
            (GET, 0, Continue, At::Sending(45_000)),
            (Input::Opened, 100, Opened, At::Open(100, 45_100)),
            (Input::Bytes, 20_000, Continue, At::Open(100, 65_000)),
            (Input::Ended, 20_001, wait(500), At::Waiting(20_501)),
            (Input::Time, 20_500, Continue, At::Waiting(20_501)),
            (Input::Time, 20_501, Connect, At::Preparing),
            (GET, 20_502, Continue, At::Sending(65_502)),
            (Input::Opened, 20_600, Resumed, At::Open(20_600, 65_600)),
        ],
    );
}

#[test]
fn the_first_reconnect_waits_as_long_as_the_server_asks() {
    check(
        Policy::default(),
        &[
            (GET, 0, Continue, At::Sending(45_000)),
            (Input::Opened, 0, Opened, At::Open(0, 45_000)),
            (retry(700), 0, Continue, At::Open(0, 45_000)),
            (retry(20), 0, Continue, At::Open(0, 45_000)),
            (Input::Failed, 1, wait(20), At::Waiting(21)),
            (Input::Time, 21, Connect, At::Preparing),
            (GET, 21, Continue, At::Sending(45_021)),
            (Input::Unsent, 22, wait(1_000), At::Waiting(1_022)),
        ],
    );
}

#[test]
fn the_delay_grows_until_a_connection_was_healthy() {
    check(
        Policy::default(),
        &[
            (GET, 0, Continue, At::Sending(45_000)),
            (Input::Unsent, 0, wait(500), At::Waiting(500)),
            (Input::Time, 500, Connect, At::Preparing),
            (GET, 500, Continue, At::Sending(45_500)),
            (Input::Failed, 500, wait(1_000), At::Waiting(1_500)),
            (Input::Time, 1_500, Connect, At::Preparing),
            (GET, 1_500, Continue, At::Sending(46_500)),
            // It opens, which alone proves nothing, and is lost just before it counts as healthy.
            (Input::Opened, 1_500, Opened, At::Open(1_500, 46_500)),
            (Input::Ended, 11_499, wait(2_000), At::Waiting(13_499)),
            (Input::Time, 13_499, Connect, At::Preparing),
            (GET, 13_499, Continue, At::Sending(58_499)),
            (Input::Opened, 13_499, Resumed, At::Open(13_499, 58_499)),
            (Input::Ended, 23_499, wait(500), At::Waiting(23_999)),
        ],
    );
}

#[test]
fn silence_is_a_loss_and_any_byte_is_life() {
    check(
        Policy { stall_after: Duration::from_secs(2), ..Policy::default() },
        &[
            (GET, 0, Continue, At::Sending(2_000)),
            (Input::Time, 2_000, wait(500), At::Waiting(2_500)),
            (Input::Time, 2_500, Connect, At::Preparing),
            (GET, 2_500, Continue, At::Sending(4_500)),
            (Input::Opened, 4_000, Opened, At::Open(4_000, 6_000)),
            (Input::Bytes, 5_999, Continue, At::Open(4_000, 7_999)),
            (Input::Time, 6_000, Continue, At::Open(4_000, 7_999)),
            (Input::Time, 7_999, wait(1_000), At::Waiting(8_999)),
        ],
    );
    check(
        Policy { stall_after: Duration::MAX, ..Policy::default() },
        &[
            (GET, 0, Continue, At::Sending(u64::MAX)),
            (Input::Time, 9_999_999, Continue, At::Sending(u64::MAX)),
        ],
    );
}

#[test]
fn a_response_decides_whether_to_try_again() {
    let rows = [
        (Input::NoContent, Finish, At::Stopped),
        (Input::Refused, Fail, At::Stopped),
        (Input::Later(None), wait(500), At::Waiting(501)),
        (later(7_000), wait(7_000), At::Waiting(7_001)),
        (later(0), wait(0), At::Waiting(1)),
    ];
    for (input, action, at) in rows {
        let sent = (GET, 0, Continue, At::Sending(45_000));
        check(Policy::default(), &[sent, (input, 1, action, at)]);
    }
}

#[test]
fn a_post_is_sent_again_only_if_it_was_not_sent() {
    let sent = || (POST, 0, Continue, At::Sending(45_000));
    let open = || (Input::Opened, 0, Opened, At::Open(0, 45_000));
    let default = Policy::default;
    check(default(), &[sent(), (Input::Unsent, 0, wait(500), At::Waiting(500))]);
    check(default(), &[sent(), (Input::Failed, 0, Fail, At::Stopped)]);
    check(default(), &[sent(), (Input::Time, 45_000, Fail, At::Stopped)]);
    check(default(), &[sent(), (later(1), 0, Fail, At::Stopped)]);
    check(default(), &[sent(), open(), (Input::Failed, 1, Fail, At::Stopped)]);
    check(default(), &[sent(), open(), (Input::Time, 45_000, Fail, At::Stopped)]);
    check(default(), &[sent(), open(), (Input::Ended, 1, Finish, At::Stopped)]);
}

#[test]
fn a_setting_decides_instead_of_the_method() {
    for request in [GET, POST] {
        let sent = || (request, 0, Continue, At::Sending(45_000));
        let open = || (Input::Opened, 0, Opened, At::Open(0, 45_000));
        let (once, always) = (|| reconnect(false), || reconnect(true));
        check(once(), &[sent(), (Input::Unsent, 0, Fail, At::Stopped)]);
        check(once(), &[sent(), (later(1), 0, Fail, At::Stopped)]);
        check(once(), &[sent(), open(), (Input::Failed, 1, Fail, At::Stopped)]);
        check(once(), &[sent(), open(), (Input::Ended, 1, Finish, At::Stopped)]);
        check(always(), &[sent(), (Input::Failed, 0, wait(500), At::Waiting(500))]);
        check(always(), &[sent(), open(), (Input::Ended, 1, wait(500), At::Waiting(501))]);
    }
}

#[test]
fn nothing_restarts_a_client_that_has_stopped() {
    let stopped = || At::Stopped;
    let mut steps =
        vec![(GET, 0, Continue, At::Sending(45_000)), (Input::Refused, 0, Fail, stopped())];
    for input in [GET, Input::Opened, Input::Bytes, Input::Ended, Input::Failed, Input::Time] {
        steps.push((input, 99_000, Continue, stopped()));
    }
    check(Policy::default(), &steps);
}

//! What happens to a client.

/// What happens to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scenario {
    /// Text that has broken encoders and decoders, cut at any byte on the way.
    Hostile,
    /// The server is killed in the middle, and is back a second later.
    Restart,
    /// The answer is 204, which ends reconnecting.
    Stop,
    /// Nothing but `retry:`, comments and keep-alives between events.
    Empty,
    /// The server is stopped in the middle, as by a deployment.
    Drain,
    /// The same, but the drain cuts the stream with an error of its body.
    Cut,
}

impl Scenario {
    /// All, in the order of the table.
    pub const ALL: [Self; 6] =
        [Self::Hostile, Self::Restart, Self::Stop, Self::Empty, Self::Drain, Self::Cut];

    /// Those of the short form.
    pub const SHORT: [Self; 3] = [Self::Hostile, Self::Empty, Self::Drain];

    /// The name, in the table and in paths.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hostile => "hostile",
            Self::Restart => "restart",
            Self::Stop => "204",
            Self::Empty => "empty",
            Self::Drain => "drain",
            Self::Cut => "cut",
        }
    }

    /// What a client has to do.
    pub fn requirement(self) -> &'static str {
        match self {
            Self::Hostile => "delivers exactly the text that was sent",
            Self::Restart => {
                "reconnects after the server was killed and receives every event once, or reports an error"
            }
            Self::Stop => "sends no further request after a 204",
            Self::Empty => "delivers no empty event for `retry:`, comments and keep-alives",
            Self::Drain => {
                "reconnects after a drain and receives every event once, or receives the complete answer"
            }
            Self::Cut => {
                "reconnects after a drain that cuts the body and receives every event once, or reports an error"
            }
        }
    }
}

//! What proxies do to an event stream: each with a minimal configuration and with ours.
//!
//! The program `proxies` runs it and prints a table; `docs/proxies.md` shows and explains it.

mod comeback;
mod delay;
mod gone;
mod known;
mod limits;
mod measure;
mod measured;
mod outage;
mod probe;
mod proxy;
mod reports;
mod running;
mod setup;
mod squeezed;

pub use self::{
    comeback::{Comeback, Down, browse},
    delay::Delay,
    gone::Gone,
    known::ALL,
    limits::Limits,
    measure::{directly, measure},
    measured::Measured,
    outage::Outage,
    proxy::{Proxy, installed},
    running::Running,
    setup::Setup,
    squeezed::Squeezed,
};

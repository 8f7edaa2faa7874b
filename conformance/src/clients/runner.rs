//! What runs a client.

/// What runs a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runner {
    /// Node, in the folder of the npm packages.
    Node,
    /// The same, which starts Chromium.
    Chromium,
    /// Python, of the virtual environment.
    Python,
    /// A program of the package `rust-clients`.
    Rust,
}

//! The setup of a load case: a seed, open files, and a place to print its counts.

use std::io::{self, Write as _};

use fastrand::Rng;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Writes counts directly to standard error, so that they are visible even when tests pass.
pub fn report(text: &str) {
    // A test can still fail if nothing can be written.
    let _ = writeln!(io::stderr(), "{text}");
}

/// Returns random numbers, and their seed for the report. `CONFORMANCE_SEED` in the environment repeats a
/// run, as far as the clock allows.
///
/// # Panics
/// If the variable is not a number.
pub fn random() -> (Rng, u64) {
    let seed = match std::env::var("CONFORMANCE_SEED") {
        Ok(seed) => seed.parse().expect("CONFORMANCE_SEED is a number"),
        Err(_) => fastrand::u64(..),
    };
    (Rng::with_seed(seed), seed)
}

/// Raises the soft limit of open files as far as the hard limit allows.
///
/// # Panics
/// If that is less than needed.
pub fn need_files(needed: u64) {
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= needed) {
        return;
    }
    let raised = Rlimit { current: limit.maximum.or(Some(needed)), ..limit };
    let set = setrlimit(Resource::Nofile, raised);
    let limit = getrlimit(Resource::Nofile).current;
    assert!(
        limit.is_none_or(|limit| limit >= needed),
        "{needed} open files are needed, {limit:?} allowed ({set:?}); raise the hard limit, `ulimit -Hn`"
    );
}

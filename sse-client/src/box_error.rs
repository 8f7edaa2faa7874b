//! An error of any type.

use std::error::Error;

/// An error of any type, as connectors and request functions return it.
pub type BoxError = Box<dyn Error + Send + Sync>;

//! What the end-to-end tests stand on: running programs with a limit, a hermetic environment for
//! the command line, and sandbox machines. No test lives here, and nothing here knows nixwright's
//! library: the tests speak with the program as its users do.
#![allow(clippy::disallowed_methods, clippy::print_stderr, reason = "the tests are outside the house's edge")]
#![allow(dead_code, reason = "the house of the tests has more doors than today's tests go through")]

pub(crate) mod hermetic;
pub(crate) mod postgres;
pub(crate) mod run;
pub(crate) mod sandbox;
pub(crate) mod temporary;

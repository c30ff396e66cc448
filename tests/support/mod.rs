//! What the end-to-end tests stand on: running programs with a limit, a hermetic environment for
//! the command line, and sandbox machines. No test lives here, and nothing here knows nixwright's
//! library: the tests speak with the program as its users do.

pub mod hermetic;
pub mod run;
pub mod sandbox;
pub mod temporary;

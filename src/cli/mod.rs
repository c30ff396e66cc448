//! The command line: clap definitions, one file per command, errors to exit codes. No domain logic.

mod error;
mod exit_code;
mod ui;

pub use error::{CommandError, ErrorKind};
pub use exit_code::ExitCode;
pub use ui::Ui;

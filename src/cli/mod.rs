//! The command line: clap definitions, one file per command, errors to exit codes. No domain logic.

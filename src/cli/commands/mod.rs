//! One file per command. A command's doc comment is its help page; its function parses the arguments into domain
//! types, calls the library and hands the result to `report`. Nothing a library user could want lives here.
//!
//! To add a command: write `commands/<verb>.rs` with `<Verb>Args` and `pub(crate) fn <verb>(…)`, add the module
//! below, a variant to [`Command`], and an arm to [`run`].

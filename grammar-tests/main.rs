//! Cases as files: Nix code beside what must come of it. `UPDATE=1` writes the expected files anew; a case without one
//! fails, and so does a folder that no test reads.
//!
//! | folder | a case passes if |
//! | --- | --- |
//! | `syntax/ok` | nothing is wrong; the comments and pipes found are as expected |
//! | `syntax/err` | the errors are exactly the expected ones: kind, line and column, message |
//! | `eval/okay` | the value printed is the expected one, and no part is unknown |
//! | `eval/fail` | evaluation fails certainly: kind, line and column, message |
//! | `eval/unknown` | what is unknown is unknown for the expected reason |
//! | `eval/builtins` | one file for each builtin: a list whose elements are evaluated one by one to the expected outcomes |
//! | `modules/okay`, `fail`, `unknown` | the same for the module system; real Nix must agree with the first two |
//! | `checks/ID/bad`, `good` | the check finds something on the marked lines, or nothing at all |
//! | `eval/not-yet` | it does not pass yet: the expected value is Nix', ours is unknown |
//!
//! `recall` holds networks with a mistake planted in each, which the checks must find at its place; `recall.rs` says how.
//!
//! With `NIX_LANG_TESTS` and `NIXPKGS_LIB` suites of others are run too, and their score printed (`conformance`).
//! `NIX_TREES` names folders of Nix files in which nothing is wrong (`trees`).

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::type_complexity,
    clippy::unwrap_used,
    reason = "tests look at the real machine, and stop at the first surprise"
)]

mod cases;
mod checks;
mod conformance;
mod differential;
mod examples;
mod hostile;
mod modules_against_nix;
mod nix_suite;
mod packages;
mod recall;
mod trees;

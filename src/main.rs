//! The program: parse, run, exit code.

use std::process::ExitCode;

use nixwright::cli::{self, Ui};
use nixwright::system::System;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let system = System::os();
    let mut ui = Ui::os(system.terminal);
    cli::run(&system, &mut ui, std::env::args_os()).into()
}

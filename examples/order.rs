//! Prints the order in which the machines of a network are activated, and the graph it follows from as Mermaid text.
//!
//! `cargo run --example order -- network.nix`

#![expect(clippy::disallowed_methods, reason = "a program of its own is where the world begins")]

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use nixwright::{Chart, Dependencies, Files, MachineName, Network, OsFiles, Request, View};

fn main() -> ExitCode {
    let inputs = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let folder = std::env::current_dir().unwrap_or_default();
    match run(Arc::new(OsFiles), folder, inputs, &mut io::stdout()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::from(2)
        }
    }
}

pub(crate) fn run(
    files: Arc<dyn Files>,
    working_folder: PathBuf,
    inputs: Vec<PathBuf>,
    out: &mut dyn Write,
) -> Result<(), Box<dyn std::error::Error>> {
    let folder = working_folder.clone();
    let network = Network::load(&Request { working_folder, ..Request::new(files, inputs) })?;
    let graph = Dependencies::of(&network);
    // Machines that wait for each other in a circle have no order; the error names them.
    for (number, rank) in graph.ranks()?.iter().enumerate() {
        let names: Vec<&str> = rank.iter().map(MachineName::as_str).collect();
        writeln!(out, "{}. {}", number + 1, names.join(", "))?;
    }
    let all: Vec<usize> = (0..network.machines.len()).collect();
    let chart = Chart::of(&network, View::Schedule, &all, None, &folder);
    write!(out, "\n{}", chart.mermaid())?;
    Ok(())
}

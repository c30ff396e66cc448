//! Checks a network as a CI job does: a line for each finding, and exit status 1 where one of them is an error.
//!
//! `cargo run --example lint -- network.nix`

#![expect(clippy::disallowed_methods, reason = "a program of its own is where the world begins")]

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use nixwright::{Files, Levels, Network, OsFiles, Request, checks};

fn main() -> ExitCode {
    let inputs = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let folder = std::env::current_dir().unwrap_or_default();
    match run(Arc::new(OsFiles), folder, inputs, &mut io::stdout()) {
        Ok(false) => ExitCode::SUCCESS,
        Ok(true) => ExitCode::from(1),
        // A file that cannot be read is no finding: nothing was checked.
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::from(2)
        }
    }
}

/// Whether there was an error among the findings.
pub(crate) fn run(
    files: Arc<dyn Files>,
    working_folder: PathBuf,
    inputs: Vec<PathBuf>,
    out: &mut dyn Write,
) -> Result<bool, Box<dyn std::error::Error>> {
    let network = Network::load(&Request { working_folder, ..Request::new(files, inputs) })?;
    // This team lets its machines be reached by their names.
    let mut levels = Levels::default();
    levels.allow("target-host-missing")?;
    let found = checks::run(&network, &levels);
    for finding in &found {
        let place = network.sources().place(finding.span);
        writeln!(out, "{place}: {}: {} [{}]", finding.level, finding.message, finding.id)?;
        if let Some(help) = &finding.help {
            writeln!(out, "    {help}")?;
        }
    }
    Ok(levels.fails(&found))
}

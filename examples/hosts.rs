//! Prints machine, host and user of a network, and of what is not known why it is not: values and reasons.
//!
//! `cargo run --example hosts -- network.nix`

#![expect(clippy::disallowed_methods, reason = "a program of its own is where the world begins")]

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use nixwright::{Files, Machine, Network, OsFiles, Request, Setting};

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
    let network = Network::load(&Request { working_folder, ..Request::new(files, inputs) })?;
    for machine in &network.machines {
        let (host, user) = (told(&network, machine, "targetHost"), told(&network, machine, "targetUser"));
        writeln!(out, "{}\t{host}\t{user}", machine.name)?;
    }
    // There may be machines whose names cannot be known: each gap is a reason.
    for gap in &network.open {
        writeln!(out, "perhaps more: {}", gap.reason.sentence(|at| network.sources().place(at)))?;
    }
    Ok(())
}

/// A setting of a machine: what its modules say, what holds where none says anything, or why that is not known.
fn told(network: &Network, machine: &Machine, name: &str) -> String {
    let account = network.account(machine, &["deployment", name]);
    match &account.setting {
        Setting::Known(_) => account.written(),
        Setting::Unset => {
            let default = account.default.map_or_else(|| "nothing".to_owned(), |it| it.written());
            format!("{default} (nobody sets it)")
        }
        Setting::Unknown(why) => format!("? {}", why.sentence(|at| network.sources().place(at))),
    }
}

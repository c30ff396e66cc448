//! `nixwright plan`: what a deploy would do, and why.

use std::path::PathBuf;

use super::deploy::AskedArgs;
use crate::cli::runs;
use crate::cli::{CommandError, ExitCode, Ui};
use crate::execute::{self, Planning, SavedPlan};
use crate::report;
use crate::system::System;

/// Show what a deploy would do, and why
///
/// Evaluates the network, looks at the machines, builds the systems here, and touches no machine. Says for each machine
/// what it runs and what it would run, which packages come, go and change, how much is to be copied and whether there is room
/// for it, which units are restarted, which keys are sent and removed, and whether a reboot is needed. What cannot be known
/// before is said to be unknown, with the reason.
///
/// Keys are read and commands that print keys are run, to see which of them changed; no text of a key is shown or kept.
///
/// Example: nixwright plan -d target --out target.plan
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct PlanArgs {
    #[command(flatten)]
    asked: AskedArgs,

    /// Build nothing: what is not built yet is not compared
    #[arg(long)]
    no_build: bool,

    /// Keep the plan in a file, which only you may read
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Show a plan that was kept, and ask nobody
    #[arg(long, value_name = "FILE", conflicts_with_all = ["out", "no_build", "files", "deployment", "on"])]
    show: Option<PathBuf>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn plan(
    system: &System,
    ui: &mut Ui<'_>,
    args: &PlanArgs,
) -> Result<ExitCode, CommandError> {
    if let Some(file) = &args.show {
        let saved = SavedPlan::read(system, &system.environment.absolute(file))?;
        return print(ui, &saved, args.json);
    }
    let Some(saved) = make(system, ui, &args.asked, !args.no_build, args.out.is_some()).await? else {
        return Ok(ExitCode::Findings);
    };
    if let Some(file) = &args.out {
        saved.write(system, &system.environment.absolute(file))?;
    }
    print(ui, &saved, args.json)
}

/// `nixwright deploy --dry-run`
pub(super) async fn dry_run(
    system: &System,
    ui: &mut Ui<'_>,
    args: &AskedArgs,
) -> Result<ExitCode, CommandError> {
    match make(system, ui, args, true, false).await? {
        Some(saved) => print(ui, &saved, false),
        None => Ok(ExitCode::Findings),
    }
}

/// The plan as it is now; none where findings stop it.
async fn make(
    system: &System,
    ui: &mut Ui<'_>,
    args: &AskedArgs,
    build: bool,
    keep: bool,
) -> Result<Option<SavedPlan>, CommandError> {
    if args.keys_only {
        let error = CommandError::usage("a plan is about the systems of machines");
        return Err(error.hint("`nixwright deploy --keys-only --dry-run` says which keys would be sent"));
    }
    let Some(begun) = args.begin(system, ui).await? else { return Ok(None) };
    let (session, talking) = args.run.session(system, begun.state)?;
    let deploy = args.request(&begun.deployment, begun.on.as_ref());
    let mut interrupts = runs::interrupts()?;
    let planning = execute::plan(&session, Planning { deploy, build, keep }, &mut interrupts);
    let planned = talking.while_running(ui, &begun.deployment.title(), false, planning).await;
    session.close().await;
    Ok(Some(planned?))
}

fn print(ui: &mut Ui<'_>, saved: &SavedPlan, json: bool) -> Result<ExitCode, CommandError> {
    let text = if json { report::plan::json(saved) } else { report::plan::text(saved, ui.terminal) };
    ui.print(&text)?;
    Ok(ExitCode::Done)
}

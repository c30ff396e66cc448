//! `nixwright plan`: what a deploy would do, and why.

use std::path::{Path, PathBuf};

use super::deploy::{AskedArgs, WITH_IT};
use super::run::{Format, deliver};
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

    /// Say what is not as it was when a plan was kept; with exit code 10 where anything is
    #[arg(long, value_name = "FILE", conflicts_with_all = ["out", "show", "no_build", "json"], conflicts_with_all = WITH_IT)]
    diff: Option<PathBuf>,

    /// Print JSON, as `--format json`
    #[arg(long, conflicts_with = "format")]
    json: bool,

    /// `human`, `json`, or `html`: a page with the schedule and what changes, which needs nothing else
    #[arg(long, value_name = "FORMAT", default_value = "human", conflicts_with = "diff")]
    format: Format,

    /// Write what is shown to this file
    #[arg(short, long, value_name = "FILE", conflicts_with = "diff")]
    output: Option<PathBuf>,
}

pub(super) async fn plan(
    system: &System,
    ui: &mut Ui<'_>,
    args: &PlanArgs,
) -> Result<ExitCode, CommandError> {
    if let Some(file) = &args.show {
        let saved = SavedPlan::read(system, &system.environment.absolute(file))?;
        return print(system, ui, &saved, args);
    }
    if let Some(file) = &args.diff {
        return diff(system, ui, &args.asked, file).await;
    }
    let Some(saved) = make(system, ui, &args.asked, !args.no_build, args.out.is_some()).await? else {
        return Ok(ExitCode::Findings);
    };
    if let Some(file) = &args.out {
        saved.write(system, &system.environment.absolute(file))?;
    }
    print(system, ui, &saved, args)
}

/// What moved since a plan was kept.
async fn diff(
    system: &System,
    ui: &mut Ui<'_>,
    args: &AskedArgs,
    file: &Path,
) -> Result<ExitCode, CommandError> {
    let saved = SavedPlan::read(system, &system.environment.absolute(file))?;
    let begun = args.begin_again(system, &saved).await?;
    let (session, talking) = args.run.session(system, begun.state)?;
    let request = saved.request(&begun.deployment, begun.on.as_ref(), false);
    let mut interrupts = runs::interrupts()?;
    let looking = execute::moved(&session, request, &saved, &mut interrupts);
    let moved = talking.while_running(ui, &begun.deployment.title(), false, looking).await;
    session.close().await;
    let moved = moved?;
    if moved.is_empty() {
        ui.say("everything is as it was when the plan was made");
        return Ok(ExitCode::Done);
    }
    ui.print(&moved.iter().map(|line| format!("{line}\n")).collect::<String>())?;
    Ok(ExitCode::Moved)
}

/// `nixwright deploy --dry-run`
pub(super) async fn dry_run(
    system: &System,
    ui: &mut Ui<'_>,
    args: &AskedArgs,
) -> Result<ExitCode, CommandError> {
    match make(system, ui, args, true, false).await? {
        Some(saved) => {
            ui.print(&report::plan::text(&saved, ui.terminal))?;
            Ok(ExitCode::Done)
        }
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

fn print(
    system: &System,
    ui: &mut Ui<'_>,
    saved: &SavedPlan,
    args: &PlanArgs,
) -> Result<ExitCode, CommandError> {
    let text = match args.format {
        Format::Html => report::story::plan_page(saved),
        Format::Json => report::plan::json(saved),
        Format::Human if args.json => report::plan::json(saved),
        Format::Human => report::plan::text(saved, ui.terminal),
    };
    deliver(system, ui, args.output.as_deref(), &text)
}

//! `nixwright exec`: one command on many machines.

use crate::cli::machine_args::{MachineArgs, ReachArgs};
use crate::cli::{CommandError, ExitCode, Ui, runs};
use crate::execute::{self, Exec, ExecResult};
use crate::system::{Ended, System};

/// Run a command on machines, all at the same time
///
/// The words after `--` are a program and its arguments, as they stand: no shell reads them (`-- sh -c '…'` asks for one).
/// It runs as root, as everything that nixwright does, and reads nothing. Each line that it says is shown with the name of its
/// machine, on the stream that it was said on. Ctrl-C ends the command on all machines.
///
/// The exit status is the highest of all machines; one that could not be reached counts as 255, as ssh has it.
///
/// Example: nixwright exec -d target --on 'web-*' -- systemctl is-active nginx
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ExecArgs {
    #[command(flatten)]
    machines: MachineArgs,

    #[command(flatten)]
    reach: ReachArgs,

    /// On how many machines at the same time
    #[arg(short = 'j', long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..))]
    parallel: u16,

    /// As the user who logs in, not as root
    #[arg(long)]
    as_user: bool,

    /// NixOps' word for what is always so here
    #[arg(short = 'p', hide = true)]
    in_parallel: bool,

    /// A program and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
}

pub(super) async fn exec(
    system: &System,
    ui: &mut Ui<'_>,
    args: &ExecArgs,
) -> Result<ExitCode, CommandError> {
    let state = args.machines.deployment.state.peek(system).await?;
    let (deployment, on) = args.machines.find(system, &state).await?;
    let (session, talking) = args.reach.session(system, state)?;
    let request = Exec {
        deployment: &deployment,
        on: on.as_ref(),
        words: &args.command,
        parallel: usize::from(args.parallel),
        as_user: args.as_user,
        patience: args.reach.patience(),
    };
    let mut interrupts = runs::interrupts()?;
    let title = deployment.title();
    let run = execute::exec(&session, request, &mut interrupts);
    let result = talking.while_working(ui, &title, run).await;
    session.close().await;
    let results = result?;
    summary(ui, &title, &args.command, &results);
    Ok(worst(&results))
}

/// Who failed, and why; nothing where one machine has said it all.
fn summary(ui: &mut Ui<'_>, title: &str, command: &[String], results: &ExecResult) {
    let mut failed = Vec::new();
    for (machine, result) in results {
        match result {
            Ok(Ended::Exit(0)) => {}
            Ok(ended) => failed.push(format!("{machine} ({ended})")),
            Err(why) => {
                ui.say(&format!("{machine}> error: {}", why.replace('\n', &format!("\n{machine}> "))));
                failed.push(format!("{machine} (not reached)"));
            }
        }
    }
    let all = results.len();
    if failed.is_empty() {
        if all > 1 {
            ui.say(&format!("{title}> done on {all} machines"));
        }
        return;
    }
    ui.say(&format!("{title}> failed on {} of {all} machines: {}", failed.len(), failed.join(", ")));
    let not_found = results.values().any(|it| matches!(it, Ok(Ended::Exit(127))));
    if not_found && command.first().is_some_and(|it| it.contains(char::is_whitespace)) {
        ui.say("  hint: no shell reads the command; `-- sh -c '…'` asks for one");
    }
}

fn worst(results: &ExecResult) -> ExitCode {
    let code = results.values().map(|result| match result {
        Ok(Ended::Exit(code)) => u8::try_from(*code).unwrap_or(u8::MAX),
        Ok(Ended::Signal(_) | Ended::Limit) | Err(_) => u8::MAX,
    });
    match code.max().unwrap_or(0) {
        0 => ExitCode::Done,
        code => ExitCode::Other(code),
    }
}

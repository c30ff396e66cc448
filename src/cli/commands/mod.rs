//! One file per command. A command's doc comment is its help page; its function parses the arguments into domain
//! types, calls the library and hands the result to `report`. Nothing a library user could want lives here.
//!
//! To add a command: write `commands/<verb>.rs` with `<Verb>Args` and `pub(super) fn <verb>(…)`, and add below its
//! module, its variant and its arm.

mod check;
mod clone;
mod completions;
mod copy_closure;
mod create;
mod delete;
mod delete_generation;
mod deploy;
mod destroy;
mod diff;
mod edit;
mod eval;
mod exec;
mod explain;
mod export;
mod graph;
mod import;
mod info;
mod list;
mod list_generations;
mod lsp;
mod man;
mod modify;
mod mount;
mod plan;
mod reboot;
mod rekey;
mod rename;
mod repl;
mod resume;
mod rollback;
mod run;
mod runs;
mod schema;
mod scp;
mod send_keys;
mod set_args;
mod show;
mod show_arguments;
mod show_option;
mod ssh;
mod status;
mod unlock;

use crate::system::System;

use super::{CommandError, ExitCode, Ui};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    Check(check::CheckArgs),
    Explain(explain::ExplainArgs),
    Show(show::ShowArgs),
    Eval(eval::EvalArgs),
    Graph(graph::GraphArgs),
    Create(create::CreateArgs),
    List(list::ListArgs),
    Info(info::InfoArgs),
    Plan(plan::PlanArgs),
    Diff(diff::DiffArgs),
    Deploy(deploy::DeployArgs),
    ListGenerations(list_generations::ListGenerationsArgs),
    Rollback(rollback::RollbackArgs),
    SendKeys(send_keys::SendKeysArgs),
    Reboot(reboot::RebootArgs),
    Resume(resume::ResumeArgs),
    Runs(runs::RunsArgs),
    Run(run::RunCommandArgs),
    Schema(schema::SchemaArgs),
    Status(status::StatusArgs),
    Ssh(ssh::SshArgs),
    #[command(visible_alias = "ssh-for-each")]
    Exec(exec::ExecArgs),
    CopyClosure(copy_closure::CopyClosureArgs),
    Destroy(destroy::DestroyArgs),
    Mount(mount::MountArgs),
    Scp(scp::ScpArgs),
    SetArgs(set_args::SetArgsArgs),
    ShowArguments(show_arguments::ShowArgumentsArgs),
    ShowOption(show_option::ShowOptionArgs),
    Repl(repl::ReplArgs),
    Delete(delete::DeleteArgs),
    Clone(clone::CloneArgs),
    DeleteGeneration(delete_generation::DeleteGenerationArgs),
    Edit(edit::EditArgs),
    Modify(modify::ModifyArgs),
    Rekey(rekey::RekeyArgs),
    Rename(rename::RenameArgs),
    Unlock(unlock::UnlockArgs),
    Export(export::ExportArgs),
    Import(import::ImportArgs),
    Lsp(lsp::LspArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
}

pub(super) fn run(system: &System, ui: &mut Ui<'_>, command: Command) -> Result<ExitCode, CommandError> {
    match command {
        Command::Check(args) if args.asks_nix() => waited(check::check_with_nix(system, ui, &args)),
        Command::Check(args) if args.watches() => waited(check::check_and_watch(system, ui, &args)),
        Command::Check(args) => check::check(system, ui, &args),
        Command::Explain(args) => explain::explain(ui, &args),
        Command::Show(args) => show::show(system, ui, &args),
        Command::Eval(args) => eval::eval(system, ui, &args),
        Command::Graph(args) => graph::graph(system, ui, &args),
        Command::Create(args) => waited(create::create(system, ui, &args)),
        Command::List(args) => waited(list::list(system, ui, &args)),
        Command::Info(args) => waited(info::info(system, ui, &args)),
        Command::Plan(args) => waited(plan::plan(system, ui, &args)),
        Command::Diff(args) => waited(diff::diff(system, ui, &args)),
        Command::Deploy(args) => waited(deploy::deploy(system, ui, &args)),
        Command::ListGenerations(args) => waited(list_generations::list_generations(system, ui, &args)),
        Command::Rollback(args) => waited(rollback::rollback(system, ui, &args)),
        Command::SendKeys(args) => waited(send_keys::send_keys(system, ui, &args)),
        Command::Reboot(args) => waited(reboot::reboot(system, ui, &args)),
        Command::Resume(args) => waited(resume::resume(system, ui, &args)),
        Command::Runs(args) => waited(runs::runs(system, ui, &args)),
        Command::Run(args) => waited(run::run(system, ui, &args)),
        Command::Schema(args) => waited(schema::schema(system, ui, &args)),
        Command::Status(args) => waited(status::status(system, ui, &args)),
        Command::Ssh(args) => waited(ssh::ssh(system, ui, &args)),
        Command::Exec(args) => waited(exec::exec(system, ui, &args)),
        Command::CopyClosure(args) => waited(copy_closure::copy_closure(system, ui, &args)),
        Command::Destroy(args) => waited(destroy::destroy(system, ui, &args)),
        Command::Mount(args) => waited(mount::mount(system, ui, &args)),
        Command::Scp(args) => waited(scp::scp(system, ui, &args)),
        Command::SetArgs(args) => waited(set_args::set_args(system, &args)),
        Command::ShowArguments(args) => waited(show_arguments::show_arguments(system, ui, &args)),
        Command::ShowOption(args) => waited(show_option::show_option(system, ui, &args)),
        Command::Repl(args) => waited(repl::repl(system, ui, &args)),
        Command::Delete(args) => waited(delete::delete(system, ui, &args)),
        Command::Clone(args) => waited(clone::clone(system, ui, &args)),
        Command::DeleteGeneration(args) => waited(delete_generation::delete_generation(system, ui, &args)),
        Command::Edit(args) => waited(edit::edit(system, ui, &args)),
        Command::Modify(args) => waited(modify::modify(system, &args)),
        Command::Rekey(args) => waited(rekey::rekey(system, ui, &args)),
        Command::Rename(args) => waited(rename::rename(system, ui, &args)),
        Command::Unlock(args) => waited(unlock::unlock(system, ui, &args)),
        Command::Export(args) => waited(export::export(system, ui, &args)),
        Command::Import(args) => waited(import::import(system, ui, &args)),
        Command::Lsp(args) => waited(lsp::lsp(system, &args)),
        Command::Completions(args) => completions::completions(ui, &args),
        Command::Man(args) => man::man(system, ui, &args),
    }
}

/// Runs a command that waits for the world. The static commands need no runtime and start none.
fn waited(command: impl Future<Output = Result<ExitCode, CommandError>>) -> Result<ExitCode, CommandError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(CommandError::usage)?.block_on(command)
}

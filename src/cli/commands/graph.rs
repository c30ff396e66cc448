//! `nixwright graph`: pictures of a network, without Nix.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::cli::{CommandError, ExitCode, NetworkArgs, PinArgs, Ui};
use crate::graph::{self, Chart, ClusterBy, View};
use crate::network::Network;
use crate::report::columns;
use crate::report::findings::plural;
use crate::report::unknown::place;
use crate::system::System;

/// Draw the machines of a network, without Nix
///
/// Without a format, prints the machines as columns of names: what is activated first stands first. With a format, prints
/// a picture: `dot` for Graphviz, `mermaid` for Markdown pages, `json` for programs, `svg`, and `html`, one file to look
/// around in without a network, with all three views.
///
/// `--of schedule` draws who waits for whom (`deployment.dependsOn`, and the stages of the rollout); what is read through
/// `nodes` and not waited for is dashed. `--of references` draws whose values are read by whom, and which attribute;
/// `--of imports` draws which file takes in which. An arrow leads to what is needed. Circles and names that no machine
/// has are marked; what only Nix knows is drawn as such.
///
/// `--on 'needs(web)'` cuts the picture down to what `web` needs, `needed-by(db)` to what needs `db`.
///
/// Examples: nixwright graph; nixwright graph --format html -o network.html; nixwright graph --of references --format svg
/// --cluster tag; nixwright graph --format dot | dot -Tpdf
///
/// Exit codes: 0 drawn; 1 drawn as far as mistakes of grammar allow; 2 a file that cannot be read or written, or a
/// machine that is not there
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct GraphArgs {
    #[command(flatten)]
    network: NetworkArgs,

    #[command(flatten)]
    pins: PinArgs,

    /// What leads from one machine to another; in HTML, what is shown first
    #[arg(long, value_name = "VIEW", default_value = "schedule")]
    of: ViewArg,

    /// How it is drawn; without a format as columns of names
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,

    /// Draw only these machines: names, globs, `@tags`, `not`, `and`, `or`, `needs(…)`, `needed-by(…)`
    #[arg(long, value_name = "SELECTOR")]
    on: Option<String>,

    /// Draw machines in groups: by their first tag, or by the stage of the rollout
    #[arg(long, value_name = "BY")]
    cluster: Option<ClusterArg>,

    /// Write to a file instead of the terminal
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ViewArg {
    Schedule,
    References,
    Imports,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Dot,
    Mermaid,
    Json,
    Svg,
    Html,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ClusterArg {
    Tag,
    Stage,
}

pub(super) fn graph(system: &System, ui: &mut Ui<'_>, args: &GraphArgs) -> Result<ExitCode, CommandError> {
    let mut request = args.pins.added_to(args.network.request(system)?);
    request.connections = true;
    let network = Network::load(&request)?;
    let mut code = ExitCode::Done;
    if !network.syntax_errors.is_empty() {
        code = ExitCode::Findings;
        let count = plural(network.syntax_errors.len(), "mistake");
        ui.say(&format!(
            "the files have {count} of grammar, so that not all of the network can be drawn; `nixwright check` shows where"
        ));
    }
    if !network.problems.is_empty() {
        let count = plural(network.problems.len(), "place");
        ui.say(&format!(
            "evaluating the files fails in {count}, so that not all of the network may be drawn; `nixwright check` shows where"
        ));
    }
    let view = match args.of {
        ViewArg::Schedule => View::Schedule,
        ViewArg::References => View::References,
        ViewArg::Imports => View::Imports,
    };
    let clusters = args.cluster.map(|it| match it {
        ClusterArg::Tag => ClusterBy::Tag,
        ClusterArg::Stage => ClusterBy::Stage,
    });
    if view == View::Schedule && !network.needs().circles().is_empty() {
        ui.say("machines wait for each other in a circle, so that none of them can be first; `nixwright check` shows which");
    }
    let folder = system.environment.working_folder();
    let chart = |view: View| -> Result<Chart, CommandError> {
        let chosen: Vec<usize> = match &args.on {
            None => (0..network.machines.len()).collect(),
            Some(selector) => graph::select(&network, view, selector).map_err(|error| {
                let help = error.help.clone();
                let mut error = CommandError::usage(error);
                error.hints.extend(help);
                error
            })?,
        };
        Ok(Chart::of(&network, view, &chosen, clusters, folder))
    };
    let text = match args.format {
        None => columns::columns(&chart(view)?, ui.terminal),
        Some(Format::Dot) => chart(view)?.dot(),
        Some(Format::Mermaid) => chart(view)?.mermaid(),
        Some(Format::Json) => chart(view)?.json(),
        Some(Format::Svg) => chart(view)?.svg(),
        Some(Format::Html) => {
            let charts: Vec<Chart> = View::ALL.into_iter().map(chart).collect::<Result<_, _>>()?;
            let at = |at| place(network.sources(), at, folder);
            graph::page(&network, &charts, view, &at)
        }
    };
    match &args.output {
        None => ui.print(&text)?,
        Some(file) => {
            let file = folder.join(file);
            system
                .files
                .write(&file, text.as_bytes(), 0o644)
                .map_err(|error| CommandError::usage(format!("cannot write {}: {error}", file.display())))?;
        }
    }
    Ok(code)
}

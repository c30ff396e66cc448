//! `nixwright check`: all static checks.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::checks::{self, LevelError, Levels, Repairs};
use crate::cli::counting::{CountArgs, Counted, Run};
use crate::cli::examined::{self, Wanted, examined};
use crate::cli::watch::{Round, watch};
use crate::cli::{CommandError, ExitCode, NetworkArgs, OptionsArg, PinArgs, Ui};
use crate::cli::{project, repairs};
use crate::findings::Finding;
use crate::network::{Network, Request};
use crate::report::findings::{Extent, Format, Look, Report, render};
use crate::report::numbers;
use crate::system::{OverlayFiles, System};

/// Find mistakes in a network before anything is touched
///
/// Reads the files of a network, evaluates what can be known without Nix, and reports what is certainly or probably
/// wrong. Needs neither Nix nor a connection. Several files are one network: `check target.nix config.nix`.
///
/// With `--eval`, Nix evaluates the network as well, as a deployment does: its errors, assertions that do not hold and
/// warnings are findings like the others, each in the place of your files that it is about. `--verify` then holds everything
/// that was known without Nix against what Nix says. Nothing is built. A flake is evaluated purely, as Nix does it, and
/// needs its lock file; `--impure` lets it look at this machine.
///
/// A finding can be allowed in its place by a comment on its line or on the line above:
/// `# nixwright: allow(CHECK) — reason`. `nixwright explain` says what each check finds. `nixwright.toml` beside the network, or
/// above it within the repository, sets levels for the whole project; what the command line says wins.
///
/// Findings that do not count are left out of everything but the summary, which says how many they are: with `--since` those
/// that have nothing to do with what changed, with `--baseline` those that are known. Whole files count as changed, not lines,
/// and what was there before is found by checking the earlier files as well; what Nix says (`--eval`) is always shown.
///
/// Examples: nixwright check ./network.nix; nixwright check --eval --verify ./network.nix;
/// nixwright check --since origin/main ./network.nix
///
/// Exit codes: 0 nothing of level error; 1 errors (with `--deny warnings` also warnings); 2 a file that cannot be read,
/// a mistake in `nixwright.toml`, or a revision that git does not know; 3 Nix was to be asked and cannot be; 9 `--verify`
/// found a mistake of nixwright
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct CheckArgs {
    #[command(flatten)]
    network: NetworkArgs,

    #[command(flatten)]
    pins: PinArgs,

    #[command(flatten)]
    options: OptionsArg,

    /// How findings are printed
    #[arg(long, value_enum, default_value = "human")]
    format: FormatArg,

    /// Also write the findings into a file; the formats are those of `--format`
    #[arg(long, value_name = "FORMAT=FILE", value_parser = format_and_file)]
    report: Vec<(FormatArg, PathBuf)>,

    #[command(flatten)]
    count: CountArgs,

    /// Turn a check off
    #[arg(long, value_name = "CHECK")]
    allow: Vec<String>,

    /// Make a check's findings warnings
    #[arg(long, value_name = "CHECK")]
    warn: Vec<String>,

    /// Make a check's findings errors; `warnings` lets warnings fail the check
    #[arg(long, value_name = "CHECK")]
    deny: Vec<String>,

    /// Repair what can be repaired safely, in the files themselves
    #[arg(long, group = "repairs", conflicts_with = "stdin_path")]
    fix: bool,

    /// With `--fix` or `--diff`: also what needs a look afterwards
    #[arg(long, requires = "repairs")]
    unsafe_fixes: bool,

    /// Show what `--fix` would change, and change nothing
    #[arg(long, group = "repairs")]
    diff: bool,

    /// Read one file from standard input, and take it for the file of this name
    #[arg(long, value_name = "PATH")]
    stdin_path: Option<PathBuf>,

    /// Check again whenever a file changes, until Ctrl-C
    #[arg(long, conflicts_with_all = ["stdin_path", "eval", "repairs"])]
    watch: bool,

    /// Ask Nix as well: evaluate every machine, and report what Nix says in the same way
    #[arg(long, conflicts_with_all = ["stdin_path", "diff"])]
    eval: bool,

    /// With `--eval`: compare every value that is known without Nix with what Nix says
    #[arg(long, requires = "eval", conflicts_with = "given")]
    verify: bool,

    /// With `--eval`: let a flake look at this machine, as in Nix (`--option pure-eval false`)
    #[arg(long, requires = "eval")]
    impure: bool,

    /// Say how long each part took
    #[arg(long)]
    stats: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum FormatArg {
    /// Pictures with the source
    Human,
    /// Version 1, for programs
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Workflow commands of GitHub
    Github,
    /// Code Quality of GitLab
    Gitlab,
    /// A table, for summaries and comments
    Markdown,
    /// One line each, for editors
    Short,
}

/// Reads `FORMAT=FILE`.
fn format_and_file(text: &str) -> Result<(FormatArg, PathBuf), String> {
    let (format, file) =
        text.split_once('=').filter(|(_, file)| !file.is_empty()).ok_or("write FORMAT=FILE")?;
    Ok((clap::ValueEnum::from_str(format, false)?, file.into()))
}

impl From<FormatArg> for Format {
    fn from(format: FormatArg) -> Self {
        match format {
            FormatArg::Human => Format::Human,
            FormatArg::Json => Format::Json,
            FormatArg::Sarif => Format::Sarif,
            FormatArg::Github => Format::Github,
            FormatArg::Gitlab => Format::Gitlab,
            FormatArg::Markdown => Format::Markdown,
            FormatArg::Short => Format::Short,
        }
    }
}

impl CheckArgs {
    /// Whether there is something to wait for.
    pub(super) fn asks_nix(&self) -> bool {
        self.eval
    }

    pub(super) fn watches(&self) -> bool {
        self.watch
    }
}

/// The static checks, again and again.
pub(super) async fn check_and_watch(
    system: &System,
    ui: &mut Ui<'_>,
    args: &CheckArgs,
) -> Result<ExitCode, CommandError> {
    let clears = ui.terminal.stdout_is_terminal && matches!(args.format, FormatArg::Human);
    let round = |ui: &mut Ui<'_>| match checked(system, ui, args)? {
        Outcome::Ended(code, file) => Ok(Round { code, files: file.into_iter().collect() }),
        Outcome::Checked(checked) => {
            let code = checked.finish(system, ui, args)?;
            let read = checked.network.sources().iter();
            let files = read
                .filter(|(_, file)| file.path.is_absolute())
                .map(|(_, file)| (file.path.clone(), file.text.clone()))
                .chain(checked.project_file.clone())
                .collect();
            Ok(Round { code, files })
        }
    };
    watch(system, ui, clears, round).await
}

/// The static checks alone.
pub(super) fn check(system: &System, ui: &mut Ui<'_>, args: &CheckArgs) -> Result<ExitCode, CommandError> {
    match checked(system, ui, args)? {
        Outcome::Checked(checked) => checked.finish(system, ui, args),
        Outcome::Ended(code, _) => Ok(code),
    }
}

/// The static checks, then Nix.
pub(super) async fn check_with_nix(
    system: &System,
    ui: &mut Ui<'_>,
    args: &CheckArgs,
) -> Result<ExitCode, CommandError> {
    let mut checked = match checked(system, ui, args)? {
        Outcome::Checked(checked) => checked,
        Outcome::Ended(code, _) => return Ok(code),
    };
    let Checked { request, network, .. } = checked.as_mut();
    let wanted = Wanted { verify: args.verify, impure: args.impure };
    let answer = examined(system, ui, &args.network, request, network, wanted).await;
    checked.found = checks::run(&checked.network, &checked.levels);
    // What was found without Nix is worth knowing, also where Nix cannot be asked.
    let code = checked.finish(system, ui, args)?;
    let Some(verification) = answer? else { return Ok(code) };
    examined::tell(ui, &verification);
    Ok(if verification.differences.is_empty() { code } else { ExitCode::OwnMistake })
}

/// A file with its text.
type Text = (PathBuf, Arc<str>);

/// A network and what is wrong with it.
struct Checked {
    project_file: Option<Text>,
    request: Request,
    network: Network,
    levels: Levels,
    /// The baseline that the project names.
    baseline: Option<PathBuf>,
    found: Vec<Finding>,
    reading: Duration,
    checking: Duration,
}

enum Outcome {
    Checked(Box<Checked>),
    /// All that was to be said has been said: what would be repaired, or what is wrong in the project's own file.
    Ended(ExitCode, Option<Text>),
}

fn checked(system: &System, ui: &mut Ui<'_>, args: &CheckArgs) -> Result<Outcome, CommandError> {
    let mut levels = levels(args)?;
    let request = args.pins.added_to(request(system, args)?);
    let project::Read { project, file } = project::of(system, ui, &request)?;
    let Some(project) = project else { return Ok(Outcome::Ended(ExitCode::Usage, file)) };
    let request = args.options.added_to(system, request, project.options.as_ref())?;
    let baseline = project.baseline.clone();
    levels.of_project(project);
    let begun = system.clock.elapsed();
    let mut network = Network::load(&request)?;
    let loaded = system.clock.elapsed();
    let mut found = checks::run(&network, &levels);
    let checked = system.clock.elapsed();

    if args.diff || args.fix {
        let which = if args.unsafe_fixes { Repairs::All } else { Repairs::Safe };
        let repaired = checks::repaired(&request, &levels, which, network, found)?;
        if args.diff {
            return Ok(Outcome::Ended(repairs::show(system, ui, &repaired)?, None));
        }
        repairs::write(system, ui, &repaired)?;
        (network, found) = (repaired.network, repaired.found);
    }

    let (reading, checking) = (loaded - begun, checked - loaded);
    Ok(Outcome::Checked(Box::new(Checked {
        project_file: file,
        request,
        network,
        levels,
        baseline,
        found,
        reading,
        checking,
    })))
}

impl Checked {
    /// Prints what was found, as far as it counts.
    fn finish(&self, system: &System, ui: &mut Ui<'_>, args: &CheckArgs) -> Result<ExitCode, CommandError> {
        let run = Run {
            request: &self.request,
            network: &self.network,
            levels: &self.levels,
            found: &self.found,
            baseline: self.baseline.as_deref(),
            with_nix: args.eval,
        };
        let Counted { found, fingerprints, left_out, root } = args.count.applied(system, ui, &run)?;
        let extent = Extent {
            files: self.network.files.len(),
            machines: self.network.machines.len(),
            unknown: self.network.unknown(),
            left_out,
            fingerprints,
            root: Some(root),
        };
        let shown = |format: Format, look: Look| {
            let working_folder = shown_below(system, format);
            let sources = self.network.sources();
            render(&Report { findings: &found, sources, extent: &extent, working_folder }, format, look)
        };
        for (format, file) in &args.report {
            let text = shown((*format).into(), Look { colour: false, width: ui.terminal.width });
            let path = system.environment.absolute(file);
            let mode = system.files.mode(&path).unwrap_or(0o644);
            system.files.write(&path, text.as_bytes(), mode).map_err(|source| {
                CommandError::usage(ReportError { path: file.display().to_string(), source })
            })?;
        }
        let look = Look { colour: ui.terminal.colour_stdout, width: ui.terminal.width };
        ui.print(&shown(args.format.into(), look))?;
        if args.stats {
            ui.say(&numbers::check(&self.network, self.reading, self.checking));
        }
        Ok(if self.levels.fails(&found) { ExitCode::Findings } else { ExitCode::Done })
    }
}

#[derive(Debug, thiserror::Error)]
#[error("could not write the report `{path}`")]
struct ReportError {
    path: String,
    source: std::io::Error,
}

/// The folder that paths are relative to: the one the user is in, or the root of the repository that GitHub has checked out,
/// for what GitHub reads.
fn shown_below(system: &System, format: Format) -> &Path {
    let here = system.environment.working_folder();
    let workspace = system.environment.get("GITHUB_WORKSPACE").map(Path::new);
    match workspace {
        Some(root)
            if matches!(format, Format::Github | Format::Markdown | Format::Sarif)
                && here.starts_with(root) =>
        {
            root
        }
        _ => here,
    }
}

fn levels(args: &CheckArgs) -> Result<Levels, CommandError> {
    let mut levels = Levels::default();
    for name in &args.allow {
        levels.allow(name)?;
    }
    for name in &args.warn {
        levels.warn(name)?;
    }
    for name in &args.deny {
        levels.deny(name)?;
    }
    Ok(levels)
}

/// What to load; with `--stdin-path`, standard input lies over the files.
fn request(system: &System, args: &CheckArgs) -> Result<Request, CommandError> {
    let Some(name) = &args.stdin_path else { return args.network.request(system) };
    let text = system.files.read_stdin().map_err(|source| StdinError { source })?;
    let mut path = system.environment.absolute(name);
    // A file that is there keeps the one name it has for everybody.
    if let Ok(canonical) = system.files.canonicalize(&path) {
        path = canonical;
    }
    let mut overlay = OverlayFiles::over(system.files.clone());
    overlay.put(&path, text);
    let files = if args.network.files.is_empty() { vec![path] } else { args.network.files.clone() };
    let network = NetworkArgs { files, ..args.network.clone() };
    let request = network.request(system)?;
    Ok(Request { files: Arc::new(overlay), ..request })
}

#[derive(Debug, thiserror::Error)]
#[error("could not read standard input")]
struct StdinError {
    source: std::io::Error,
}

impl From<StdinError> for CommandError {
    fn from(error: StdinError) -> Self {
        CommandError::usage(error)
    }
}

impl From<LevelError> for CommandError {
    fn from(error: LevelError) -> Self {
        let hint = error.help.clone().unwrap_or_else(|| "`nixwright explain` lists the checks".to_owned());
        CommandError::usage(error).hint(hint)
    }
}

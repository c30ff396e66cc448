//! What docs/ci.md promises: the script of the GitHub action, the hooks of pre-commit and the recipes, each against a sample
//! repository with a clean and a broken commit. The recipes are taken from the page.

use std::path::{Path, PathBuf};

use crate::support::hermetic::{Hermetic, nixwright};
use crate::support::run::{Invocation, Run};
use crate::support::sandbox::skip;

const CLEAN: &str = "{\n  web = import ./web.nix;\n  db.deployment.targetHost = \"10.0.0.8\";\n}\n";
const WEB: &str = "{\n  deployment.targetHost = \"10.0.0.7\";\n}\n";
const BROKEN: &str = "{\n  deployment.targetHost = \"\";\n}\n";

fn repository_of_ours() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn page() -> String {
    std::fs::read_to_string(repository_of_ours().join("docs/ci.md")).expect("the page is there")
}

/// A sample repository with one clean commit, in the working folder of a hermetic environment.
struct Sample {
    hermetic: Hermetic,
}

impl Sample {
    fn new() -> Self {
        let sample = Self { hermetic: Hermetic::new() };
        // The program under test, and nothing of cargo's.
        let programs = sample.programs();
        std::fs::create_dir(&programs).expect("a fresh folder is empty");
        std::os::unix::fs::symlink(nixwright(), programs.join("nixwright")).expect("it is empty");
        let _ = sample.git(&["init", "--quiet", "--initial-branch=main"]).ok();
        sample.hermetic.write("network.nix", CLEAN);
        sample.hermetic.write("web.nix", WEB);
        sample.commit();
        sample
    }

    fn programs(&self) -> PathBuf {
        self.hermetic.home().join("bin")
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Invocation {
        let path = format!("{}:/usr/bin:/bin", self.programs().display());
        let mut command = self.hermetic.command(program, arguments).env("PATH", path);
        for person in ["GIT_AUTHOR", "GIT_COMMITTER"] {
            command = command.env(format!("{person}_NAME"), "n").env(format!("{person}_EMAIL"), "e");
        }
        command
    }

    fn git(&self, arguments: &[&str]) -> Run {
        self.command("git", arguments).run()
    }

    fn commit(&self) {
        let _ = self.git(&["add", "--all"]).ok();
        let _ = self.git(&["commit", "--quiet", "--no-verify", "--message", "c"]).ok();
    }

    fn break_it(&self) {
        self.hermetic.write("web.nix", BROKEN);
        self.commit();
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.hermetic.work().join(name)).unwrap_or_default()
    }

    /// Runs the script of the action as a step of a workflow would.
    fn action(&self, inputs: &[(&str, &str)]) -> Step {
        let (summary, output) = (self.hermetic.home().join("summary"), self.hermetic.home().join("output"));
        for file in [&summary, &output] {
            std::fs::write(file, "before\n").expect("files below a temporary folder can be written");
        }
        let script = repository_of_ours().join(".github/actions/check/run");
        let mut command = self.command(&script.to_string_lossy(), &[]);
        command = command.env("GITHUB_STEP_SUMMARY", &summary).env("GITHUB_OUTPUT", &output);
        command = command.env("GITHUB_WORKSPACE", self.hermetic.work());
        for (name, value) in inputs {
            command = command.env(format!("INPUT_{}", name.to_uppercase().replace('-', "_")), value);
        }
        let run = command.run();
        let read = |file: &Path| {
            let text = std::fs::read_to_string(file).expect("it was just written");
            text.strip_prefix("before\n").expect("the script only appends").to_owned()
        };
        Step { run, summary: read(&summary), output: read(&output) }
    }
}

struct Step {
    run: Run,
    summary: String,
    output: String,
}

#[test]
fn the_script_of_the_action_checks_a_clean_and_a_broken_commit() {
    let sample = Sample::new();
    let clean = sample.action(&[("paths", "network.nix"), ("sarif-file", "out.sarif")]);
    let run = clean.run.expect_code(0);
    assert_eq!(run.stdout, "checked 2 files, 2 machines: nothing wrong was found\n");
    assert!(clean.summary.contains("nothing wrong was found"), "{}", clean.summary);
    assert_eq!(clean.output, "exit-status=0\nsarif-file=out.sarif\n");

    sample.break_it();
    let broken = sample.action(&[("paths", "network.nix"), ("sarif-file", "out.sarif")]);
    let run = broken.run.expect_code(1);
    let mark = "::error file=web.nix,line=2,endLine=2,col=27,endColumn=29,title=target-host-empty::";
    assert!(run.stdout.starts_with(mark), "{}", run.report());
    assert!(broken.summary.contains("| error | web.nix:2:27 | "), "{}", broken.summary);
    assert!(broken.output.starts_with("exit-status=1\n"), "{}", broken.output);
    let sarif: serde_json::Value = serde_json::from_str(&sample.read("out.sarif")).expect("it is JSON");
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "target-host-empty");

    // What a commit has broken is shown since the one before, and not since itself.
    let since = |revision: &str| sample.action(&[("paths", "network.nix"), ("since", revision)]).run;
    let _ = since("HEAD~1").expect_code(1);
    let run = since("HEAD").expect_code(0).expect_said("left out: 1 in unchanged files");
    assert!(!run.stdout.contains("::error"), "{}", run.report());
    let _ = since("no-such-branch").expect_code(2).expect_said("git knows no revision");
}

#[test]
fn the_inputs_of_the_action_mean_what_they_say() {
    let sample = Sample::new();
    sample.break_it();
    let run = |inputs: &[(&str, &str)]| sample.action(inputs).run;
    let _ = run(&[]).expect_code(1).expect_said("title=target-host-empty");
    let _ = run(&[("level", "none")]).expect_code(0).expect_said("title=target-host-empty");
    let _ = run(&[("level", "fatal")]).expect_code(2).expect_said("not fatal");
    let _ = run(&[("format", "short")]).expect_code(1).expect_said("web.nix:2:27: error: ");
    let _ = run(&[("paths", "no such file.nix\n")]).expect_code(2).expect_said("exit status 2");
    let arguments = [("arguments", "--warn\ntarget-host-empty\n"), ("paths", "\n  \nnetwork.nix\n")];
    let _ = run(&arguments).expect_code(0).expect_said("::warning ");
    let denied = [&arguments[..], &[("level", "warning")]].concat();
    let _ = run(&denied).expect_code(1);
    // Nothing in an input is a command, or an option.
    let _ = run(&[("paths", "$(touch made)\n; touch made")]).expect_code(2);
    let _ = run(&[("paths", "--help")]).expect_code(2);
    assert!(!sample.hermetic.work().join("made").exists());

    let known = ["check", "--baseline", "known.json", "--write-baseline", "network.nix"];
    let _ = sample.command("nixwright", &known).run().expect_code(0);
    let _ = run(&[("baseline", "known.json")]).expect_code(0).expect_said("left out: 1 of the baseline");
}

#[test]
fn the_action_builds_its_own_program_where_none_is_installed() {
    let sample = Sample::new();
    std::fs::remove_file(sample.programs().join("nixwright")).expect("it is there");
    let _ = sample.action(&[]).run.expect_code(2).expect_said("neither nixwright");
    // What cargo builds is known already; here it only matters what it is asked for, and how often.
    let cargo = format!(
        "#!/bin/sh\n# Stands in for cargo.\necho \"$@\" >> \"$HOME/asked\"\nwhile [ \"$1\" != --root ]; do shift; done\n\
         mkdir -p \"$2/bin\"\nln -s '{}' \"$2/bin/nixwright\"\n",
        nixwright().display()
    );
    executable(&sample.programs().join("cargo"), &cargo);
    for _ in 0..2 {
        let _ = sample.action(&[]).run.expect_code(0).expect_said("nothing wrong was found");
    }
    let asked = std::fs::read_to_string(sample.hermetic.home().join("asked")).expect("cargo was asked");
    assert_eq!(asked.lines().count(), 1, "{asked}");
    let ours = format!("--path {} --root ", repository_of_ours().display());
    assert!(asked.starts_with("install --quiet --locked ") && asked.contains(&ours), "{asked}");
    let _ = sample.action(&[("version", "99.0.0")]).run.expect_code(2).expect_said("99.0.0 is wanted");
}

fn executable(path: &Path, text: &str) {
    std::fs::write(path, text).expect("files below a temporary folder can be written");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(path, mode).expect("the file is ours");
}

/// Every input is handed to the script, and the script reads nothing else.
#[test]
fn the_action_hands_over_every_input() {
    let folder = repository_of_ours().join(".github/actions/check");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("the action is there");
    let (action, script) = (read("action.yml"), read("run"));
    let mut inputs = names_below(&action, "inputs:");
    assert!(inputs.len() > 7, "{inputs:?}");
    // GitHub itself goes there.
    inputs.retain(|it| it != "working-directory");
    for input in &inputs {
        let variable = format!("INPUT_{}", input.to_uppercase().replace('-', "_"));
        assert!(
            action.contains(&format!("{variable}: ${{{{ inputs.{input} }}}}")),
            "{input} is not handed over"
        );
        assert!(script.contains(&format!("${{{variable}:")), "{input} is not read");
    }
    assert_eq!(action.matches("INPUT_").count(), inputs.len());
}

/// The keys of the block below a line.
fn names_below(text: &str, head: &str) -> Vec<String> {
    let depth = |line: &str| line.len() - line.trim_start().len();
    let mut lines = text.lines().skip_while(|line| line.trim() != head);
    let above = lines.next().map(depth).expect("the block is there");
    let block: Vec<&str> = lines.take_while(|line| line.is_empty() || depth(line) > above).collect();
    let first = depth(block[0]);
    let keys = block.iter().filter(|line| depth(line) == first);
    keys.filter_map(|line| line.trim().split_once(':')).map(|(key, _)| key.to_owned()).collect()
}

/// The blocks of one language on a page.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let head = format!("```{language}\n");
    page.split(&head).skip(1).map(|rest| rest.split("```").next().unwrap_or_default()).collect()
}

/// The inputs that a workflow gives the action.
fn inputs_of(workflow: &str) -> Vec<(&str, &str)> {
    let (_, below) = workflow.split_once("/.github/actions/check@").expect("the workflow uses the action");
    let lines = below.lines().skip(1).skip_while(|line| line.trim() == "with:");
    let values = lines.take_while(|line| line.starts_with("          "));
    values.filter_map(|line| line.trim().split_once(": ")).collect()
}

#[test]
fn the_workflows_of_the_page_find_what_is_broken() {
    let page = page();
    let folder = repository_of_ours().join(".github/actions/check/action.yml");
    let known = names_below(&std::fs::read_to_string(folder).expect("the action is there"), "inputs:");
    let sample = Sample::new();
    let base = sample.git(&["rev-parse", "HEAD"]).ok();
    sample.break_it();
    let workflows: Vec<&str> =
        blocks(&page, "yaml").into_iter().filter(|it| it.contains("actions/check@")).collect();
    assert_eq!(workflows.len(), 2);
    for (workflow, code) in workflows.into_iter().zip([1, 0]) {
        let inputs = inputs_of(workflow);
        assert!(inputs.iter().all(|(name, _)| known.iter().any(|it| it == name)), "{inputs:?}");
        let filled: Vec<(&str, &str)> = inputs
            .iter()
            .map(|(name, value)| (*name, if value.starts_with("${{") { base.as_str() } else { *value }))
            .collect();
        let run = sample.action(&filled).run.expect_code(code);
        assert!(run.stdout.contains("::error file=web.nix,line=2"), "{}", run.report());
    }
    assert!(sample.hermetic.work().join("nixwright.sarif").exists());
}

#[test]
fn the_job_of_gitlab_fails_for_what_is_broken_and_writes_its_report() {
    let page = page();
    let job =
        blocks(&page, "yaml").into_iter().find(|it| it.contains("codequality")).expect("the page has it");
    let line = job.lines().find_map(|line| line.trim().strip_prefix("- ")).expect("the job has a script");
    let report =
        job.lines().find_map(|line| line.trim().strip_prefix("codequality: ")).expect("and a report");
    let sample = Sample::new();
    let base = sample.git(&["rev-parse", "HEAD"]).ok();
    let run = |base: &str| {
        let script = sample.command("sh", &["-euc", line]).env("CI_MERGE_REQUEST_DIFF_BASE_SHA", base);
        script.run()
    };
    let _ = run("").expect_code(0);
    assert_eq!(sample.read(report), "[]\n");
    sample.break_it();
    for base in ["", base.as_str()] {
        let _ = run(base).expect_code(1);
        let issues: serde_json::Value = serde_json::from_str(&sample.read(report)).expect("it is JSON");
        assert_eq!(issues[0]["location"]["path"], "web.nix");
        assert_eq!(issues[0]["location"]["lines"]["begin"], 2);
    }
    let _ = run("HEAD").expect_code(0);
}

#[test]
fn the_commands_of_the_page_work() {
    let page = page();
    let sample = Sample::new();
    let _ = sample.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]).ok();
    sample.break_it();
    let commands = blocks(&page, "sh");
    let codes = [1, 0, 0, 1];
    assert_eq!(commands.len(), codes.len());
    for (command, code) in commands.iter().zip(codes) {
        // The script lies in our repository, not in theirs.
        let ours = repository_of_ours().join(".github/actions").display().to_string();
        let command = command.replace(".github/actions", &ours);
        let run = sample.command("sh", &["-euc", command.trim()]).run();
        assert_eq!(run.code(), code, "{}", run.report());
    }
    let project = blocks(&page, "toml").into_iter().next().expect("the page has it");
    sample.hermetic.write("nixwright.toml", project);
    let _ = sample.command("nixwright", &["check"]).run().expect_code(0).expect_said("1 of the baseline");
}

/// The folder with the programs of pre-commit. Without Python, or where it cannot be fetched, the test is skipped.
fn pre_commit() -> Option<PathBuf> {
    let script = repository_of_ours().join("tests/support/pre-commit");
    let mut command = Invocation::new(script, &[] as &[&str]);
    // Fetching it may need the caller's way out.
    for (name, value) in std::env::vars_os() {
        let known = name.to_string_lossy().to_lowercase();
        let is_wanted = ["home", "path", "cargo_target_dir"].contains(&known.as_str());
        if is_wanted || known.starts_with("pip_") || known.ends_with("_proxy") {
            command = command.env(name, value);
        }
    }
    let run = command.run();
    if run.code() != 0 {
        skip(&format!("pre-commit cannot be installed\n{}", run.report()));
        return None;
    }
    Some(run.ok().into())
}

#[test]
fn pre_commit_stops_a_broken_commit() {
    let Some(programs) = pre_commit() else { return };
    let sample = Sample::new();
    // A repository with our hooks, and with as much of a crate as pre-commit wants to see.
    let hooks = sample.hermetic.home().join("hooks");
    std::fs::create_dir(&hooks).expect("a fresh folder is empty");
    std::fs::copy(repository_of_ours().join(".pre-commit-hooks.yaml"), hooks.join(".pre-commit-hooks.yaml"))
        .expect("our hooks are there");
    let in_hooks = |arguments: &[&str]| sample.command("git", arguments).folder(&hooks).run().ok();
    let _ = in_hooks(&["init", "--quiet"]);
    let _ = in_hooks(&["add", "--all"]);
    let _ = in_hooks(&["commit", "--quiet", "--message", "hooks"]);
    let rev = in_hooks(&["rev-parse", "HEAD"]);
    // What cargo would build is there already.
    let cargo = format!(
        "#!/bin/sh\n# Stands in for cargo.\n[ \"$1\" = install ] || exit 0\nwhile [ \"$1\" != --root ]; do shift; done\n\
         mkdir -p \"$2/bin\"\nln -sf '{}' \"$2/bin/nixwright\"\n",
        nixwright().display()
    );
    executable(&sample.programs().join("cargo"), &cargo);

    let pre_commit = programs.join("pre-commit");
    let pre_commit = |arguments: &[&str]| {
        let path = format!("{}:{}:/usr/bin:/bin", sample.programs().display(), programs.display());
        sample.command(&pre_commit.to_string_lossy(), arguments).env("PATH", path).run()
    };
    let manifest = hooks.join(".pre-commit-hooks.yaml").display().to_string();
    let _ = pre_commit(&["validate-manifest", &manifest]).expect_code(0);
    let page = page();
    let recipe =
        blocks(&page, "yaml").into_iter().find(|it| it.starts_with("repos:")).expect("the page has it");
    let recipe = recipe.replace("https://github.com/OWNER/nixwright", &hooks.display().to_string());
    let recipe = recipe.replace("rev: main", &format!("rev: {rev}"));
    for hook in ["nixwright-installed", "nixwright"] {
        sample.hermetic.write("web.nix", WEB);
        sample.hermetic.write(".pre-commit-config.yaml", recipe.replace("nixwright-installed", hook));
        sample.commit();
        let _ = pre_commit(&["validate-config"]).expect_code(0);
        let _ = pre_commit(&["install"]).expect_code(0);
        let before = sample.git(&["rev-parse", "HEAD"]).ok();

        sample.hermetic.write("web.nix", format!("# a good change\n{WEB}"));
        let _ = sample.git(&["add", "--all"]).ok();
        let good = sample.git(&["commit", "--message", "good"]).expect_code(0);
        assert!(
            good.stderr.contains("nixwright check") && good.stderr.contains("Passed"),
            "{}",
            good.report()
        );
        let good = sample.git(&["rev-parse", "HEAD"]).ok();
        assert_ne!(before, good);

        sample.hermetic.write("web.nix", BROKEN);
        let _ = sample.git(&["add", "--all"]).ok();
        let bad = sample.git(&["commit", "--message", "bad"]).expect_code(1);
        assert!(bad.stderr.contains("error[target-host-empty]"), "{}", bad.report());
        assert_eq!(sample.git(&["rev-parse", "HEAD"]).ok(), good, "nothing was committed");
    }
}

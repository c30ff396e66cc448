//! The help pages as they are shown: commands in groups, examples and exit codes as lists. What they say stands at the
//! commands, in their doc comments; only headings are worded here.

use std::fmt::Write as _;

use clap::Command;

use super::ExitCode;
use crate::report::screen;

/// The commands of the front page, in the order in which somebody meets them.
const GROUPS: [(&str, &[&str]); 6] = [
    (
        "Look at a network, without Nix",
        &["check", "explain", "show", "show-arguments", "graph", "eval", "lsp"],
    ),
    ("Ask Nix", &["show-option", "repl", "schema", "diff"]),
    ("Deploy", &["plan", "deploy", "resume", "rollback", "send-keys", "reboot", "runs", "run"]),
    ("Work with machines", &["status", "ssh", "exec", "scp", "mount", "copy-closure"]),
    (
        "What is remembered",
        &[
            "create",
            "list",
            "info",
            "modify",
            "set-args",
            "edit",
            "clone",
            "rename",
            "list-generations",
            "delete-generation",
            "export",
            "import",
            "unlock",
            "rekey",
            "destroy",
            "delete",
        ],
    ),
    ("Shells and manuals", &["completions", "man"]),
];

/// Wider lines are hard to read.
const WIDEST: usize = 100;

/// The pages for a terminal of this width.
pub(super) fn arranged(mut command: Command, width: usize) -> Command {
    let width = width.clamp(40, WIDEST);
    let front = front(&command, width);
    let header = *command.get_styles().get_header();
    let codes = ExitCode::ALL.iter().map(|code| (code.number().to_string(), code.meaning().replace('`', "")));
    let end = format!("{header}Exit codes:{header:#}\n{}", listed(codes, width));
    for name in names(&command) {
        command = command.mut_subcommand(name, |it| page(it, width));
    }
    command.term_width(width).help_template(front).after_help(end)
}

fn names(command: &Command) -> Vec<String> {
    command.get_subcommands().map(|it| it.get_name().to_owned()).collect()
}

/// What clap prints without an argument: its own template with the commands in groups.
fn front(command: &Command, screen_width: usize) -> String {
    let (header, literal) = (*command.get_styles().get_header(), *command.get_styles().get_literal());
    let width = command.get_subcommands().map(|it| it.get_name().len()).max().unwrap_or_default();
    let mut text = "{about-with-newline}\n{usage-heading} {usage}\n".to_owned();
    for (title, names) in GROUPS {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "\n{header}{title}:{header:#}");
        for command in names.iter().filter_map(|name| command.find_subcommand(name)) {
            let (name, about) = (command.get_name(), command.get_about().cloned().unwrap_or_default());
            let aliases: Vec<&str> = command.get_visible_aliases().collect();
            let also =
                if aliases.is_empty() { String::new() } else { format!(" (also {})", aliases.join(", ")) };
            let about = screen::wrapped(&format!("{about}{also}"), screen_width, width + 4, width + 4);
            let _ = writeln!(text, "  {literal}{name:width$}{literal:#}  {about}");
        }
    }
    text + "\n`nixwright COMMAND --help` says more, with examples.\n\n"
        + &format!("{header}Options:{header:#}\n{{options}}{{after-help}}")
}

/// A command's page: the paragraphs that begin with `Examples:` and `Exit codes:` become lists at its end.
fn page(mut command: Command, width: usize) -> Command {
    for name in names(&command) {
        command = command.mut_subcommand(name, |it| page(it, width));
    }
    if command.has_subcommands() {
        return command;
    }
    let header = *command.get_styles().get_header();
    let about = command.get_long_about().or(command.get_about()).map(ToString::to_string).unwrap_or_default();
    let (mut rest, mut examples, mut codes) = (Vec::new(), String::new(), String::new());
    for paragraph in about.split("\n\n") {
        if let Some(all) = paragraph.strip_prefix("Example: ").or(paragraph.strip_prefix("Examples: ")) {
            let _ = write!(examples, "{header}Examples:{header:#}");
            for example in all.split("; ") {
                let _ = write!(examples, "\n  {}", example.trim().trim_end_matches('.'));
            }
            examples.push_str("\n\n");
        } else if let Some(all) = paragraph.strip_prefix("Exit codes: ") {
            codes = listed(all.split("; ").filter_map(code), width);
        } else {
            rest.push(paragraph);
        }
    }
    if codes.is_empty() {
        codes = "  0 where it is done; the others are listed by `nixwright --help`\n".to_owned();
    }
    let end = format!("{examples}{header}Exit codes:{header:#}\n{codes}");
    command.long_about(rest.join("\n\n")).after_long_help(end)
}

/// `2 there is no such file`: the number and what it means.
fn code(text: &str) -> Option<(String, String)> {
    let (number, meaning) = text.trim().trim_end_matches('.').split_once(' ')?;
    number.parse::<u8>().ok()?;
    Some((number.to_owned(), meaning.to_owned()))
}

fn listed(codes: impl Iterator<Item = (String, String)>, width: usize) -> String {
    const INDENT: usize = 7;
    codes
        .map(|(number, meaning)| {
            format!("  {number:>3}  {}\n", screen::wrapped(&meaning, width, INDENT, INDENT))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::definition;
    use super::*;

    /// Every command that does something, by all of its names.
    fn leaves(command: &Command, before: &str, found: &mut Vec<(String, Command)>) {
        for inner in command.get_subcommands() {
            let name = format!("{before}{}", inner.get_name());
            if inner.has_subcommands() {
                leaves(inner, &format!("{name} "), found);
            } else {
                found.push((name, inner.clone()));
            }
        }
    }

    #[test]
    fn every_command_is_in_one_group() {
        let mut grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        let definition = definition();
        let mut all: Vec<&str> = definition.get_subcommands().map(Command::get_name).collect();
        grouped.sort_unstable();
        all.sort_unstable();
        assert_eq!(grouped, all);
    }

    #[test]
    fn every_page_has_examples_that_are_understood_and_exit_codes() {
        let mut all = Vec::new();
        leaves(&definition(), "", &mut all);
        assert!(all.len() > 40);
        for (name, command) in all {
            let page = command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
            let example = format!("nixwright {name}");
            assert!(name == "lsp" || page.contains(&example), "{name} has no example\n{page}");
            assert!(
                page.contains("\n    0  ") || page.contains("  0 where"),
                "{name} has no exit codes\n{page}"
            );
            let about = command.get_long_about().map(ToString::to_string).unwrap_or_default();
            for heading in ["Example", "Exit code"] {
                assert!(!about.contains(heading), "{name}: {heading}… is not a paragraph of its own");
            }
            for line in page.lines() {
                assert!(line.chars().count() <= 100, "{name}: {line}");
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_moved_in() {
        let codes =
            [("2".to_owned(), "a file that cannot be read, or a machine that is not there".to_owned())];
        assert_eq!(
            listed(codes.into_iter(), 40),
            "    2  a file that cannot be read, or a\n       machine that is not there\n"
        );
    }
}

//! The comparisons themselves: programs without and with unknown parts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nixwright::eval::{Evaluator, Settings};
use nixwright::system::OsFiles;
use nixwright::value::Reason;

use crate::choices::{Choices, shrink};
use crate::nix::{Answer, Nix};
use crate::program::{Program, Type};
use crate::tree::{self, Rule, Tree};

/// Programs of a short run.
const SHORT: usize = 400;

/// Differences after which a run stops.
const ENOUGH: usize = 12;

struct Session {
    nix: Nix,
    folder: tempfile::TempDir,
    number: usize,
    /// What could not be known without holes, by the first reason.
    unknown: BTreeMap<String, usize>,
    values: usize,
    errors: usize,
    unanswered: usize,
}

fn programs() -> usize {
    std::env::var("NIXWRIGHT_SOUNDNESS").map_or(SHORT, |count| count.parse().expect("a number of programs"))
}

fn first_seed() -> u64 {
    std::env::var("NIXWRIGHT_SEED").map_or(1, |seed| seed.parse().expect("a number"))
}

impl Session {
    fn new() -> Option<Self> {
        let Some(program) = crate::nix::found() else {
            assert!(std::env::var_os("NIXWRIGHT_REQUIRE_E2E").is_none(), "there is no nix to compare with");
            println!("skipped: tests/support/nix-2.26 was not run, so there is no nix to compare with");
            return None;
        };
        Some(Self {
            nix: Nix::new(&program),
            folder: tempfile::tempdir().unwrap(),
            number: 0,
            unknown: BTreeMap::new(),
            values: 0,
            errors: 0,
            unanswered: 0,
        })
    }

    fn write(&mut self, text: &str) -> PathBuf {
        self.number += 1;
        let path = self.folder.path().join(format!("{}.nix", self.number));
        std::fs::write(&path, text).unwrap();
        path
    }

    fn evaluator(&self) -> Evaluator {
        let settings = Settings {
            allowed_roots: vec![self.folder.path().to_owned()],
            fuel: 3_000_000,
            ..Settings::default()
        };
        let mut eval = Evaluator::new(Arc::new(OsFiles), settings);
        // Sets are compared in the order in which their names were met.
        eval.eval_text("<names>", &crate::program::all_names());
        eval
    }

    /// What Nix says of the function in a file with these arguments.
    fn nix_tree(&mut self, path: &Path, arguments: &[String]) -> Option<Tree> {
        let arguments: String =
            arguments.iter().map(|argument| format!(" ({})", argument.replace('\n', " "))).collect();
        match self.nix.ask(&format!("[ ((import {}){arguments}) null ]", path.display())) {
            Answer::Value(text) => match tree::printed(&text) {
                Some(Tree::List(mut only, _)) => Some(only.swap_remove(0)),
                // A path with such characters as end values in other places.
                _ => {
                    self.unanswered += 1;
                    None
                }
            },
            Answer::Error => Some(Tree::Error("at the top".to_owned())),
            Answer::None => {
                self.unanswered += 1;
                None
            }
        }
    }

    /// How ours differs from Nix' for a program that is known in full.
    fn pure(&mut self, text: &str) -> Option<String> {
        let path = self.write(text);
        let theirs = self.nix_tree(&path, &[]);
        let mut eval = self.evaluator();
        let before = eval.unknown_count();
        let value = match eval.import(&path) {
            Ok(value) => value,
            Err(stop) => match eval.error_of(stop) {
                Some(error) => {
                    let tree = Tree::Error(error.message.clone());
                    self.errors += 1;
                    return tree::difference(&tree, &theirs?, Rule::Exact);
                }
                None => {
                    let reason = eval.unknown_of(stop).map(|unknown| reason_name(&unknown.reason));
                    *self.unknown.entry(reason.unwrap_or_default()).or_default() += 1;
                    return None;
                }
            },
        };
        let ours = if eval.syntax_errors().is_empty() {
            tree::ours(&mut eval, value)
        } else {
            Tree::Error(format!("{:?}", eval.syntax_errors()[0].kind))
        };
        if tree::unreadable(&ours) {
            return None;
        }
        self.values += 1;
        if let Err(nixwright::value::Stop::Unknown(why)) = eval.force_deep(value) {
            let reason = reason_name(&eval.reasons(why).last().expect("a chain has a first cause").reason);
            *self.unknown.entry(reason).or_default() += 1;
        }
        std::fs::remove_file(&path).unwrap();
        // What is unknown may fail, whatever is known of the rest.
        let rule = if eval.unknown_count() == before { Rule::Exact } else { Rule::Filled };
        tree::difference(&ours, &theirs?, rule)
    }

    /// The same for a program with unknown parts, for each way of filling them.
    fn filled(&mut self, text: &str, holes: &[String], fillings: &[Vec<String>]) -> Option<String> {
        let heads: String = holes.iter().map(|hole| format!("{hole}: ")).collect();
        let path = self.write(&format!("{heads}{text}"));
        let mut eval = self.evaluator();
        let mut value = eval.import(&path);
        for hole in holes {
            let unknown = eval.make_unknown(Reason::Argument(hole.clone()), None);
            value = value.and_then(|function| eval.call(function, unknown));
        }
        let ours = match value {
            Ok(value) => tree::ours(&mut eval, value),
            Err(stop) => match eval.error_of(stop) {
                Some(error) => Tree::Error(error.message.clone()),
                None => {
                    *self.unknown.entry("all of it".to_owned()).or_default() += 1;
                    return None;
                }
            },
        };
        if tree::unreadable(&ours) {
            return None;
        }
        self.values += 1;
        for filling in fillings {
            if let Some(theirs) = self.nix_tree(&path, filling)
                && let Some(why) = tree::difference(&ours, &theirs, Rule::Filled)
            {
                return Some(format!("with {filling:?}: {why}"));
            }
        }
        std::fs::remove_file(&path).unwrap();
        None
    }

    fn summary(&self, what: &str) {
        println!(
            "{what}: {} values, {} errors, {} without an answer from nix; unknown: {:?}",
            self.values, self.errors, self.unanswered, self.unknown
        );
    }
}

fn reason_name(reason: &Reason) -> String {
    let text = format!("{reason:?}");
    text.chars().take(60).collect()
}

/// A program and the type it has.
fn pure_program(choices: &mut Choices) -> String {
    let mut program = Program::new(choices, 0);
    let kind = program.any_type(3);
    program.expression(&kind, 6)
}

#[test]
fn random_programs_give_what_nix_gives() {
    let Some(mut session) = Session::new() else { return };
    let mut differences = Vec::new();
    for number in 0..programs() as u64 {
        let mut choices = Choices::random(first_seed().wrapping_mul(1_000_003).wrapping_add(number));
        let text = pure_program(&mut choices);
        if session.pure(&text).is_none() {
            continue;
        }
        let small = shrink(choices.taken, 600, |choices| {
            session.pure(&pure_program(&mut Choices::given(choices.to_vec()))).is_some()
        });
        let text = pure_program(&mut Choices::given(small));
        let why = session.pure(&text);
        let found = format!("{text}\n  {}", why.unwrap_or_default());
        if !differences.contains(&found) {
            differences.push(found);
        }
        if differences.len() >= ENOUGH {
            break;
        }
    }
    session.summary("programs");
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n\n"));
}

/// A program with holes, their names, and ways to fill them.
fn holed_program(choices: &mut Choices) -> (String, Vec<String>, Vec<Vec<String>>) {
    let mut program = Program::new(choices, 2);
    let kind = program.any_type(3);
    let text = program.expression(&kind, 6);
    let holes = std::mem::take(&mut program.holes);
    program.most_holes = 0;
    let mut fillings = Vec::new();
    for way in 0..5 {
        let filling = holes.iter().map(|hole| match (way, &hole.fits) {
            (0, Type::Bool) => "false".to_owned(),
            (1, Type::Bool) => "true".to_owned(),
            (4, _) => {
                program.choices.pick(&["throw \"hole\"", "null", "1", "{ }", "[ ]", "1 + \"a\""]).to_owned()
            }
            _ => Program::new(program.choices, 0).expression(&hole.fits, 2),
        });
        fillings.push(filling.collect());
    }
    (text, holes.into_iter().map(|hole| hole.name).collect(), fillings)
}

#[test]
fn what_is_known_holds_whatever_the_unknown_parts_are() {
    let Some(mut session) = Session::new() else { return };
    let mut differences = Vec::new();
    for number in 0..programs() as u64 {
        let mut choices = Choices::random(first_seed().wrapping_mul(7_000_003).wrapping_add(number));
        let (text, holes, fillings) = holed_program(&mut choices);
        if holes.is_empty() || session.filled(&text, &holes, &fillings).is_none() {
            continue;
        }
        let small = shrink(choices.taken, 600, |choices| {
            let (text, holes, fillings) = holed_program(&mut Choices::given(choices.to_vec()));
            !holes.is_empty() && session.filled(&text, &holes, &fillings).is_some()
        });
        let (text, holes, fillings) = holed_program(&mut Choices::given(small));
        let why = session.filled(&text, &holes, &fillings);
        let found = format!("{text}\n  {}", why.unwrap_or_default());
        if !differences.contains(&found) {
            differences.push(found);
        }
        if differences.len() >= ENOUGH {
            break;
        }
    }
    session.summary("programs with unknown parts");
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n\n"));
}

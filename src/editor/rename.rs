//! New names for machines, in every file of the network; local names, in their file, are those of `rename_local.rs`. What cannot be done
//! completely is refused with a reason: a rename of a machine is tried first, and the network read anew must be the same
//! but for the name.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::machines::{Mention, Role};
use super::names::{Meaning, Use};
use super::{Edit, View, inherits};
use crate::eval::written_name;
use crate::network::{Network, Request};
use crate::syntax::{Bytes, Expr, ExprId, GLOBAL_NAMES};
use crate::system::OverlayFiles;
use crate::text::{FileId, Span};

/// Why something cannot be renamed: a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);

/// What is renamed, where it stands, and how it is called now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamed {
    pub at: Span,
    pub name: String,
}

pub(super) fn refuse<T>(why: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal(why.into()))
}

enum Thing {
    Machine(Mention),
    Local { frame: u32, slot: u32, at: Span, name: String },
}

/// Whether the thing at a place can be renamed.
pub fn prepare(view: &View<'_>, offset: u32) -> Result<Renamed, Refusal> {
    Ok(match view.thing(offset)? {
        Thing::Machine(mention) => Renamed { at: mention.at, name: mention.name },
        Thing::Local { at, name, .. } => Renamed { at, name },
    })
}

/// The edits that give the thing at a place another name.
pub fn rename(view: &View<'_>, offset: u32, new: &str) -> Result<Vec<Edit>, Refusal> {
    match view.thing(offset)? {
        Thing::Machine(mention) if mention.name == new => Ok(Vec::new()),
        Thing::Machine(mention) => view.rename_machine(&mention.name, new),
        Thing::Local { name, .. } if name == new => Ok(Vec::new()),
        Thing::Local { frame, slot, name, .. } => view.rename_local((frame, slot), &name, new),
    }
}

pub(super) const KEYWORDS: [&str; 10] =
    ["assert", "else", "if", "in", "inherit", "let", "or", "rec", "then", "with"];

impl View<'_> {
    fn thing(&self, offset: u32) -> Result<Thing, Refusal> {
        if let Some(mention) = self.mention_at(offset) {
            if mention.role == Role::Tag {
                return refuse("tags cannot be renamed; machines and local names can");
            }
            if self.has_machine(&mention.name) {
                return Ok(Thing::Machine(mention));
            }
        }
        if let Some((frame, slot)) = self.local_at(offset) {
            let (names, module) = (self.names(), &self.parsed.module);
            let Some((sym, _)) = names.slot(module, frame, slot) else {
                return refuse("there is nothing to rename");
            };
            let name = module.symbols.name(sym).to_owned();
            if let Some(why) = self.keeps_name(frame, slot, &name) {
                return refuse(why);
            }
            let here = self.places_of_local(frame, slot);
            let at = here.iter().map(|it| it.at).find(|it| it.start <= offset && offset <= it.end);
            return match at {
                Some(at) => Ok(Thing::Local { frame, slot, at, name }),
                None => refuse("there is nothing to rename"),
            };
        }
        let used = self.names().use_at(offset);
        match used.map(|it| (it.meaning, self.slice(it.at))) {
            Some((Meaning::Global, name)) => refuse(format!("`{name}` is a builtin of Nix")),
            Some((Meaning::FromWith { .. }, name)) => refuse(format!(
                "`{name}` comes from a `with`: nobody can tell by the code where it is defined"
            )),
            Some((Meaning::Nothing, name)) => refuse(format!("`{name}` is not defined")),
            _ => {
                let token = self.outline().token_at(offset).map(|it| it.text(self.text)).unwrap_or_default();
                if KEYWORDS.contains(&token) {
                    return refuse(format!("`{token}` is a keyword of Nix"));
                }
                refuse("only machines and local names can be renamed")
            }
        }
    }

    fn rename_machine(&self, old: &str, new: &str) -> Result<Vec<Edit>, Refusal> {
        self.judge_machine_name(new)?;
        let Some(machine) = self.network.machine(old) else {
            return refuse(format!("there is no machine `{old}`"));
        };
        let mentions = self.mentions_of(old);
        let sources = self.network.sources();
        for source in &machine.sources {
            let written = mentions.iter().any(|it| {
                let path = self.path_of(it.at.file);
                it.role == Role::Defined && path == sources.path(source.file)
            });
            if !written {
                let place = sources.place(source.name_at);
                return refuse(format!("the name of `{old}` is computed, not written ({place})"));
            }
        }
        for file in self.files().filter(|it| self.text_of(*it).contains(old)) {
            let doubtful = self.in_file(file, |view| {
                let named = view.named_machines().iter();
                let mut doubtful = named.filter(|it| it.role == Role::Perhaps && it.name == old);
                doubtful.next().map(|it| view.line_of(it.at.0))
            });
            if let Some(line) = doubtful {
                let file = self.path_of(file).file_name().unwrap_or_default().to_string_lossy();
                return refuse(format!(
                    "nobody can tell by the code which `with` gives `{old}` in line {line} of {file}"
                ));
            }
        }
        let mut edits = Vec::new();
        for of_file in mentions.chunk_by(|a, b| a.at.file == b.at.file) {
            let written = |view: &View<'_>| -> Result<(), Refusal> {
                for mention in of_file {
                    edits.extend(view.machine_edits(mention, new)?);
                }
                Ok(())
            };
            self.in_file(of_file[0].at.file, written)?;
        }
        edits.sort_by_key(|it| it.at);
        self.try_out(old, new, &edits)?;
        Ok(edits)
    }

    fn judge_machine_name(&self, new: &str) -> Result<(), Refusal> {
        let strange = |it: char| !(it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.'));
        if new.is_empty() || new.contains(strange) || new.starts_with(['-', '.']) {
            return refuse(format!(
                "`{new}` is no name for a machine: letters, digits, `-`, `_` and `.` are"
            ));
        }
        if self.network.dialect.reserved().contains(&new) || new == "defaults" {
            return refuse(format!("`{new}` has a meaning of its own in a network, and is no machine"));
        }
        if matches!(new, "and" | "or" | "not" | "needs" | "needed-by") {
            return refuse(format!("`{new}` means something else in selectors"));
        }
        if self.has_machine(new) {
            return refuse(format!("there is a machine `{new}` already"));
        }
        Ok(())
    }

    /// The edits of one mention in this file.
    fn machine_edits(&self, mention: &Mention, new: &str) -> Result<Vec<Edit>, Refusal> {
        let at = (mention.at.start, mention.at.end);
        let written = self.slice(at);
        let attribute = if KEYWORDS.contains(&new) { format!("\"{new}\"") } else { written_name(new) };
        let edit = |text: String| Ok(vec![Edit { at: mention.at, text }]);
        match mention.role {
            Role::Selector | Role::Tag => edit(new.to_owned()),
            Role::Inherited(from) => {
                let definition =
                    format!("{} = {}.{attribute};", written_name(&mention.name), self.selectable(from));
                match inherits::replaced(self.outline(), self.text, at, &definition) {
                    Some(edits) => {
                        Ok(edits.into_iter().map(|(at, text)| Edit { at: self.span(at), text }).collect())
                    }
                    None => {
                        let place = self.line_of(at.0);
                        refuse(format!(
                            "an `inherit` in line {place} names it: write `{definition}` there first"
                        ))
                    }
                }
            }
            // Where something else has the new name already, the set is named.
            Role::Given(scope) if !self.is_free(scope, at, new) => {
                if !self.means_the_same(scope, at) {
                    let line = self.line_of(at.0);
                    return refuse(format!("`{new}` means something else in line {line}"));
                }
                edit(format!("{}.{attribute}", self.selectable(scope)))
            }
            _ if written.starts_with("''") => edit(format!("''{new}''")),
            _ if written.starts_with('"') => edit(format!("\"{new}\"")),
            _ => edit(attribute),
        }
    }

    /// Whether a variable of this name at a place would be what the `with` of a set gives.
    fn is_free(&self, scope: ExprId, at: Bytes, name: &str) -> bool {
        let (names, module) = (self.names(), &self.parsed.module);
        let Some(used) = names.use_at(at.0) else { return false };
        let defined =
            |frame: u32| names.slots(module, frame).iter().any(|(sym, _)| module.symbols.name(*sym) == name);
        let around = self.frames_around(used.expr);
        let withs = around.iter().filter_map(|it| match module.expr(names.frames[*it as usize].expr) {
            Expr::With { scope, .. } => Some(scope),
            _ => None,
        });
        // The innermost `with` that has it gives it.
        let is_asked_first =
            withs.take_while(|it| *it != scope).all(|it| self.gives(it, name) == Some(false));
        is_asked_first
            && written_name(name) == name
            && !KEYWORDS.contains(&name)
            && !GLOBAL_NAMES.contains(&name)
            && !around.iter().copied().any(defined)
    }

    /// Whether the set of a `with` means the same at a place inside of it.
    fn means_the_same(&self, scope: ExprId, at: Bytes) -> bool {
        let (names, module) = (self.names(), &self.parsed.module);
        let within = module.span(scope);
        let Some(used) = names.use_at(at.0) else { return false };
        let outside = self.frames_around(scope);
        let between: Vec<u32> =
            self.frames_around(used.expr).into_iter().filter(|it| !outside.contains(it)).collect();
        let first = names.uses.iter().filter(|it| within.0 <= it.at.0 && it.at.1 <= within.1);
        let hidden = |it: &Use| {
            between.iter().any(|frame| names.slots(module, *frame).iter().any(|(sym, _)| *sym == it.sym))
        };
        !first.into_iter().any(hidden)
    }

    /// Reads the network as it would be. It must be the same but for the name.
    fn try_out(&self, old: &str, new: &str, edits: &[Edit]) -> Result<(), Refusal> {
        let mut texts: BTreeMap<FileId, String> = BTreeMap::new();
        texts.insert(self.file, self.text.to_owned());
        for edit in edits.iter().rev() {
            let text = texts.entry(edit.at.file).or_insert_with(|| self.text_of(edit.at.file).to_owned());
            text.replace_range(edit.at.start as usize..edit.at.end as usize, &edit.text);
        }
        let load = |texts: &[(FileId, &str)]| {
            let mut files = OverlayFiles::over(self.request.files.clone());
            for (file, text) in texts {
                files.put(self.path_of(*file), text);
            }
            Network::load(&Request { files: Arc::new(files), ..self.request.clone() })
        };
        let changed: Vec<(FileId, &str)> = texts.iter().map(|(file, text)| (*file, text.as_str())).collect();
        let unchanged: Vec<(FileId, &str)> = texts.keys().map(|file| (*file, self.text_of(*file))).collect();
        let (Ok(before), Ok(after)) = (load(&unchanged), load(&changed)) else {
            return refuse("the network cannot be read");
        };
        match difference(&before, &after, old, new) {
            None => Ok(()),
            Some(why) => {
                refuse(format!("`{old}` is also named where that cannot be seen in the code: {why}"))
            }
        }
    }
}

/// What differs between two networks besides the name of one machine: a sentence.
pub(super) fn difference(before: &Network, after: &Network, old: &str, new: &str) -> Option<String> {
    let renamed = |name: &str| if name == old { new.to_owned() } else { name.to_owned() };
    let names = |network: &Network| -> Vec<String> {
        network.machines.iter().map(|it| it.name.to_string()).collect()
    };
    let mut expected: Vec<String> = names(before).iter().map(|it| renamed(it)).collect();
    expected.sort();
    let there = names(after);
    if expected != there {
        let missing = expected.iter().find(|it| !there.contains(it));
        let more = there.iter().find(|it| !expected.contains(it));
        return Some(match (missing, more) {
            (Some(missing), _) => format!("`{missing}` would not be there"),
            (None, Some(more)) => format!("there would also be a machine `{more}`"),
            (None, None) => "the machines would be others".to_owned(),
        });
    }
    let edges = |network: &Network, renamed: &dyn Fn(&str) -> String| -> Vec<(String, String)> {
        let name = |at: usize| renamed(network.machines[at].name.as_str());
        let needs = network.needs();
        let all = (0..network.machines.len()).flat_map(|at| needs.of_machine(at));
        let mut edges: Vec<_> = all.map(|it| (name(it.from), name(it.on))).collect();
        edges.sort();
        edges
    };
    let same = |name: &str| name.to_owned();
    if edges(before, &renamed) != edges(after, &same) {
        return Some("the machines would depend on others than now".to_owned());
    }
    let references = |network: &Network, renamed: &dyn Fn(&str) -> String| -> (Vec<String>, usize) {
        let all = network.references.iter().map(|it| renamed(&it.machine));
        let (of_it, mut others): (Vec<String>, Vec<String>) = all.partition(|it| it == new);
        others.sort();
        (others, of_it.len())
    };
    // What a `with` or an `inherit` gave may be read through `nodes` then.
    let (was, is) = (references(before, &renamed), references(after, &same));
    if was.0 != is.0 || was.1 > is.1 {
        return Some("what is read through `nodes` would change".to_owned());
    }
    // What fails now may fail with another text then: only what is new counts.
    if after.problems.len() > before.problems.len() {
        let told: Vec<&str> = before.problems.iter().map(|it| it.message.as_str()).collect();
        let problem = after.problems.iter().find(|it| !told.contains(&it.message.as_str()));
        return Some(problem.map_or("something would fail".to_owned(), |it| it.message.clone()));
    }
    if after.open.len() > before.open.len() {
        return Some("not all machines would be known any more".to_owned());
    }
    for machine in &before.machines {
        let Some(other) = after.machine(&renamed(machine.name.as_str())) else { continue };
        let paths = |it: &crate::network::Machine| -> Vec<String> {
            it.definitions.iter().map(|it| it.path.join(".")).collect()
        };
        if machine.open.len() != other.open.len() || paths(machine) != paths(other) {
            return Some(format!("`{}` would be set up otherwise", machine.name));
        }
    }
    None
}

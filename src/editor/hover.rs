//! What there is to say of the thing at a place: a machine, an option with its value on each machine, a function that
//! everybody has, a name with its value, or why that is not known.

use std::collections::BTreeMap;

use super::View;
use super::machines::Role;
use super::names::{FrameKind, Meaning};
use super::option_tree::{self, Part};
use super::outline::Segment;
use super::place::OptionPlace;
use super::summary::Told;
use super::value::Said;
use crate::options::{OptionDeclaration, OptionNode};
use crate::syntax::Bytes;
use crate::text::Span;

/// Something to show beside a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hover {
    pub at: Span,
    /// Markdown.
    pub text: String,
}

/// Values of an option that are listed where machines differ.
const MOST_VALUES: usize = 6;

/// What there is to say of the thing at a place.
pub fn hover(view: &View<'_>, offset: u32) -> Option<Hover> {
    if let Some(mention) = view.mention_at(offset) {
        let text = match mention.role {
            Role::Tag => view.tag(&mention.name),
            _ => view.machine(&mention.name),
        };
        if let Some(text) = text {
            return Some(Hover { at: mention.at, text });
        }
    }
    if let Some((binding, step)) = view.outline().step_at(offset)
        && !view.outline().bindings[binding].inherited
    {
        let way = view.outline().way_to_step(binding, step);
        let at = view.outline().bindings[binding].path[step].at;
        if let Some(place) = view.option_place(&way).filter(|it| !it.path.is_empty())
            && let Some(text) = view.option(&place, Some(offset))
        {
            return Some(view.hovered(at, text));
        }
    }
    let chain = view.chain_at(offset);
    if let Some(last) = chain.last() {
        if let Some(known) = view.known_function(&chain).or_else(|| view.known_inherited(offset)) {
            let text = format!("{}\n\n{}", code(&known.call()), known.text);
            return Some(view.hovered(last.at, text));
        }
        let names: Vec<&str> = chain.iter().map(|it| it.name.as_str()).collect();
        let is_argument = chain.first().is_some_and(|it| view.is_argument_at(it.at));
        let configured = || view.configured(&names, offset).or_else(|| view.configured_in_code(&names));
        if let Some(text) = is_argument.then(configured).flatten() {
            return Some(view.hovered(last.at, text));
        }
    }
    view.named(offset)
}

fn code(text: &str) -> String {
    format!("```nix\n{text}\n```")
}

/// What Nix code must not do to the fence around it.
fn fenced(text: &str) -> String {
    text.replace("```", "` ` `")
}

impl View<'_> {
    fn hovered(&self, at: Bytes, text: String) -> Hover {
        Hover { at: self.span(at), text }
    }

    fn machine(&self, name: &str) -> Option<String> {
        let machine = self.network.machine(name)?;
        let lines = self.summary(machine).lines();
        Some(format!("**{name}**, a machine\n\n{}", lines.join("  \n")).trim_end().to_owned())
    }

    fn tag(&self, tag: &str) -> Option<String> {
        let has =
            |it: &crate::network::Machine| it.deployment_list("tags").0.iter().any(|(it, _)| *it == tag);
        let machines: Vec<&str> =
            self.network.machines.iter().filter(|it| has(it)).map(|it| it.name.as_str()).collect();
        (!machines.is_empty()).then(|| format!("the tag `{tag}`: {}", machines.join(", ")))
    }

    /// What is known of an option; nothing where there is none. `offset` is that of a definition.
    fn option(&self, place: &OptionPlace, offset: Option<u32>) -> Option<String> {
        let spots = option_tree::locate(&self.option_trees(), &place.path);
        let names = place.names();
        let declared = option_tree::declaration(&spots);
        if spots.is_empty() && !self.is_declared(place) {
            return None;
        }
        let mut parts = vec![code(&place.shown())];
        if let Some(option) = declared {
            parts.extend(Some(option.description.trim()).filter(|it| !it.is_empty()).map(str::to_owned));
            parts.push(facts(option, &place.path));
        } else {
            let children = option_tree::names(&spots);
            let names: Vec<String> = children
                .iter()
                .filter(|(_, node)| !matches!(node, OptionNode::Option(it) if it.internal || it.foreign))
                .map(|(name, _)| format!("`{name}`"))
                .take(MOST_VALUES * 2)
                .collect();
            if !names.is_empty() {
                let more = if children.len() > names.len() { ", …" } else { "" };
                parts.push(format!("Options: {}{more}", names.join(", ")));
            }
        }
        let values =
            names.as_ref().map(|names| self.values(place.machine.as_deref(), names)).unwrap_or_default();
        if values.is_empty() {
            let is_group = declared.is_none() && !option_tree::names(&spots).is_empty();
            parts.extend(offset.filter(|_| !is_group).and_then(|at| self.said(at)));
        } else {
            parts.push(values.join("  \n"));
        }
        Some(parts.join("\n\n"))
    }

    fn is_declared(&self, place: &OptionPlace) -> bool {
        let Some(names) = place.names() else { return false };
        let path: Vec<std::sync::Arc<str>> = names.iter().map(|it| (*it).into()).collect();
        !path.is_empty() && self.network.machines.iter().any(|it| it.declares(&path))
    }

    /// The value of an option on its machine, or on all that set it: each value with the machines that have it.
    fn values(&self, machine: Option<&str>, path: &[&str]) -> Vec<String> {
        if let Some(machine) = machine.and_then(|it| self.network.machine(it)) {
            return match self.told(machine, path) {
                Told::Value(text) => vec![format!("Value: `{}`", fenced(&text))],
                Told::Unknown(why) => vec![format!("Value: not known, because {why}")],
                Told::Default(_) | Told::Nothing => Vec::new(),
            };
        }
        let mut values: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for machine in &self.network.machines {
            let shown = match self.told(machine, path) {
                Told::Value(text) => format!("`{}`", fenced(&text)),
                Told::Unknown(why) => format!("not known, because {why}"),
                Told::Default(_) | Told::Nothing => continue,
            };
            values.entry(shown).or_default().push(machine.name.as_str());
        }
        let mut lines: Vec<String> = values
            .iter()
            .take(MOST_VALUES)
            .map(|(value, machines)| match machines.as_slice() {
                [one] => format!("On `{one}`: {value}"),
                [first, rest @ ..] if rest.len() > 2 => {
                    format!("On `{first}` and {} more: {value}", rest.len())
                }
                all => format!("On `{}`: {value}", all.join("`, `")),
            })
            .collect();
        if values.len() > MOST_VALUES {
            lines.push(format!("and {} more values", values.len() - MOST_VALUES));
        }
        lines
    }

    /// `config.a.b` and `nodes.x.config.a.b`.
    fn configured(&self, names: &[&str], offset: u32) -> Option<String> {
        let (machine, path) = match names {
            ["nodes", machine, "config", path @ ..] => (Some((*machine).to_owned()), path),
            ["config", path @ ..] => (self.machine_around(offset), path),
            _ => return None,
        };
        if path.is_empty() {
            return None;
        }
        let parts = path.iter().map(|it| Part::Name((*it).to_owned())).collect();
        let place = OptionPlace { machine, path: parts };
        self.option(&place, None).or_else(|| {
            // Nobody declares it here: what is set is known all the same.
            let values = self.values(place.machine.as_deref(), path);
            (!values.is_empty()).then(|| format!("{}\n\n{}", code(&place.shown()), values.join("  \n")))
        })
    }

    /// An option behind `config.` that nobody declares here: where the files of the network set it, and why its value is not
    /// known all the same.
    fn configured_in_code(&self, names: &[&str]) -> Option<String> {
        let (["config", path @ ..] | ["nodes", _, "config", path @ ..]) = names else { return None };
        if path.is_empty() {
            return None;
        }
        let mut lines: Vec<String> = Vec::new();
        for at in self.places_of_option(path).set.into_iter().take(MOST_VALUES) {
            let (line, said) =
                self.in_file(at.file, |view| (view.line_of(at.start), view.value_at(at.start)));
            let file = self.path_of(at.file).file_name().unwrap_or_default().to_string_lossy();
            let said = match said {
                Some(Said::Known(text)) => format!("`{}`", fenced(&text)),
                Some(Said::Unknown(why)) => format!("not known, because {why}"),
                Some(Said::Fails(message)) => format!("fails: {message}"),
                None => continue,
            };
            lines.push(format!("Set in {file}:{line}: {said}"));
        }
        let why = match lines.is_empty() {
            true => "nothing that is written here sets it, and NixOS' own modules are not at hand",
            false => "NixOS' own modules are not at hand, which may change it",
        };
        lines.push(format!("Value: not known, because {why}"));
        Some(format!("{}\n\n{}", code(&names.join(".")), lines.join("  \n")))
    }

    /// Whether a name may be an argument of a module.
    fn is_argument_at(&self, at: Bytes) -> bool {
        match self.names().use_at(at.0).map(|it| it.meaning) {
            Some(Meaning::Local { frame, .. }) => {
                matches!(self.names().frames[frame as usize].kind, FrameKind::Lambda(_))
            }
            Some(Meaning::FromWith { .. }) => false,
            Some(Meaning::Global | Meaning::Nothing) | None => true,
        }
    }

    /// The machine in whose own module a place is.
    fn machine_around(&self, offset: u32) -> Option<String> {
        let outline = self.outline();
        let mut way = outline.way(outline.container_at(offset));
        // What an interpolation holds is still of the module.
        way.truncate(way.iter().position(|it| *it == Segment::Inside).unwrap_or(way.len()));
        self.option_place(&way)?.machine
    }

    /// The value of a name, a selection or a definition, with where a local name is from.
    fn named(&self, offset: u32) -> Option<Hover> {
        let token = self.outline().token_at(offset)?;
        let value = self.said(offset);
        let used = self.names().use_at(offset);
        let (at, from) = match used.map(|it| (it.at, it.meaning)) {
            Some((at, Meaning::Local { frame, slot })) => (at, self.local(frame, slot)),
            Some((at, Meaning::FromWith { frame })) => {
                let line = self.line_of(self.names().frames[frame as usize].at.0);
                (at, Some(format!("`{}`, a name that the `with` in line {line} may give", self.slice(at))))
            }
            Some((at, Meaning::Global | Meaning::Nothing)) => (at, None),
            None => {
                let local = self.local_at(offset).and_then(|(frame, slot)| self.local(frame, slot));
                ((token.start, token.end), local)
            }
        };
        let parts: Vec<String> = from.into_iter().chain(value).collect();
        (!parts.is_empty()).then(|| self.hovered(at, parts.join("\n\n")))
    }

    /// A local name, and where it is from.
    fn local(&self, frame: u32, slot: u32) -> Option<String> {
        let module = &self.parsed.module;
        let (sym, written) = self.names().slot(module, frame, slot)?;
        let written = self.names().written(module, self.text, frame, sym, written);
        let what = match self.names().frames[frame as usize].kind {
            FrameKind::Lambda(_) => "an argument",
            FrameKind::Let(_) => "defined by `let`",
            FrameKind::Recursive(_) => "an attribute of a recursive set",
            FrameKind::With => "a name",
        };
        Some(format!("`{}`, {what} in line {}", module.symbols.name(sym), self.line_of(written.0)))
    }

    fn said(&self, offset: u32) -> Option<String> {
        Some(match self.value_at(offset)? {
            Said::Known(text) => code(&fenced(&text)),
            Said::Unknown(why) => format!("Value: not known, because {why}"),
            Said::Fails(message) => format!("Evaluating it fails: {message}"),
        })
    }
}

/// Type, default and declaration of an option, a line each.
pub(super) fn facts(option: &OptionDeclaration, path: &[Part]) -> String {
    let mut lines = vec![format!("Type: {}", option.ty.described())];
    if let Some(default) = option.default.as_ref().filter(|it| it.as_str() != Some("<name>")) {
        lines.push(format!("Default: `{}`", fenced(&default.shown())));
    } else if option.default.is_some() {
        lines.push("Default: the machine's name".to_owned());
    } else if let Some(default) = &option.default_text {
        lines.push(format!("Default: `{}`", fenced(default)));
    }
    match &option.declared_in {
        Some(file) => lines.push(format!("Declared in `{file}`")),
        None if path.first() == Some(&Part::Name("deployment".to_owned())) => {
            lines.push("Declared by nixwright".to_owned());
        }
        None => {}
    }
    if let Some(obsolete) = &option.obsolete {
        lines.push(match (&obsolete.renamed_to, &obsolete.message) {
            (Some(new), _) => format!("Renamed to `{new}`"),
            (None, Some(message)) => format!("Removed: {message}"),
            (None, None) => "Removed".to_owned(),
        });
    }
    lines.join("  \n")
}

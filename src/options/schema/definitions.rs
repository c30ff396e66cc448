//! What the modules of a machine define, read along a tree of options: through groups, sets of submodules and their
//! options, with the conditions and priorities of every level. Values are evaluated only as deep as their types ask.
//!
//! Merges nothing and judges nothing.

use std::sync::Arc;

use super::values::{self, Values};
use crate::eval::{Attribute, Evaluator};
use crate::options::collected::{Collected, Later};
use crate::options::definitions::PLAIN_PRIORITY;
use crate::options::plain::{Plain, PlainKind};
use crate::options::types::{OptionDeclaration, OptionNode, OptionType, Options};
use crate::text::Span;
use crate::value::{Kind, Value};

/// The modules of a machine whose definitions are still to be read.
pub struct Pending {
    pub(super) later: Vec<Later>,
    /// Whether there may be modules, and so options and definitions, beside these.
    pub(super) open: bool,
}

impl Collected {
    /// What [`super::judge()`] reads, for when everything else was read. Without a schema there is something to read only
    /// where the modules declare options themselves.
    pub fn pending(&self, has_schema: bool) -> Option<Pending> {
        let declares = || self.later.iter().any(|it| matches!(it, Later::Declarations(_)));
        (has_schema || declares()).then(|| Pending {
            later: self.later.clone(),
            open: !self.gaps().is_empty() || self.declares_more(),
        })
    }
}

/// Whether a definition counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Holds {
    Surely,
    Perhaps,
    /// Under a condition that is false: NixOS still looks at the names.
    Never,
}

/// What stands around a value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Strength {
    pub(super) priority: Option<i64>,
    pub(super) holds: Holds,
}

/// The definition of an option on the way to a value: how many names lead to it, and how strong it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    pub(super) depth: usize,
    pub(super) priority: i64,
    pub(super) holds: Holds,
}

/// A value that some option takes, or a name that none has.
pub(super) struct Defined<'s> {
    pub(super) path: Vec<Arc<str>>,
    pub(super) at: Span,
    pub(super) value: Plain,
    /// The options that hold it, the outermost first, itself included.
    pub(super) levels: Vec<Level>,
    /// Whether its module certainly counts.
    pub(super) certain: bool,
    /// The outermost option.
    pub(super) option: Option<&'s OptionDeclaration>,
    pub(super) target: Target<'s>,
}

pub(super) enum Target<'s> {
    Type(&'s OptionType),
    /// There is no such name among these options.
    Nothing(Scope<'s>),
    /// A set of options must stand here, and this is something else.
    Group,
}

/// Where in the trees of options something stands: NixOS' own, those of the machine's modules, and those of the tool.
#[derive(Clone, Copy)]
pub(super) struct Scope<'s> {
    pub(super) nixos: Option<&'s Options>,
    pub(super) own: Option<&'s Options>,
    pub(super) tool: Option<&'s Options>,
    /// Whether nobody knows what NixOS itself declares here.
    pub(super) open: bool,
}

enum Child<'s> {
    Scope(Scope<'s>),
    Option(&'s OptionDeclaration),
    /// It is declared, or may be, and nothing else is known.
    Known,
    Nothing,
}

impl<'s> Scope<'s> {
    fn child(self, name: &str) -> Child<'s> {
        let node = |options: Option<&'s Options>| options?.options.get(name);
        let (nixos, own) = (node(self.nixos), node(self.own));
        let open = self.open;
        if nixos.is_none() && own.is_none() {
            return match node(self.tool) {
                Some(OptionNode::Group(group)) if !open => {
                    Child::Scope(Scope { nixos: None, own: None, tool: Some(group), open })
                }
                Some(_) => Child::Known,
                None if self.may_have_more() => Child::Known,
                None => Child::Nothing,
            };
        }
        let group = |node: Option<&'s OptionNode>| match node {
            Some(OptionNode::Group(group)) => Some(group),
            _ => None,
        };
        match (nixos, own) {
            (Some(OptionNode::Option(option)), None) | (None, Some(OptionNode::Option(option))) => {
                Child::Option(option)
            }
            (None | Some(OptionNode::Group(_)), None | Some(OptionNode::Group(_))) => {
                let tool = group(node(self.tool));
                Child::Scope(Scope { nixos: group(nixos), own: group(own), tool, open })
            }
            // Both declare it, and their types are merged.
            _ => Child::Known,
        }
    }

    fn may_have_more(self) -> bool {
        self.open || self.nixos.is_some_and(|it| it.partial) || self.own.is_some_and(|it| it.partial)
    }
}

/// More definitions than any machine has.
const MOST: usize = 100_000;

pub(super) struct Reader<'e, 's> {
    eval: &'e mut Evaluator,
    pub(super) defined: Vec<Defined<'s>>,
    /// Every definition of an option that holds others, with the way to it.
    pub(super) outer: Vec<(Vec<Arc<str>>, Level)>,
    /// Whether a module switches the check of names off.
    pub(super) unchecked: bool,
    certain: bool,
    values: Values,
}

impl<'e, 's> Reader<'e, 's> {
    pub(super) fn new(eval: &'e mut Evaluator) -> Self {
        Self {
            eval,
            defined: Vec::new(),
            outer: Vec::new(),
            unchecked: false,
            certain: true,
            values: Values::default(),
        }
    }

    /// Reads all settings of a machine's modules.
    pub(super) fn read(&mut self, later: &[Later], scope: Scope<'s>) {
        for it in later {
            let mut path = Vec::new();
            match it {
                Later::Config { value, start, certain, .. } => {
                    self.certain = *certain;
                    self.group(*value, scope, &mut path, plain(), start.at, &[], None);
                }
                Later::Setting { bare, path: names, name_at, at, .. } => {
                    self.certain = bare.certain;
                    let [name] = names.as_slice() else { continue };
                    let setting =
                        Setting { name: name.clone(), value: bare.value, name_at: *name_at, at: *at };
                    self.setting(setting, scope, &mut path, plain(), &[], None);
                }
                Later::Declarations(_) => {}
            }
        }
    }

    /// A set of options.
    #[expect(clippy::too_many_arguments, reason = "all of it is the state of one walk")]
    fn group(
        &mut self,
        value: Value,
        scope: Scope<'s>,
        path: &mut Vec<Arc<str>>,
        strength: Strength,
        at: Span,
        levels: &[Level],
        option: Option<&'s OptionDeclaration>,
    ) {
        let keeps_dead = levels.is_empty();
        for (value, strength) in values::strip(self.eval, value, strength, keeps_dead) {
            let Ok(view) = self.eval.attrs(value) else {
                self.no_group(value, path, at, levels, option);
                continue;
            };
            for attribute in view.attributes {
                let setting = self.named(&attribute, at);
                self.setting(setting, scope, path, strength, levels, option);
            }
        }
    }

    /// Something that is no set stands where options do.
    fn no_group(
        &mut self,
        value: Value,
        path: &[Arc<str>],
        at: Span,
        levels: &[Level],
        option: Option<&'s OptionDeclaration>,
    ) {
        let may_be = [Kind::Attrs, Kind::Unknown, Kind::Error, Kind::Function, Kind::Path];
        if !path.is_empty() && !may_be.contains(&self.eval.kind(value)) {
            let kind = values::shallow(self.eval, value);
            self.define(path, at, Plain { at, kind }, levels, option, Target::Group);
        }
    }

    fn named(&self, attribute: &Attribute, around: Span) -> Setting {
        let at = attribute.given.or(attribute.defined).unwrap_or(around);
        let name_at = attribute.defined.unwrap_or(at);
        Setting { name: self.eval.name(attribute.name).into(), value: attribute.value, name_at, at }
    }

    fn setting(
        &mut self,
        setting: Setting,
        scope: Scope<'s>,
        path: &mut Vec<Arc<str>>,
        strength: Strength,
        levels: &[Level],
        option: Option<&'s OptionDeclaration>,
    ) {
        let Setting { name, value, name_at, at } = setting;
        if name.as_ref() == "_module" {
            self.unchecked |= matches!(self.eval.attr_named(value, "check"), Ok(Some(_)) | Err(_));
            return;
        }
        let child = scope.child(&name);
        path.push(name);
        match child {
            Child::Known => {}
            Child::Scope(scope) => self.group(value, scope, path, strength, at, levels, option),
            Child::Option(declaration) => {
                let option = option.or(Some(declaration));
                self.option(value, &declaration.ty, path, strength, (name_at, at), levels, option);
            }
            Child::Nothing => {
                let priority = strength.priority.unwrap_or(PLAIN_PRIORITY);
                let mut levels = levels.to_vec();
                // The condition around a name in a submodule decides like that of an option.
                levels.extend((!levels.is_empty()).then_some(Level {
                    depth: path.len(),
                    priority,
                    holds: strength.holds,
                }));
                let value = Plain { at, kind: PlainKind::Unknown("nothing reads it".into()) };
                self.define(path, name_at, value, &levels, option, Target::Nothing(scope));
            }
        }
        path.pop();
    }

    /// The value of an option, or of an attribute that an option takes.
    #[expect(clippy::too_many_arguments, reason = "all of it is the state of one walk")]
    fn option(
        &mut self,
        value: Value,
        ty: &'s OptionType,
        path: &mut Vec<Arc<str>>,
        strength: Strength,
        (name_at, at): (Span, Span),
        levels: &[Level],
        option: Option<&'s OptionDeclaration>,
    ) {
        let obsolete = levels.is_empty() && option.is_some_and(|it| it.obsolete.is_some());
        if *ty == OptionType::Anything && !obsolete {
            return;
        }
        for (value, strength) in values::strip(self.eval, value, strength, false) {
            if strength.holds == Holds::Never {
                continue;
            }
            let priority = strength.priority.unwrap_or(PLAIN_PRIORITY);
            let mut levels = levels.to_vec();
            levels.push(Level { depth: path.len(), priority, holds: strength.holds });
            let inside = holder(ty).filter(|_| values::is_plain_set(self.eval, value));
            let inner = Strength { priority: None, holds: Holds::Surely };
            match inside {
                Some(OptionType::Submodule(options)) => {
                    self.outer.push((path.clone(), levels[levels.len() - 1]));
                    if values::is_module(self.eval, value) {
                        continue;
                    }
                    let scope = Scope { nixos: Some(options), own: None, tool: None, open: false };
                    self.group(value, scope, path, inner, at, &levels, option);
                }
                Some(OptionType::AttrsOf(element) | OptionType::ListOrAttrsOf(element)) => {
                    self.outer.push((path.clone(), levels[levels.len() - 1]));
                    let Ok(view) = self.eval.attrs(value) else { continue };
                    for attribute in view.attributes {
                        let setting = self.named(&attribute, at);
                        path.push(setting.name);
                        let places = (setting.name_at, setting.at);
                        self.option(setting.value, element, path, inner, places, &levels, option);
                        path.pop();
                    }
                }
                _ => {
                    let value = self.values.read(self.eval, value, at, ty);
                    self.define(path, name_at, value, &levels, option, Target::Type(ty));
                }
            }
        }
    }

    fn define(
        &mut self,
        path: &[Arc<str>],
        at: Span,
        value: Plain,
        levels: &[Level],
        option: Option<&'s OptionDeclaration>,
        target: Target<'s>,
    ) {
        if self.defined.len() < MOST {
            let (path, levels, certain) = (path.to_vec(), levels.to_vec(), self.certain);
            self.defined.push(Defined { path, at, value, levels, certain, option, target });
        }
    }
}

struct Setting {
    name: Arc<str>,
    value: Value,
    name_at: Span,
    at: Span,
}

fn plain() -> Strength {
    Strength { priority: None, holds: Holds::Surely }
}

/// The type of sets in a type, where each attribute is a definition of its own.
fn holder(ty: &OptionType) -> Option<&OptionType> {
    match ty {
        OptionType::AttrsOf(_) | OptionType::ListOrAttrsOf(_) | OptionType::Submodule(_) => Some(ty),
        OptionType::NullOr(inside) => holder(inside),
        _ => None,
    }
}

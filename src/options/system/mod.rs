//! The module system itself: `lib.evalModules`, natively.
//!
//! The same semantics as nixpkgs' own, over the values of the evaluator and the types of whatever library is at hand,
//! so that code which uses parts of the library goes on to work. Everything is lazy: asking for one option collects
//! the modules and evaluates the definitions of that option.
//!
//! | file | what |
//! |---|---|
//! | `collect`, `module`, `arguments` | from a list of modules to all of them, each once, in a normal form |
//! | `push`, `tree` | definitions and declarations meet, name by name |
//! | `decide`, `merge`, `option` | conditions, priorities, order; the value of one option |
//! | `result`, `open` | the sets that come out; worlds in which nobody declares everything |

mod arguments;
mod collect;
mod decide;
mod errors;
mod internal;
mod merge;
mod module;
mod open;
mod option;
mod push;
mod result;
mod tree;
mod unmatched;
mod values;
mod words;
mod world;
#[cfg(test)]
mod world_tests;

use std::sync::{Arc, Weak};

use crate::eval::{Evaluated, Evaluator};
use crate::options::modules::Origin;
use crate::syntax::Sym;
use crate::text::Span;
use crate::value::{Stop, UnknownId, Value};

use collect::{Candidate, Collected};
use module::Part;
use tree::{Declaration, Level};
use values::{Loc, Memo, plain_attr};
use words::{Marks, Words};

pub use result::install;
pub use world::{Evaluation, Fault, ModuleSystem, World};

/// What all configurations with one library share.
pub(in crate::options) struct System {
    words: Words,
    marks: Marks,
    lib: Value,
    /// The functions of the library's own `modules.nix`.
    functions: Value,
    unknown_file: Value,
    internal: internal::Internal,
}

/// One call of `evalModules`.
pub(in crate::options) struct Configuration {
    this: Weak<Configuration>,
    pub(in crate::options) system: Arc<System>,
    modules: Modules,
    prefix: Option<Arc<Loc>>,
    special_args: Value,
    class: Option<Value>,
    /// Why there may be options and definitions that no module here shows; `None` where there are none.
    pub(in crate::options) world: Option<UnknownId>,
    /// `config` as modules see it, not checked; and `options`.
    config: Value,
    options: Value,
    /// What the configuration's own module defines besides `specialArgs`.
    own_args: Vec<(Sym, Value)>,
    collected: Memo<Collected>,
    tree: Memo<Arc<Level>>,
}

/// Where modules come from.
enum Modules {
    /// Lists of Nix.
    Lists(Vec<Value>),
    Starts(Vec<Candidate>),
}

impl std::fmt::Debug for Configuration {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Configuration").finish_non_exhaustive()
    }
}

impl Configuration {
    fn shared(&self) -> Arc<Configuration> {
        self.this.upgrade().expect("a configuration is used through its own pointer")
    }

    /// All modules, loaded when first asked for.
    pub(in crate::options) fn collected<'a>(
        this: &'a Arc<Self>,
        eval: &mut Evaluator,
    ) -> Evaluated<&'a Collected> {
        Memo::get(
            eval,
            this,
            |it| &it.collected,
            |this, eval| {
                if let Some(class) = this.class {
                    eval.force(class)?;
                }
                let arguments = this.arguments(eval);
                let candidates = this.candidates(eval)?;
                match this.world {
                    None => collect::collect(eval, this, candidates, arguments),
                    // Modules of an open world that ask for what is being collected do not know it: that is no error,
                    // since NixOS declares the names that they ask for.
                    Some(_) => eval.under_unknown(|eval| collect::collect(eval, this, candidates, arguments)),
                }
            },
        )
    }

    fn candidates(&self, eval: &mut Evaluator) -> Evaluated<Vec<Candidate>> {
        let lists = match &self.modules {
            Modules::Starts(_) => &[][..],
            Modules::Lists(lists) => lists,
        };
        let mut candidates = match &self.modules {
            Modules::Starts(starts) => starts.clone(),
            Modules::Lists(_) => Vec::new(),
        };
        for list in lists.iter().copied() {
            let view = eval.list(list)?;
            if let Some(open) = view.open {
                return Err(Stop::Unknown(open));
            }
            for value in view.items {
                let at = eval.span_of(value).unwrap_or_else(|| eval.place());
                candidates.push(Candidate { value, at, origin: Origin::Machine, part: Part::User });
            }
        }
        let own = internal::module(eval, self);
        let at = eval.place();
        candidates.push(Candidate { value: own, at, origin: Origin::Machine, part: Part::Base });
        Ok(candidates)
    }

    /// What every module function is called with.
    fn arguments(&self, eval: &mut Evaluator) -> Value {
        let system = &self.system;
        let words = &system.words;
        let (mut attrs, open) = match eval.force(self.special_args) {
            Ok(set) => eval.attributes_of(set),
            Err(Stop::Unknown(why)) => (Vec::new(), Some(why)),
            Err(Stop::Error(_)) => (Vec::new(), None),
        };
        let class = self.class.unwrap_or(Value::Null);
        let prefix = Loc::list(self.prefix.as_ref(), eval);
        let own = [
            ("lib", system.lib),
            ("_class", class),
            ("_prefix", prefix),
            ("config", self.config),
            ("options", self.options),
            ("specialArgs", self.special_args),
        ];
        for (name, value) in own {
            let name = eval.intern(name);
            let is_given = attrs.iter().any(|attr| attr.name == name);
            if !is_given && (self.world.is_none() || name != words.special_args) {
                attrs.push(plain_attr(name, value));
            }
        }
        eval.make_attrs_at(attrs, open)
    }

    /// The tree of options.
    fn tree<'a>(this: &'a Arc<Self>, eval: &mut Evaluator) -> Evaluated<&'a Arc<Level>> {
        Memo::get(
            eval,
            this,
            |it| &it.tree,
            |this, eval| {
                let collected = Self::collected(this, eval)?;
                let declared_by = collected
                    .modules
                    .iter()
                    .filter_map(|module| {
                        let options = module.options?;
                        let at: Option<Span> = Some(module.at);
                        let position = crate::value::PositionId::NONE;
                        Some(Declaration { file: module.file, options, position, at, part: module.part })
                    })
                    .collect();
                Ok(Level::root(this.clone(), declared_by))
            },
        )
    }
}

//! The module system itself: `lib.evalModules`, natively.
//!
//! The same semantics as nixpkgs' own, over the values of the evaluator and the types of whatever library is at hand,
//! so that code which uses parts of the library goes on to work. Everything is lazy: asking for one option collects
//! the modules and evaluates the definitions of that option.
//!
//! | file | what |
//! |---|---|
//! | `collect`, `module`, `arguments`, `internal` | from a list of modules to all of them, each once, in a normal form |
//! | `push`, `tree` | definitions and declarations meet, name by name |
//! | `decide`, `merge`, `option` | conditions, priorities, order; the value of one option |
//! | `doubt` | what is known of a value when it is not certain that all definitions were met |
//! | `result` | the set that comes out |
//!
//! Options and definitions of modules that are not at hand are nothing it knows of: every option has a declaration
//! here, as in Nix. What is known of machines without NixOS' own modules is said by `options::Configuration`.

mod arguments;
mod collect;
mod decide;
mod doubt;
mod errors;
mod internal;
mod merge;
mod module;
mod option;
mod push;
mod result;
mod tree;
mod unmatched;
mod values;
mod words;

use std::sync::{Arc, Weak};

use crate::eval::{Evaluated, Evaluator};
use crate::syntax::Sym;
use crate::value::{PositionId, Stop, Value};

use collect::Candidate;
use module::Module;
use tree::{Declaration, Level};
use values::{Loc, Memo, plain_attr};
use words::{Marks, Words};

pub use result::install;

/// What all configurations with one library share.
struct System {
    words: Words,
    marks: Marks,
    lib: Value,
    /// The functions of the library's own `modules.nix`.
    functions: Value,
    unknown_file: Value,
    internal: internal::Internal,
}

/// One call of `evalModules`.
struct Configuration {
    this: Weak<Configuration>,
    system: Arc<System>,
    /// Lists of modules.
    modules: Vec<Value>,
    prefix: Option<Arc<Loc>>,
    special_args: Value,
    class: Option<Value>,
    /// `config` as modules see it, not checked; and `options`.
    config: Value,
    options: Value,
    /// What the configuration's own module defines besides `specialArgs`.
    own_args: Vec<(Sym, Value)>,
    collected: Memo<Vec<Module>>,
    tree: Memo<Arc<Level>>,
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
    fn collected<'a>(this: &'a Arc<Self>, eval: &mut Evaluator) -> Evaluated<&'a Vec<Module>> {
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
                collect::collect(eval, this, candidates, arguments)
            },
        )
    }

    fn candidates(&self, eval: &mut Evaluator) -> Evaluated<Vec<Candidate>> {
        let mut candidates = Vec::new();
        for list in self.modules.iter().copied() {
            let view = eval.list(list)?;
            if let Some(open) = view.open {
                return Err(Stop::Unknown(open));
            }
            for value in view.items {
                let at = eval.span_of(value).unwrap_or_else(|| eval.place());
                candidates.push(Candidate { value, at });
            }
        }
        let own = internal::module(eval, self);
        let at = eval.place();
        candidates.push(Candidate { value: own, at });
        Ok(candidates)
    }

    /// What every module function is called with.
    fn arguments(&self, eval: &mut Evaluator) -> Value {
        let system = &self.system;
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
            if !is_given {
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
                let declared_by = collected.iter().filter_map(|module| {
                    let (options, position) = (module.options?, PositionId::NONE);
                    Some(Declaration { file: module.file, options, position, at: Some(module.at) })
                });
                let declared_by = declared_by.collect();
                Ok(Level::root(this.clone(), declared_by))
            },
        )
    }
}

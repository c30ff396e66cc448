//! flake-parts: its `mkFlake` is Nix beside this file; here are the questions about unknown values that Nix code
//! cannot ask.

use super::projects::FLAKE_PARTS;
use crate::eval::{Evaluated, Evaluator};
use crate::value::{Reason, Stop, UnknownId, Value};

/// Outputs that modules for developers may add.
const TOOL_OUTPUTS: [&str; 9] = [
    "bundlers",
    "flakeModule",
    "flakeModules",
    "formatter",
    "herculesCI",
    "hydraJobs",
    "ci",
    "effects",
    "templates",
];

impl Evaluator {
    /// Modules for developers, by the name of the flake's output: they touch no machine.
    pub(super) fn tool_modules(&mut self, names: &[&'static str], open: UnknownId) -> Value {
        let module = self.make_attrs([("only tools", Value::Bool(true))]);
        self.make_open_attrs(names.iter().map(|name| (*name, module)), Some(open))
    }

    pub(super) fn flake_parts_lib(&mut self, open: UnknownId) -> Evaluated {
        let function = self.flake_file("flake-parts.nix", FLAKE_PARTS)?;
        let lib = self.lib();
        let own =
            self.make_lazy(|this| this.import_embedded(std::path::Path::new("/nixwright-lib/default.nix")));
        let known_items = self.make_native("knownItems", |this, list| {
            let items: Vec<Value> = match this.list(list) {
                Ok(view) => view.items.into_iter().filter(|item| this.why_unknown(*item).is_none()).collect(),
                Err(Stop::Unknown(_)) => Vec::new(),
                Err(stop) => return Err(stop),
            };
            Ok(this.make_list(&items))
        });
        let all_known = self.make_native("allKnown", |this, list| match this.list(list) {
            Ok(view) => {
                let known = view.items.into_iter().all(|item| this.why_unknown(item).is_none());
                Ok(Value::Bool(known && view.open.is_none()))
            }
            Err(Stop::Unknown(_)) => Ok(Value::Bool(false)),
            Err(stop) => Err(stop),
        });
        let closed = self.make_native("closed", |this, set| match this.want_attrs(set)? {
            set if this.heap.open(set).is_some() => {
                let attrs = this.heap.attrs(set).to_vec();
                Ok(this.make_attrs_at(attrs, None))
            }
            set => Ok(Value::Attrs(set)),
        });
        let narrow = self.unknown_because(Reason::Told("modules add outputs".to_owned()), None, open);
        self.flakes.narrow.insert(narrow, &TOOL_OUTPUTS);
        let tools = self.make_open_attrs([], Some(narrow));
        let given = self.make_attrs([
            ("lib", lib),
            ("ownLib", own),
            ("knownItems", known_items),
            ("allKnown", all_known),
            ("closed", closed),
            ("unknown", Value::Unknown(open)),
            ("tools", tools),
        ]);
        self.opened_project(function, given, open)
    }
}

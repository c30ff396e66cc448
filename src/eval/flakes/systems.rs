//! `nixosSystem` and `eval-config.nix` without NixOS at hand: the result keeps what it was called with. Whoever knows
//! the module system says how to evaluate it ([`Evaluator::set_nixos_system`]).

use std::path::Path;

use super::Maker;
use crate::eval::{Evaluated, Evaluator};
use crate::value::{Reason, Value};

impl Evaluator {
    /// A machine, from `{ modules = …; specialArgs = …; … }`. `flake` is whether the flake's function was called,
    /// `nixpkgs` its folder, if it is on disk.
    pub(in crate::eval) fn nixos_system(
        &mut self,
        given: Value,
        nixpkgs: Option<&Path>,
        flake: bool,
    ) -> Evaluated {
        // What is no set fails here, as in Nix.
        self.attrs(given)?;
        let given = if flake { self.with_flake_module(given)? } else { given };
        let made = match (self.flakes.nixos.clone(), nixpkgs) {
            (Some(function), _) => {
                let made = function(self, given)?;
                self.force(made)?
            }
            (None, Some(nixpkgs)) => {
                let function = self.import(&nixpkgs.join("nixos/lib/eval-config.nix"))?;
                self.call(function, given)?
            }
            (None, None) => self.unevaluated_system(given)?,
        };
        self.note_maker(made, Maker::NixosSystem, given);
        Ok(made)
    }

    /// The flake's function adds a module of its own, which says which nixpkgs it was.
    fn with_flake_module(&mut self, given: Value) -> Evaluated {
        let modules = self.make_lazy(move |this| {
            let Some(modules) = this.attr_named(given, "modules")? else {
                let message = "`nixosSystem` is called without its argument `modules`";
                return this.fail(crate::value::ErrorKind::MissingAttribute, None, message);
            };
            let view = this.list(modules.value)?;
            let mut items = view.items;
            items.push(this.make_attrs([]));
            Ok(Value::List(this.heap.open_list(&items, view.open)))
        });
        let with = self.make_attrs([("modules", modules)]);
        let given = self.force(given);
        self.update(crate::syntax::ExprId(0), given, Ok(with))
    }

    fn unevaluated_system(&mut self, given: Value) -> Evaluated {
        let span = self.doing.last().map(|it| self.program.span(it.expr));
        let open = self.add_unknown(Reason::NeedsNixpkgs("nixosSystem".to_owned()), span);
        let or_empty = |this: &mut Self, name: &'static str| {
            this.make_lazy(move |this| match this.attr_named(given, name)? {
                Some(found) => this.force(found.value),
                None if name == "modules" => Ok(this.make_list(&[])),
                None => Ok(this.make_attrs([])),
            })
        };
        let modules = or_empty(self, "modules");
        let special = or_empty(self, "specialArgs");
        let arguments = self.make_open_attrs([("modules", modules)], Some(open));
        let module = self.make_open_attrs([("args", arguments), ("specialArgs", special)], Some(open));
        let packages = self.make_lazy(move |this| match this.attr_named(given, "pkgs")? {
            Some(pkgs) if this.force(pkgs.value)? != Value::Null => this.force(pkgs.value),
            _ => Ok(this.make_pkgs(span)),
        });
        let extend = self.make_native("extendModules", move |this, more| {
            let modules = this.make_lazy(move |this| {
                let before = this.list(modules)?;
                let Some(after) = this.attr_named(more, "modules")? else {
                    return Ok(Value::List(this.heap.open_list(&before.items, before.open)));
                };
                let after = this.list(after.value)?;
                let items = [before.items, after.items].concat();
                Ok(Value::List(this.heap.open_list(&items, before.open.or(after.open))))
            });
            let with = this.make_attrs([("modules", modules)]);
            let given = this.force(given);
            let given = this.update(crate::syntax::ExprId(0), given, Ok(with))?;
            this.nixos_system(given, None, false)
        });
        let unknown = Value::Unknown(open);
        let lib = self.lib();
        let kind = self.make_string("configuration");
        Ok(self.make_open_attrs(
            [
                ("_module", module),
                ("_type", kind),
                ("config", unknown),
                ("extendModules", extend),
                ("lib", lib),
                ("options", unknown),
                ("pkgs", packages),
            ],
            Some(open),
        ))
    }

    /// What `import <nixpkgs/nixos/lib/eval-config.nix>` or `import <nixpkgs/nixos>` gives without nixpkgs.
    pub(in crate::eval) fn nixos_function(&mut self, path: &str) -> Option<Value> {
        match path {
            "nixos/lib/eval-config.nix" => {
                Some(self.make_native("eval-config.nix", |this, given| this.nixos_system(given, None, false)))
            }
            "nixos" | "nixos/default.nix" => Some(self.make_native("nixos", |this, given| {
                let configuration = match this.attr_named(given, "configuration")? {
                    Some(found) => found.value,
                    None => this.make_unknown(Reason::SearchPath("nixos-config".to_owned()), None),
                };
                let modules = this.make_list(&[configuration]);
                let given = this.make_attrs([("modules", modules)]);
                this.nixos_system(given, None, false)
            })),
            _ => None,
        }
    }
}

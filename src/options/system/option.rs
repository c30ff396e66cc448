//! One option: its declarations as one, its definitions, its value, and what `options.<name>` tells of it.

use std::sync::Arc;

use super::decide::{self, Final};
use super::tree::{Declaration, Level, Raw};
use super::values::{self, Loc, Memo, plain_attr, shown, throw};
use super::{errors, merge};
use crate::eval::{Evaluated, Evaluator};
use crate::syntax::Sym;
use crate::text::Span;
use crate::value::{Attr, PositionId, Stop, Value};

pub(super) struct Opt {
    pub(super) level: Arc<Level>,
    pub(super) name: Sym,
    pub(super) loc: Arc<Loc>,
    declarations: Vec<Declaration>,
    declared: Memo<Declared>,
    final_: Memo<Final>,
    merged: Memo<Value>,
    value: Memo<Value>,
    whole: Memo<Value>,
}

/// All declarations of an option as one.
#[derive(Debug)]
pub(super) struct Declared {
    attrs: Vec<Attr>,
    pub(super) ty: Value,
    default: Option<Value>,
    apply: Option<Value>,
    read_only: Option<Value>,
    files: Vec<Value>,
    pub(super) at: Option<Span>,
}

impl Opt {
    pub(super) fn new(
        level: Arc<Level>,
        name: Sym,
        loc: Arc<Loc>,
        declarations: Vec<Declaration>,
    ) -> Arc<Self> {
        Arc::new(Opt {
            level,
            name,
            loc,
            declarations,
            declared: Memo::default(),
            final_: Memo::default(),
            merged: Memo::default(),
            value: Memo::default(),
            whole: Memo::default(),
        })
    }

    pub(super) fn declared<'a>(self: &'a Arc<Self>, eval: &mut Evaluator) -> Evaluated<&'a Declared> {
        Memo::get(eval, self, |it| &it.declared, Self::join_declarations)
    }

    fn join_declarations(self: &Arc<Self>, eval: &mut Evaluator) -> Evaluated<Declared> {
        let system = self.level.config.system.clone();
        let words = system.words;
        let mut attrs: Vec<Attr> = Vec::new();
        let mut ty: Option<Value> = None;
        let mut submodules: Vec<Value> = Vec::new();
        let (mut files, mut positions) = (Vec::new(), Vec::new());
        for (number, declaration) in self.declarations.iter().enumerate() {
            let set = eval.force(declaration.options)?;
            let (own, _) = eval.attributes_of(set);
            let find = |name: Sym| own.iter().find(|attr| attr.name == name).map(|attr| attr.value);
            let new_type = find(words.ty);
            if number > 0 {
                self.agree(eval, &attrs, &own, declaration, &files)?;
                if let (Some(old), Some(new)) = (ty, new_type) {
                    ty = Some(self.join_types(eval, old, new, declaration, &files)?);
                }
            }
            ty = ty.or(new_type);
            // Those of later declarations come first.
            if let Some(new) = new_type {
                let inside = values::non_null(eval, new, words.get_sub_modules)?;
                if let Some(inside) = inside {
                    let view = eval.list(inside)?;
                    let mut all = Vec::with_capacity(view.items.len() + submodules.len());
                    for module in view.items {
                        let one = eval.make_list(&[module]);
                        let attrs =
                            vec![plain_attr(words.file, declaration.file), plain_attr(words.imports, one)];
                        all.push(eval.make_attrs_at(attrs, None));
                    }
                    all.append(&mut submodules);
                    submodules = all;
                }
            }
            for attr in own {
                if !attrs.iter().any(|known| known.name == attr.name) {
                    attrs.push(attr);
                }
            }
            files.push(declaration.file);
            positions.push(declaration.position);
        }
        let ty = match ty {
            None => values::of_library(eval, system.lib, &["types", "unspecified"])?,
            Some(ty) => {
                let ty = eval.force(ty)?;
                if values::non_null(eval, ty, words.get_sub_modules)?.is_some() {
                    let substitute = values::need(eval, ty, words.subst_sub_modules)?;
                    let list = eval.make_list(&submodules);
                    submodules.clear();
                    eval.call(substitute, list)?
                } else {
                    ty
                }
            }
        };
        let find = |name: Sym| attrs.iter().find(|attr| attr.name == name).map(|attr| attr.value);
        let (default, apply, read_only) = (find(words.default), find(words.apply), find(words.read_only));
        self.add_own(eval, &mut attrs, ty, &submodules, &files, &positions);
        let at = self.declarations.first().and_then(|it| it.at);
        Ok(Declared { attrs, ty, default, apply, read_only, files, at })
    }

    fn add_own(
        &self,
        eval: &mut Evaluator,
        attrs: &mut Vec<Attr>,
        ty: Value,
        submodules: &[Value],
        files: &[Value],
        positions: &[PositionId],
    ) {
        let words = self.level.config.system.words;
        let positions: Vec<(PositionId, Value)> =
            positions.iter().copied().zip(files.iter().copied()).collect();
        let positions = eval.make_lazy(move |eval| {
            let places: Vec<Value> =
                positions.iter().map(|(position, file)| place_of(eval, *position, *file)).collect();
            Ok(eval.make_list(&places))
        });
        let own = [
            (words.loc, Loc::list(Some(&self.loc), eval)),
            (words.declarations, eval.make_list(files)),
            (words.declaration_positions, positions),
            (words.options, eval.make_list(submodules)),
            (words.ty, ty),
        ];
        attrs.retain(|attr| own.iter().all(|(name, _)| *name != attr.name));
        attrs.extend(own.map(|(name, value)| plain_attr(name, value)));
    }

    /// What two declarations may not both say.
    fn agree(
        &self,
        eval: &mut Evaluator,
        attrs: &[Attr],
        own: &[Attr],
        declaration: &Declaration,
        files: &[Value],
    ) -> Evaluated<()> {
        let words = self.level.config.system.words;
        let both = |name: Sym| {
            attrs.iter().any(|attr| attr.name == name) && own.iter().any(|attr| attr.name == name)
        };
        if [words.default, words.example, words.description, words.apply].into_iter().any(both) {
            return self.declared_twice(eval, declaration, files);
        }
        Ok(())
    }

    fn declared_twice<T>(
        &self,
        eval: &mut Evaluator,
        declaration: &Declaration,
        files: &[Value],
    ) -> Evaluated<T> {
        let system = &self.level.config.system;
        let loc = errors::show_option(eval, system, Some(&self.loc));
        let (file, others) = (shown(eval, declaration.file), errors::show_files(eval, files));
        let message = format!("The option `{loc}' in `{file}' is already declared in {others}.");
        throw(eval, declaration.at, message)
    }

    fn join_types(
        &self,
        eval: &mut Evaluator,
        old: Value,
        new: Value,
        declaration: &Declaration,
        files: &[Value],
    ) -> Evaluated {
        let words = self.level.config.system.words;
        let merge = values::need(eval, old, words.type_merge)?;
        let functor = values::need(eval, new, words.functor)?;
        match eval.call(merge, functor)? {
            Value::Null => self.declared_twice(eval, declaration, files),
            joined => Ok(joined),
        }
    }

    /// All definitions, the default included.
    pub(super) fn raws(self: &Arc<Self>, eval: &mut Evaluator) -> Evaluated<Vec<Raw>> {
        let declared = self.declared(eval)?;
        let own = self.level.raws(eval, self.name)?;
        let Some(default) = declared.default else { return Ok(own) };
        let system = &self.level.config.system;
        let words = &system.words;
        let weak = vec![
            plain_attr(words.kind, system.marks.over),
            plain_attr(words.order_priority, Value::Int(DEFAULT_PRIORITY)),
            plain_attr(words.content, default),
        ];
        let value = eval.make_attrs_at(weak, None);
        let position = declared
            .attrs
            .iter()
            .find(|it| it.name == words.default)
            .map_or(PositionId::NONE, |it| it.position);
        let mut raws = Vec::with_capacity(own.len() + 1);
        raws.push(Raw { file: declared.files[0], value, position, maybe: None });
        raws.extend(own);
        Ok(raws)
    }

    /// The definitions that count.
    pub(super) fn final_<'a>(self: &'a Arc<Self>, eval: &mut Evaluator) -> Evaluated<&'a Final> {
        Memo::get(
            eval,
            self,
            |it| &it.final_,
            |this, eval| {
                let raws = this.raws(eval)?;
                let declared = this.declared(eval)?;
                let system = this.level.config.system.clone();
                if raws.len() > 1
                    && let Some(read_only) = declared.read_only
                    && eval.force(read_only)? == Value::Bool(true)
                {
                    let loc = errors::show_option(eval, &system, Some(&this.loc));
                    let shown_values = errors::show_raws(eval, &system, &raws);
                    let at = raws.last().and_then(|it| decide::place(eval, it.position)).or(declared.at);
                    return throw(
                        eval,
                        at,
                        format!(
                            "The option `{loc}' is read-only, but it's set multiple times. Definition values:{shown_values}"
                        ),
                    );
                }
                let mut result = decide::decide(eval, &system, &raws, &[])?;
                decide::take_orders(eval, &system, &mut result)?;
                Ok(result)
            },
        )
    }

    /// The value before `apply`.
    pub(super) fn merged(self: &Arc<Self>, eval: &mut Evaluator) -> Evaluated {
        Ok(*Memo::get(
            eval,
            self,
            |it| &it.merged,
            |this, eval| {
                let result = this.final_(eval)?;
                let declared = this.declared(eval)?;
                let value = merge::value(eval, &this.level.config.system, &this.loc, declared.ty, result)?;
                eval.force(value)
            },
        )?)
    }

    pub(super) fn value(self: &Arc<Self>, eval: &mut Evaluator) -> Evaluated {
        Ok(*Memo::get(
            eval,
            self,
            |it| &it.value,
            |this, eval| {
                let result = this.applied(eval);
                if let Err(Stop::Error(error)) = result {
                    let loc = errors::show_option(eval, &this.level.config.system, Some(&this.loc));
                    let at = eval.error(error).span;
                    eval.say_in_trace(error, at, &format!("while evaluating the option `{loc}':"));
                }
                result
            },
        )?)
    }

    fn applied(self: &Arc<Self>, eval: &mut Evaluator) -> Evaluated {
        match self.declared(eval)?.apply {
            None => self.merged(eval),
            Some(apply) => {
                let this = self.clone();
                let merged = eval.make_lazy(move |eval| this.merged(eval));
                eval.call(apply, merged)
            }
        }
    }

    /// `options.<name>`.
    pub(super) fn as_value(self: &Arc<Self>, eval: &mut Evaluator) -> Evaluated {
        Ok(*Memo::get(eval, self, |it| &it.whole, Self::make_whole)?)
    }

    fn make_whole(self: &Arc<Self>, eval: &mut Evaluator) -> Evaluated {
        eval.spend(10)?;
        let mut attrs = self.declared(eval)?.attrs.clone();
        let words = self.level.config.system.words;
        let mut lazily =
            |eval: &mut Evaluator, name: Sym, compute: fn(&Arc<Opt>, &mut Evaluator) -> Evaluated| {
                let this = self.clone();
                let value = eval.make_lazy(move |eval| compute(&this, eval));
                attrs.retain(|attr| attr.name != name);
                attrs.push(plain_attr(name, value));
            };
        lazily(eval, words.value, |this, eval| this.value(eval));
        lazily(eval, words.highest_prio, |this, eval| {
            let result = this.certain(eval)?;
            Ok(result.highest)
        });
        let files = eval.intern("files");
        lazily(eval, files, |this, eval| {
            let result = this.final_(eval)?;
            let all: Vec<Value> = result.sure()?.iter().map(|it| it.file).collect();
            Ok(eval.make_open_list(&all, result.open))
        });
        let definitions = eval.intern("definitions");
        lazily(eval, definitions, |this, eval| {
            let result = this.final_(eval)?;
            let all: Vec<Value> = result.sure()?.iter().map(|it| it.value).collect();
            Ok(eval.make_open_list(&all, result.open))
        });
        let located = eval.intern("definitionsWithLocations");
        lazily(eval, located, |this, eval| {
            let result = this.final_(eval)?;
            let system = this.level.config.system.clone();
            decide::as_list(eval, &system, result)
        });
        let is_defined = eval.intern("isDefined");
        lazily(eval, is_defined, |this, eval| {
            let result = this.final_(eval)?;
            let certainly = result.definitions.iter().any(|it| it.maybe.is_none());
            match result.doubt() {
                Some(why) if !certainly => Err(Stop::Unknown(why)),
                _ => Ok(Value::Bool(certainly)),
            }
        });
        lazily(eval, words.value_meta, |this, eval| {
            let result = this.certain(eval)?;
            let declared = this.declared(eval)?;
            merge::meta(eval, &this.level.config.system, &this.loc, declared.ty, result)
        });
        let (loc, system) = (self.loc.clone(), self.level.config.system.clone());
        let to_string = eval.make_native("showOption", move |eval, _| {
            let text = errors::show_option(eval, &system, Some(&loc));
            Ok(eval.make_string(&text))
        });
        let name = eval.intern("__toString");
        attrs.push(plain_attr(name, to_string));
        Ok(eval.make_attrs_at(attrs, None))
    }

    /// The definitions that count, if that is certain.
    fn certain<'a>(self: &'a Arc<Self>, eval: &mut Evaluator) -> Evaluated<&'a Final> {
        let result = self.final_(eval)?;
        match result.doubt() {
            Some(why) => Err(Stop::Unknown(why)),
            None => Ok(result),
        }
    }
}

/// The strength of an option's own default.
const DEFAULT_PRIORITY: i64 = 1500;

fn place_of(eval: &mut Evaluator, position: PositionId, file: Value) -> Value {
    match eval.make_position(position) {
        Value::Null => eval.make_attrs([("file", file), ("line", Value::Null), ("column", Value::Null)]),
        place => place,
    }
}

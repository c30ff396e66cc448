//! Known functions around a watched set: what they select of it, and what is asked of that. The part of [`Walk`] that knows
//! functions of the library by name; what they do is not repeated here but evaluated.

use super::Evaluated;
use super::touches::{Asking, Walk};
use crate::syntax::{AttrName, Expr, ExprId, Range};
use crate::value::{EnvId, Value};

/// Elements of a list for each of which the code of a function is walked.
const MOST_ELEMENTS: usize = 200;

/// Known functions that go over a set or a list: whether they keep some of it as it is, and which argument it is.
const OVER: [(&str, bool, usize, usize); 18] = [
    ("attrValues", true, 0, 1),
    ("attrNames", true, 0, 1),
    ("filterAttrs", true, 1, 2),
    ("filter", true, 1, 2),
    ("removeAttrs", true, 0, 2),
    ("getAttrs", true, 1, 2),
    ("mapAttrs", false, 1, 2),
    ("mapAttrs'", false, 1, 2),
    ("mapAttrsToList", false, 1, 2),
    ("concatMapAttrs", false, 1, 2),
    ("map", false, 1, 2),
    ("concatMap", false, 1, 2),
    ("concatMapStrings", false, 1, 2),
    ("concatMapStringsSep", false, 2, 3),
    ("any", false, 1, 2),
    ("all", false, 1, 2),
    ("forEach", false, 0, 2),
    ("sort", false, 1, 2),
];

/// Known functions around a watched set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chain {
    pub(super) set: usize,
    /// The outermost part that is still a selection of the set's attributes.
    selection: ExprId,
    /// The last function that is given one of them.
    last: Option<ExprId>,
    /// Whether something is made of each.
    pub(super) projected: bool,
    /// Whether only names are left.
    pub(super) names: bool,
}

impl Walk<'_> {
    /// The name by which a function of the library is called.
    pub(super) fn called(&self, function: ExprId) -> Option<String> {
        let program = &self.eval.program;
        match program.exprs[function.0 as usize] {
            Expr::Global(sym) | Expr::FromWith { sym, .. } => {
                Some(self.eval.name(sym).trim_start_matches("__").to_owned())
            }
            Expr::Local { .. } => Some(self.eval.sources.slice(program.span(function)).to_owned()),
            Expr::Select { base, path, default: None } => {
                let of = self.eval.sources.slice(program.span(base));
                let is_library = of == "builtins" || of == "lib" || of.ends_with(".lib");
                match program.steps[path.indices().end - 1].name {
                    AttrName::Static(name) if is_library => Some(self.eval.name(name).to_owned()),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    pub(super) fn over(&self, function: ExprId, arguments: Range) -> Option<(&'static str, bool, ExprId)> {
        let name = self.called(function)?;
        let (name, keeps, at, count) = OVER.iter().find(|it| it.0 == name)?;
        let inside = arguments.len as usize == *count;
        inside.then(|| (*name, *keeps, self.eval.program.children[arguments.start as usize + at]))
    }

    /// The selection that a variable holds.
    pub(super) fn held(&self, id: ExprId, env: EnvId) -> Option<Chain> {
        let Expr::Local { depth, slot } = self.eval.program.exprs[id.0 as usize] else { return None };
        let frame = self.eval.heap.climb(env, depth);
        self.selections.get(&(frame, slot)).map(|it| Chain { selection: id, ..*it })
    }

    pub(super) fn chain(&self, id: ExprId, env: EnvId) -> Option<Chain> {
        if let Some(set) = self.watched_at(id, env) {
            return Some(Chain { set, selection: id, last: None, projected: false, names: false });
        }
        let Expr::Apply { function, arguments } = self.eval.program.exprs[id.0 as usize] else {
            return self.held(id, env);
        };
        let (name, keeps, operand) = self.over(function, arguments)?;
        let mut chain = self.chain(operand, env)?;
        if chain.projected {
            return Some(chain);
        }
        let mut others = arguments.indices().map(|at| self.eval.program.children[at]);
        let lambda = others.rfind(|it| matches!(self.eval.program.exprs[it.0 as usize], Expr::Lambda(_)));
        if keeps {
            chain.selection = id;
        } else if chain.names {
            // Names are strings, and who asks for a machine of a name is seen where it does.
            return None;
        } else {
            chain.projected = true;
        }
        if !chain.names {
            chain.last = lambda.or(chain.last);
        }
        chain.names |= name == "attrNames";
        Some(chain)
    }

    /// What stands in a chain beside its set.
    pub(super) fn around(&mut self, id: ExprId, env: EnvId) {
        if self.watched_at(id, env).is_some() || self.held(id, env).is_some() {
            return;
        }
        let Expr::Apply { function, arguments } = self.eval.program.exprs[id.0 as usize] else { return };
        let operand = self.over(function, arguments).map(|it| it.2);
        for at in arguments.indices() {
            let argument = self.eval.program.children[at];
            if Some(argument) == operand {
                self.around(argument, env);
            } else {
                self.expr(argument, env);
            }
        }
    }

    /// A function that is written in place and called for each element of a known list is walked for each of them.
    pub(super) fn each(&mut self, given: &[ExprId], operand: ExprId, env: EnvId) -> bool {
        let lambdas: Vec<(ExprId, u32)> = given
            .iter()
            .filter_map(|it| match self.eval.program.exprs[it.0 as usize] {
                Expr::Lambda(number) => Some((*it, number)),
                _ => None,
            })
            .collect();
        let [(lambda, number)] = lambdas[..] else { return false };
        let it = self.eval.program.lambdas[number as usize];
        if it.formals.is_some() {
            return false;
        }
        let list = self.eval.eval(operand, env).and_then(|it| self.eval.list(it));
        let Ok(list) = list else { return false };
        if list.open.is_some() || list.items.len() > MOST_ELEMENTS {
            return false;
        }
        given.iter().filter(|it| **it != lambda).for_each(|it| self.expr(*it, env));
        for item in list.items {
            let frame = self.eval.heap.frame(env, item);
            self.expr(it.body, frame);
        }
        true
    }

    /// All attributes that a chain of known functions selects.
    pub(super) fn iteration(&mut self, chain: &Chain, env: EnvId) {
        let at = self.eval.program.span(chain.selection);
        let below = chain.last.and_then(|it| self.projected(it));
        if !chain.projected && below.is_none() {
            // Only names are looked at, or machines are handed on as they are.
            if !chain.names {
                self.whole(chain.set, chain.selection);
            }
            return;
        }
        match self.members(chain, env) {
            Ok((names, open)) => {
                for name in names {
                    self.touch(chain.set, Asking::Iteration, Ok(name), below.clone(), at, false);
                }
                if let Some(why) = open {
                    self.touch(chain.set, Asking::Iteration, Err(why), below, at, false);
                }
            }
            Err(stop) => {
                let why = self.because(stop);
                self.touch(chain.set, Asking::Iteration, Err(why), below, at, false);
            }
        }
    }

    /// The names of the attributes that are selected, and why there may be more of them.
    fn members(&mut self, chain: &Chain, env: EnvId) -> Evaluated<(Vec<String>, Option<String>)> {
        let value = self.eval.eval(chain.selection, env)?;
        if let Value::List(_) = value {
            let view = self.eval.list(value)?;
            let all = self.eval.attrs(Value::Attrs(self.watched[chain.set]))?;
            let mut names = Vec::new();
            let mut open = view.open.map(|it| self.eval.why(it).to_string());
            for item in view.items {
                match self.eval.force(item) {
                    Ok(Value::String(_)) => names.push(self.eval.string(item)?),
                    Ok(value) => {
                        let same = all
                            .attributes
                            .iter()
                            .find(|it| self.eval.force(it.value).is_ok_and(|it| it == value));
                        match same {
                            Some(it) => names.push(self.eval.name(it.name).to_owned()),
                            None => open = Some("something else is made of them".to_owned()),
                        }
                    }
                    Err(stop) => open = Some(self.because(stop)),
                }
            }
            return Ok((names, open));
        }
        let view = self.eval.attrs(value)?;
        let names = view.attributes.iter().map(|it| self.eval.name(it.name).to_owned()).collect();
        Ok((names, view.open.map(|it| self.eval.why(it).to_string())))
    }

    /// What a function written in place asks of its last parameter first: `config.networking.hostName`.
    fn projected(&self, lambda: ExprId) -> Option<String> {
        let program = &self.eval.program;
        let Expr::Lambda(mut number) = program.exprs[lambda.0 as usize] else { return None };
        while let Expr::Lambda(inner) = program.exprs[program.lambdas[number as usize].body.0 as usize] {
            number = inner;
        }
        let function = program.lambdas[number as usize];
        let parameter = self.eval.name(function.whole.filter(|_| function.formals.is_none())?);
        let body = self.eval.sources.slice(program.span(function.body));
        let (start, _) = body.match_indices(&format!("{parameter}.")).find(|(at, _)| {
            !body[..*at].ends_with(|it: char| it.is_alphanumeric() || matches!(it, '_' | '-' | '\'' | '.'))
        })?;
        let rest = &body[start + parameter.len() + 1..];
        let end = rest.find(|it: char| !(it.is_alphanumeric() || matches!(it, '_' | '-' | '\'' | '.' | '"')));
        let path = rest[..end.unwrap_or(rest.len())].trim_end_matches('.');
        (!path.is_empty()).then(|| path.to_owned())
    }
}

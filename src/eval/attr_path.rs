//! What `nix-instantiate --eval -A a.b.0 --arg x 1` does with a value: functions on the way are called with the
//! arguments they name, and the path is followed into sets and lists.

use super::heap::Part;
use super::{Evaluated, Evaluator};
use crate::value::{ErrorKind, Stop, Value};

impl Evaluator {
    /// Calls a function that names its arguments with those of `arguments` that it wants. Anything else is left as it
    /// is.
    pub fn auto_call(&mut self, value: Value, arguments: &[(String, Value)]) -> Evaluated {
        let mut value = self.force(value)?;
        // A set that can be called is called with itself first; it may hold another one, but not for ever.
        for _ in 0..MOST_FUNCTORS {
            let Value::Attrs(set) = value else { break };
            let Some(functor) = self.heap.find(set, self.names.functor) else { return Ok(value) };
            value = self.call(functor.value, value)?;
        }
        let Value::Lambda { lambda, .. } = value else { return Ok(value) };
        let lambda = self.program.lambdas[lambda as usize];
        let Some(range) = lambda.formals else { return Ok(value) };
        let mut given = Vec::new();
        if lambda.ellipsis {
            given.extend(arguments.iter().map(|(name, value)| (name.as_str(), *value)));
        } else {
            for formal in &self.program.formals[range.indices()] {
                let name = self.symbols.name(formal.sym);
                match arguments.iter().find(|(it, _)| it == name) {
                    Some((name, value)) => given.push((name.as_str(), *value)),
                    None if formal.default.is_some() => {}
                    None => {
                        let message = format!("the function has an argument without a value: `{name}`");
                        let span = self.span_of(value).unwrap_or_else(|| self.here());
                        return self.fail_at(ErrorKind::MissingArgument, span, message);
                    }
                }
            }
        }
        let set = self.make_attrs(given);
        self.call(value, set)
    }

    /// The value at a path of attribute names and list indices.
    pub fn find_at(
        &mut self,
        value: Value,
        path: &[String],
        arguments: &[(String, Value)],
    ) -> Evaluated<Result<Value, NotThere>> {
        let mut value = self.force(value)?;
        for step in path {
            value = self.auto_call(value, arguments)?;
            let next = match (value, step.parse::<usize>()) {
                (Value::List(list), Ok(at)) => match self.heap.lists[list.0 as usize] {
                    Part { open: Some(open), .. } => return Err(Stop::Unknown(open)),
                    part if at < part.len as usize => self.heap.item(list, at),
                    part => {
                        let message = format!("the list has {} elements, and no element {at}", part.len);
                        return Ok(Err(NotThere { message, names: Vec::new() }));
                    }
                },
                (Value::Attrs(set), _) => match self.attr_named(value, step)? {
                    Some(attribute) => attribute.value,
                    None => {
                        let names = self.heap.attrs(set).iter();
                        let names = names.map(|it| self.symbols.name(it.name).to_owned()).collect();
                        return Ok(Err(NotThere {
                            message: format!("there is no attribute `{step}`"),
                            names,
                        }));
                    }
                },
                (other, _) => {
                    let what = self.kind_of(other).with_article();
                    let message = format!("`{step}` is looked for in {what}, which has no attributes");
                    return Ok(Err(NotThere { message, names: Vec::new() }));
                }
            };
            value = self.force(next)?;
        }
        Ok(Ok(value))
    }
}

/// What a path names is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotThere {
    pub message: String,
    /// The names that are.
    pub names: Vec<String>,
}

/// Sets that are called and give sets that are called; nobody nests them.
const MOST_FUNCTORS: usize = 100;

/// The names of `a.b."c.d"`. Nix knows no escapes in them.
pub fn attr_path(text: &str) -> Vec<String> {
    let (mut path, mut name, mut quoted) = (Vec::new(), String::new(), false);
    for it in text.chars() {
        match it {
            '"' => quoted = !quoted,
            '.' if !quoted => path.push(std::mem::take(&mut name)),
            it => name.push(it),
        }
    }
    if !(name.is_empty() && path.is_empty()) {
        path.push(name);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_names_and_quoted_names() {
        assert_eq!(attr_path("a.b"), ["a", "b"]);
        assert_eq!(attr_path("nodes.\"web.example\".0"), ["nodes", "web.example", "0"]);
        assert!(attr_path("").is_empty());
    }
}

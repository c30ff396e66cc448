//! [`Expression`] to machines: sets as bit vectors over the network's order.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::{Expression, Pattern, Selector, SelectorError};
use crate::network::did_you_mean;
use crate::network::suggest::meant;
use crate::text::{Sketch, nearest_sketched};

/// How many names a message lists; more would bury it.
const NAMES_SHOWN: usize = 12;

/// What selectors know of a network: names, tags, and who depends on whom, by index.
#[derive(Clone, Debug, Default)]
pub struct Machines {
    names: Vec<String>,
    sketches: Vec<Sketch>,
    tags: Vec<Vec<String>>,
    /// For each machine the machines it depends on directly.
    needs: Vec<Vec<usize>>,
    /// Machines that all depend on all of some machines: kept as two lists, not as pairs.
    many: Vec<(Vec<usize>, Vec<usize>)>,
    by_name: FxHashMap<String, usize>,
}

impl Machines {
    /// Appends a machine; `needs` are indices of machines, also of ones added later.
    pub fn add(&mut self, name: &str, tags: &[&str], needs: &[usize]) -> usize {
        let at = self.names.len();
        self.names.push(name.to_owned());
        self.sketches.push(Sketch::new(name));
        self.tags.push(tags.iter().map(|it| (*it).to_owned()).collect());
        self.needs.push(needs.to_vec());
        self.by_name.insert(name.to_owned(), at);
        at
    }

    /// Records that machine `at` depends on machine `on`.
    pub fn add_dependency(&mut self, at: usize, on: usize) {
        self.needs[at].push(on);
    }

    /// Records that each of the machines `from` depends on each of `on`, and none on itself.
    pub fn add_dependencies(&mut self, from: &[usize], on: &[usize]) {
        self.many.push((from.to_vec(), on.to_vec()));
    }

    pub fn name(&self, at: usize) -> &str {
        &self.names[at]
    }

    pub fn len(&self) -> usize {
        self.names.len()
    }

    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The machines reached from `from` along dependencies, or against them, with the start.
    fn closure(&self, from: &[bool], against: bool) -> Vec<bool> {
        // What many depend on is one point more between them.
        let mut edges: Vec<Vec<usize>> = vec![Vec::new(); self.len() + self.many.len()];
        let mut add = |at: usize, on: usize| if against { edges[on].push(at) } else { edges[at].push(on) };
        for (at, needs) in self.needs.iter().enumerate() {
            needs.iter().copied().filter(|on| *on < self.len()).for_each(|on| add(at, on));
        }
        for (point, (from, on)) in (self.len()..).zip(&self.many) {
            from.iter().copied().filter(|it| *it < self.len()).for_each(|at| add(at, point));
            on.iter().copied().filter(|it| *it < self.len()).for_each(|on| add(point, on));
        }
        let mut reached = from.to_vec();
        reached.resize(edges.len(), false);
        let mut waiting: Vec<usize> = (0..self.len()).filter(|at| from[*at]).collect();
        while let Some(at) = waiting.pop() {
            for next in &edges[at] {
                if !reached[*next] {
                    reached[*next] = true;
                    waiting.push(*next);
                }
            }
        }
        reached.truncate(self.len());
        reached
    }
}

pub(super) fn select(selector: &Selector, machines: &Machines) -> Result<Vec<usize>, SelectorError> {
    let selected = evaluate(&selector.expression, selector, machines)?;
    let selected: Vec<usize> = (0..machines.len()).filter(|at| selected[*at]).collect();
    if selected.is_empty() {
        let help = match selector.expression {
            Expression::And(..) => "both sides select machines, but not the same ones",
            _ if machines.is_empty() => "the network has no machines",
            _ => "`not` leaves none of the machines",
        };
        return Err(error(selector, 0..selector.text.len(), "no machine is left", Some(help.to_owned())));
    }
    Ok(selected)
}

fn evaluate(
    expression: &Expression,
    selector: &Selector,
    machines: &Machines,
) -> Result<Vec<bool>, SelectorError> {
    Ok(match expression {
        Expression::Name(pattern) => names(pattern, selector, machines)?,
        Expression::Tag(pattern) => tags(pattern, selector, machines)?,
        Expression::Not(inside) => evaluate(inside, selector, machines)?.into_iter().map(|it| !it).collect(),
        Expression::And(left, right) => {
            let right = evaluate(right, selector, machines)?;
            evaluate(left, selector, machines)?.into_iter().zip(right).map(|(a, b)| a && b).collect()
        }
        Expression::Or(left, right) => {
            let right = evaluate(right, selector, machines)?;
            evaluate(left, selector, machines)?.into_iter().zip(right).map(|(a, b)| a || b).collect()
        }
        Expression::Needs(inside) => machines.closure(&evaluate(inside, selector, machines)?, false),
        Expression::NeededBy(inside) => machines.closure(&evaluate(inside, selector, machines)?, true),
    })
}

fn names(pattern: &Pattern, selector: &Selector, machines: &Machines) -> Result<Vec<bool>, SelectorError> {
    let text = pattern.text.as_str();
    if !is_glob(text) {
        let Some(at) = machines.by_name.get(text) else {
            let is_tag = machines.tags.iter().flatten().any(|tag| tag == text);
            let help = if is_tag {
                Some(format!("`{text}` is a tag: write `@{text}`"))
            } else {
                let names = machines.names.iter().map(String::as_str);
                nearest_sketched(text, names.zip(machines.sketches.iter().copied()))
                    .map(meant)
                    .or_else(|| Some(the_names(machines)))
            };
            return Err(error(selector, pattern.at.clone(), format!("no machine is called `{text}`"), help));
        };
        let mut selected = vec![false; machines.len()];
        selected[*at] = true;
        return Ok(selected);
    }
    let selected: Vec<bool> = machines.names.iter().map(|name| matches(text, name)).collect();
    if !selected.contains(&true) {
        return Err(error(
            selector,
            pattern.at.clone(),
            format!("nothing matches `{text}`"),
            Some(the_names(machines)),
        ));
    }
    Ok(selected)
}

fn tags(pattern: &Pattern, selector: &Selector, machines: &Machines) -> Result<Vec<bool>, SelectorError> {
    let text = pattern.text.as_str();
    let selected: Vec<bool> =
        machines.tags.iter().map(|tags| tags.iter().any(|tag| matches(text, tag))).collect();
    if !selected.contains(&true) {
        let help = did_you_mean(text, machines.tags.iter().flatten().map(String::as_str))
            .map(|help| help.replacen('`', "`@", 1))
            .or_else(|| {
                machines.by_name.contains_key(text).then(|| format!("`{text}` is a machine: write `{text}`"))
            })
            .or_else(|| Some(the_tags(machines)));
        let message = format!("no machine has the tag `{text}`");
        return Err(error(selector, pattern.at.clone(), message, help));
    }
    Ok(selected)
}

fn the_names(machines: &Machines) -> String {
    let mut names: Vec<&str> = machines.names.iter().take(NAMES_SHOWN).map(String::as_str).collect();
    if names.is_empty() {
        return "the network has no machines".to_owned();
    }
    if machines.len() > NAMES_SHOWN {
        names.push("…");
    }
    format!("the machines are: {}", names.join(", "))
}

fn the_tags(machines: &Machines) -> String {
    let tags: BTreeSet<&str> = machines.tags.iter().flatten().map(String::as_str).collect();
    let mut shown: Vec<String> = tags.iter().take(NAMES_SHOWN).map(|tag| format!("@{tag}")).collect();
    if shown.is_empty() {
        return "no machine has a tag (`deployment.tags`)".to_owned();
    }
    if tags.len() > NAMES_SHOWN {
        shown.push("…".to_owned());
    }
    format!("the tags are: {}", shown.join(", "))
}

fn error(
    selector: &Selector,
    at: std::ops::Range<usize>,
    message: impl Into<String>,
    help: Option<String>,
) -> SelectorError {
    SelectorError { selector: selector.text.clone(), at, message: message.into(), help }
}

fn is_glob(pattern: &str) -> bool {
    pattern.contains(['*', '?', '['])
}

/// Shell globs: `*`, `?`, `[a-z]`, `[!a-z]`. Without recursion, so that `*a*a*a*` stays fast.
pub(in crate::network) fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n) = (0, 0);
    // Where the last `*` stood, and what it had swallowed when we last came from it.
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        let step = match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
                continue;
            }
            Some('?') => Some(1),
            Some('[') => bracket(&pattern[p..], name[n]),
            Some(it) if *it == name[n] => Some(1),
            _ => None,
        };
        match (step, star) {
            (Some(length), _) => {
                p += length;
                n += 1;
            }
            (None, Some((at, swallowed))) => {
                star = Some((at, swallowed + 1));
                p = at + 1;
                n = swallowed + 1;
            }
            (None, None) => return false,
        }
    }
    pattern[p..].iter().all(|it| *it == '*')
}

/// The length of a bracket expression that holds `it`; a bracket that is never closed stands for itself.
fn bracket(pattern: &[char], it: char) -> Option<usize> {
    let Some(close) = pattern.iter().skip(2).position(|it| *it == ']').map(|at| at + 2) else {
        return (it == '[').then_some(1);
    };
    let mut inside = &pattern[1..close];
    let negated = matches!(inside.first(), Some('!' | '^'));
    if negated {
        inside = &inside[1..];
    }
    let mut holds = false;
    while let Some(first) = inside.first() {
        if let (Some('-'), Some(last)) = (inside.get(1), inside.get(2)) {
            holds |= (*first..=*last).contains(&it);
            inside = &inside[3..];
        } else {
            holds |= *first == it;
            inside = &inside[1..];
        }
    }
    (holds != negated).then_some(close + 1)
}

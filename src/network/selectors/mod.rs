//! The little language that selects machines: `--on`, `dependsOn`, `rollout`.
//!
//! `web`, `web-*` (glob), `@tag`, `not X`, `X and Y`, `X or Y`, parentheses, comma = or; `needs(X)` adds all that X
//! depends on, `needed-by(X)` all that depends on X. A name that exists nowhere is an error with a suggestion,
//! never a silent nothing. Knows machines by name, tags and dependencies only.

mod parse;
mod select;

use std::ops::Range;

pub use select::Machines;
pub(super) use select::matches as is_match;

/// A parsed selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    text: String,
    expression: Expression,
}

/// Byte ranges are into the selector's own text.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Expression {
    Name(Pattern),
    Tag(Pattern),
    Not(Box<Expression>),
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
    /// The machines and all that they depend on.
    Needs(Box<Expression>),
    /// The machines and all that depend on them.
    NeededBy(Box<Expression>),
}

/// A name, perhaps with `*`, `?` and `[…]`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern {
    text: String,
    at: Range<usize>,
}

/// Why a selector selects nothing that makes sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}{}", place(.message, .selector))]
pub struct SelectorError {
    pub selector: String,
    /// The part that is wrong, as bytes of the selector.
    pub at: Range<usize>,
    pub message: String,
    /// What to do, where we know: a similar name, the names there are.
    pub help: Option<String>,
}

/// A selector that the message names as a whole needs not be shown beside it.
fn place(message: &str, selector: &str) -> String {
    match selector.trim() {
        "" => " in an empty selector".to_owned(),
        selector if message.contains(&format!("`{}`", selector.trim_start_matches('@'))) => String::new(),
        selector => format!(" in the selector `{selector}`"),
    }
}

impl Selector {
    /// Reads a selector.
    pub fn parse(text: &str) -> Result<Self, SelectorError> {
        Ok(Self { text: text.to_owned(), expression: parse::parse(text)? })
    }

    /// The selector as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The machines it selects, in the network's order. That it selects none is an error too.
    pub fn select(&self, machines: &Machines) -> Result<Vec<usize>, SelectorError> {
        select::select(self, machines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// db ← app ← web-1, web-2; the web machines carry the tag `front`.
    fn machines() -> Machines {
        let mut machines = Machines::default();
        machines.add("db", &["store"], &[]);
        machines.add("app", &[], &[0]);
        machines.add("web-1", &["front"], &[1]);
        machines.add("web-2", &["front"], &[1]);
        machines
    }

    fn check(selector: &str, expected: &str) {
        let machines = machines();
        let outcome = match Selector::parse(selector).and_then(|it| it.select(&machines)) {
            Ok(selected) => selected.into_iter().map(|at| machines.name(at)).collect::<Vec<_>>().join(" "),
            Err(error) => {
                format!("{} at {:?}; {}", error.message, error.at, error.help.unwrap_or_default())
            }
        };
        assert_eq!(outcome, expected, "selector `{selector}`");
    }

    #[test]
    fn names_globs_and_tags() {
        check("web-1", "web-1");
        check("web-*", "web-1 web-2");
        check("web-[2-9]", "web-2");
        check("w?b-1", "web-1");
        check("*", "db app web-1 web-2");
        check("@front", "web-1 web-2");
        check("@s*", "db");
    }

    #[test]
    fn and_binds_tighter_than_or_and_or_tighter_than_comma() {
        check("db or @front and web-1", "db web-1");
        check("(db or @front) and web-*", "web-1 web-2");
        check("db, app", "db app");
        check("not @front", "db app");
        check("not not db", "db");
        check("not (db, app) and not web-2", "web-1");
    }

    #[test]
    fn dependencies_both_ways() {
        check("needs(app)", "db app");
        check("needed-by(app)", "app web-1 web-2");
        check("needs(@front) and not @front", "db app");
        check("needs( needed-by(db) )", "db app web-1 web-2");
    }

    #[test]
    fn mistakes_say_where_and_what_instead() {
        check("bd", "no machine is called `bd` at 0..2; did you mean `db`?");
        check("web-1 or @frnt", "no machine has the tag `frnt` at 9..14; did you mean `@front`?");
        check("front", "no machine is called `front` at 0..5; `front` is a tag: write `@front`");
        check("x-*", "nothing matches `x-*` at 0..3; the machines are: db, app, web-1, web-2");
        check("db and app", "no machine is left at 0..10; both sides select machines, but not the same ones");
        check("db app", "`and`, `or` or a comma is missing before `app` at 3..6; ");
        check("(db", "the bracket is not closed at 0..1; ");
        check("db)", "there is no bracket that this one closes at 2..3; ");
        check("@nobody", "no machine has the tag `nobody` at 0..7; the tags are: @front, @store");
        check(
            "",
            "a machine is expected at 0..0; write a name, a glob such as `web-*`, or a tag such as `@web`",
        );
        check(
            "db or",
            "a machine is expected at 5..5; write a name, a glob such as `web-*`, or a tag such as `@web`",
        );
        check("need(db)", "there is no function `need` at 0..4; did you mean `needs`?");
    }

    #[test]
    fn deep_nesting_is_refused_not_a_crash() {
        let deep = format!("{}db{}", "(".repeat(100_000), ")".repeat(100_000));
        let error = Selector::parse(&deep).unwrap_err();
        assert_eq!(error.message, "the selector is nested too deeply");
        let nots = format!("{} db", "not ".repeat(100_000));
        assert_eq!(Selector::parse(&nots).unwrap_err().message, "the selector is nested too deeply");
    }

    #[test]
    fn cycles_end() {
        let mut machines = Machines::default();
        machines.add("a", &[], &[1]);
        machines.add("b", &[], &[0]);
        let selected = Selector::parse("needs(a)").unwrap().select(&machines).unwrap();
        assert_eq!(selected, [0, 1]);
    }
}

//! Values as trees: ours with its unknown and failing parts, Nix' as `nix repl` prints them, and whether ours may be
//! said of Nix'.

use nixwright::eval::Evaluator;
use nixwright::value::{Kind, Stop, Value};

/// A value, or what is known of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Tree {
    /// A number, Boolean, null or path, as it is printed.
    Plain(String),
    Text(String),
    Function,
    /// Elements, and whether there may be more: between them, or behind them where Nix stopped printing.
    List(Vec<Tree>, bool),
    /// Sorted attributes, and whether there may be more.
    Attrs(Vec<(String, Tree)>, bool),
    Unknown,
    Error(String),
    /// Nix printed it before, or it is too deep or large to be looked at.
    Anything,
}

/// Deeper parts are not looked at.
const DEEPEST: usize = 40;

/// What our evaluator says of a value, in depth.
pub(crate) fn ours(eval: &mut Evaluator, value: Value) -> Tree {
    let mut left = 200_000;
    look(eval, value, 0, &mut left)
}

fn look(eval: &mut Evaluator, value: Value, depth: usize, left: &mut usize) -> Tree {
    if depth > DEEPEST || *left == 0 {
        return Tree::Anything;
    }
    *left -= 1;
    let forced = match eval.force(value) {
        Ok(value) => value,
        Err(Stop::Unknown(_)) => return Tree::Unknown,
        Err(stop) => {
            return Tree::Error(eval.error_of(stop).map(|error| error.message.clone()).unwrap_or_default());
        }
    };
    match eval.kind(forced) {
        Kind::Function => Tree::Function,
        Kind::String => Tree::Text(eval.string(forced).unwrap_or_default()),
        Kind::List => {
            let view = eval.list(forced).expect("it is a list");
            let items = view.items.into_iter().map(|item| look(eval, item, depth + 1, left)).collect();
            Tree::List(items, view.open.is_some())
        }
        Kind::Attrs => {
            let view = eval.attrs(forced).expect("it is a set");
            let mut attrs = Vec::new();
            for attr in view.attributes {
                let name = eval.name(attr.name).to_owned();
                attrs.push((name, look(eval, attr.value, depth + 1, left)));
            }
            Tree::Attrs(attrs, view.open.is_some())
        }
        _ => Tree::Plain(eval.print(forced)),
    }
}

/// Reads what `:p` printed; `None` for what no value looks like.
pub(crate) fn printed(text: &str) -> Option<Tree> {
    let mut reader = Reader { rest: text.trim() };
    let tree = reader.value()?;
    reader.skip();
    reader.rest.is_empty().then_some(tree)
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn eat(&mut self, piece: &str) -> bool {
        self.skip();
        let Some(rest) = self.rest.strip_prefix(piece) else { return false };
        self.rest = rest;
        true
    }

    fn value(&mut self) -> Option<Tree> {
        self.skip();
        // Nix looks into the only element before it prints it, and writes neither blank nor bracket where that fails.
        if self.rest.starts_with("[«error") {
            self.rest = &self.rest[1..];
            return self.quoted().map(|error| Tree::List(vec![error], true));
        }
        if self.rest.starts_with("{«error") {
            self.rest = &self.rest[1..];
            return self.quoted().map(|_| Tree::Attrs(Vec::new(), true));
        }
        if self.eat("[") {
            let mut items = Vec::new();
            while !self.eat("]") {
                if self.rest.is_empty() {
                    // Nix looks into the only element of a list before it prints it, and stops where that fails.
                    if items.is_empty() {
                        items.push(Tree::Error("the only element fails".to_owned()));
                    }
                    return Some(Tree::List(items, true));
                }
                items.push(self.value()?);
            }
            return Some(Tree::List(items, false));
        }
        if self.eat("{") {
            let mut attrs = Vec::new();
            let mut cut = false;
            while !self.eat("}") {
                if self.rest.is_empty() {
                    cut = true;
                    break;
                }
                let name = if self.rest.starts_with('"') { self.text()? } else { self.word(" =") };
                if !self.eat("=") {
                    return None;
                }
                attrs.push((name, self.value()?));
                if !self.eat(";") && !self.rest.is_empty() {
                    return None;
                }
            }
            attrs.sort_by(|a, b| a.0.cmp(&b.0));
            return Some(Tree::Attrs(attrs, cut));
        }
        self.skip();
        if self.rest.starts_with('"') {
            return self.text().map(Tree::Text);
        }
        if self.rest.starts_with('«') {
            return self.quoted();
        }
        let word = self.word(" ;\n]}");
        (!word.is_empty()).then_some(Tree::Plain(word))
    }

    fn word(&mut self, ends: &str) -> String {
        let end = self.rest.find(|char| ends.contains(char)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word.to_owned()
    }

    fn text(&mut self) -> Option<String> {
        let mut chars = self.rest.char_indices().skip(1);
        let mut out = String::new();
        while let Some((at, char)) = chars.next() {
            match char {
                '"' => {
                    self.rest = &self.rest[at + 1..];
                    return Some(out);
                }
                '\\' => match chars.next()?.1 {
                    'n' => out.push('\n'),
                    'r' => out.push('\r'),
                    't' => out.push('\t'),
                    other => out.push(other),
                },
                other => out.push(other),
            }
        }
        None
    }

    fn quoted(&mut self) -> Option<Tree> {
        let mut depth = 0;
        for (at, char) in self.rest.char_indices() {
            match char {
                '«' => depth += 1,
                '»' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                let end = at + char.len_utf8();
                let inside = self.rest['«'.len_utf8()..at].to_owned();
                self.rest = &self.rest[end..];
                return Some(match inside.split([' ', ':']).next().unwrap_or_default() {
                    "error" => Tree::Error(inside),
                    "lambda" | "primop" | "partially" => Tree::Function,
                    "derivation" | "repeated" => Tree::Anything,
                    // Our own mark; Nix knows no such thing.
                    "unknown" => Tree::Unknown,
                    _ => return None,
                });
            }
        }
        None
    }
}

/// Whether a path is in it that is not printed so that it can be read again.
pub(crate) fn unreadable(tree: &Tree) -> bool {
    match tree {
        Tree::Plain(text) => text.contains(['\n', ' ', ';', '"', '\'', '[', ']', '{', '}']),
        Tree::List(items, _) => items.iter().any(unreadable),
        Tree::Attrs(attrs, _) => attrs.iter().any(|(_, value)| unreadable(value)),
        _ => false,
    }
}

/// How exactly ours must be what Nix says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Rule {
    /// All of Nix' failing parts must fail with us, or be unknown.
    Exact,
    /// Something was unknown to us: where Nix fails for one filling, ours says what holds for those that do not.
    Filled,
}

/// The first place where what we say is not so, and how.
pub(crate) fn difference(ours: &Tree, nix: &Tree, rule: Rule) -> Option<String> {
    match (ours, nix) {
        (Tree::Unknown | Tree::Anything, _) | (_, Tree::Anything) => None,
        (Tree::Error(_), Tree::Error(_)) => None,
        (Tree::Error(why), other) => Some(format!("we fail with {why:?}, Nix says {other:?}")),
        (ours, Tree::Error(why)) => match rule {
            Rule::Exact => Some(format!("we say {ours:?}, Nix fails with {why:?}")),
            Rule::Filled => None,
        },
        (Tree::List(a, open), Tree::List(b, cut)) => list_difference(a, *open, b, *cut, rule),
        (Tree::Attrs(a, open), Tree::Attrs(b, cut)) => {
            for (name, value) in a {
                match b.iter().find(|(other, _)| other == name) {
                    None if *cut => {}
                    None => return Some(format!("Nix' set lacks {name:?}")),
                    Some((_, other)) => {
                        if let Some(why) = difference(value, other, rule) {
                            return Some(format!("in {name:?}: {why}"));
                        }
                    }
                }
            }
            let more = b.iter().find(|(name, _)| !a.iter().any(|(other, _)| other == name));
            more.filter(|_| !open).map(|(name, _)| format!("our set lacks {name:?}"))
        }
        (a, b) if a == b => None,
        (a, b) => Some(format!("we say {a:?}, Nix says {b:?}")),
    }
}

fn list_difference(ours: &[Tree], open: bool, nix: &[Tree], cut: bool, rule: Rule) -> Option<String> {
    if open && cut {
        return None;
    }
    if !open {
        if ours.len() != nix.len() && !(cut && ours.len() > nix.len()) {
            return Some(format!("we say a list of {} elements, Nix one of {}", ours.len(), nix.len()));
        }
        return ours
            .iter()
            .zip(nix)
            .enumerate()
            .find_map(|(at, (a, b))| difference(a, b, rule).map(|why| format!("in element {at}: {why}")));
    }
    // Ours must be found in the same order.
    let mut rest = nix.iter();
    for (at, item) in ours.iter().enumerate() {
        if !rest.any(|other| difference(item, other, rule).is_none()) {
            return Some(format!("element {at} of our open list, {item:?}, is not in Nix' list {nix:?}"));
        }
    }
    None
}

/// How many plain values are known, and how many parts are not.
pub(crate) fn census(tree: &Tree) -> (usize, usize) {
    let all = |trees: &mut dyn Iterator<Item = &Tree>, open: bool| {
        trees.map(census).fold((0, usize::from(open)), |sum, part| (sum.0 + part.0, sum.1 + part.1))
    };
    match tree {
        Tree::Unknown | Tree::Anything => (0, 1),
        Tree::List(items, open) => all(&mut items.iter(), *open),
        Tree::Attrs(attrs, open) => all(&mut attrs.iter().map(|(_, value)| value), *open),
        _ => (1, 0),
    }
}

/// All places where what we say is not so, as far as sets lead to them.
pub(crate) fn differences(ours: &Tree, nix: &Tree, rule: Rule) -> Vec<(String, String)> {
    let (Tree::Attrs(a, _), Tree::Attrs(b, _)) = (ours, nix) else {
        return difference(ours, nix, rule).map(|why| (String::new(), why)).into_iter().collect();
    };
    let mut found = Vec::new();
    for (name, value) in a {
        if let Some((_, other)) = b.iter().find(|(other, _)| other == name) {
            let inside = differences(value, other, rule);
            found.extend(inside.into_iter().map(|(path, why)| (format!(".{name}{path}"), why)));
        }
    }
    // What is inside was compared; names are left.
    let names =
        |attrs: &[(String, Tree)]| attrs.iter().map(|(name, _)| (name.clone(), Tree::Anything)).collect();
    if let (Tree::Attrs(_, open), Tree::Attrs(_, cut)) = (ours, nix)
        && let Some(why) = difference(&Tree::Attrs(names(a), *open), &Tree::Attrs(names(b), *cut), rule)
    {
        found.push((String::new(), why));
    }
    found
}

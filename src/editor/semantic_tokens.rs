//! What each word of a file is, for editors that colour by meaning: machines, options, arguments, local names, functions.

use super::View;
use super::chain::chain_to;
use super::machines::Role;
use super::names::{FrameKind, Meaning};
use super::option_tree;
use crate::syntax::TokenKind;
use crate::text::Span;

/// The number of a kind is its place in [`Kind::ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Machine,
    /// An option that is known.
    Option,
    /// Any other attribute.
    Attribute,
    Argument,
    Variable,
    Function,
    Keyword,
    String,
    Number,
    Comment,
    Operator,
    /// What is wrong or unknown: no colour of its own.
    Undefined,
}

impl Kind {
    pub const ALL: [Kind; 12] = [
        Kind::Machine,
        Kind::Option,
        Kind::Attribute,
        Kind::Argument,
        Kind::Variable,
        Kind::Function,
        Kind::Keyword,
        Kind::String,
        Kind::Number,
        Kind::Comment,
        Kind::Operator,
        Kind::Undefined,
    ];
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SemanticToken {
    pub at: Span,
    pub kind: Kind,
}

/// Every word of a file with what it is; in order, none over another.
pub fn semantic_tokens(view: &View<'_>) -> Vec<SemanticToken> {
    let outline = view.outline();
    // What stands at the names of definitions.
    let mut steps: Vec<(u32, Kind)> = Vec::new();
    let top = view.is_network_file();
    for (number, binding) in outline.bindings.iter().enumerate().filter(|(_, it)| !it.inherited) {
        let kind = outline.containers[binding.container].kind;
        for (step, written) in binding.path.iter().enumerate() {
            let found = match kind {
                super::outline::Kind::Let if step == 0 => Kind::Variable,
                super::outline::Kind::Pattern => Kind::Argument,
                _ => {
                    let way = outline.way_to_step(number, step);
                    let is_machine = top
                        && view.machine_depth(&way) == Some(way.len())
                        && written.name.as_deref().is_some_and(|it| view.has_machine(it));
                    let is_option = || {
                        let place = view.option_place(&way).filter(|it| !it.path.is_empty());
                        place
                            .is_some_and(|it| !option_tree::locate(&view.option_trees(), &it.path).is_empty())
                    };
                    match is_machine {
                        true => Kind::Machine,
                        false if is_option() => Kind::Option,
                        false => Kind::Attribute,
                    }
                }
            };
            steps.push((written.at.0, found));
        }
    }
    steps.sort_by_key(|it| it.0);
    let mut all = Vec::with_capacity(outline.tokens.len());
    for (number, token) in outline.tokens.iter().enumerate() {
        let kind = match token.kind {
            TokenKind::Name => match steps.binary_search_by_key(&token.start, |it| it.0) {
                Ok(at) => steps[at].1,
                Err(_) => view.kind_of_name(number),
            },
            TokenKind::Keyword => Kind::Keyword,
            TokenKind::Number => Kind::Number,
            TokenKind::Path
            | TokenKind::SearchPath
            | TokenKind::Uri
            | TokenKind::StringStart
            | TokenKind::StringEnd => Kind::String,
            TokenKind::StringText => Kind::String,
            TokenKind::Comment => Kind::Comment,
            TokenKind::Symbol if is_operator(token.text(view.text)) => Kind::Operator,
            _ => continue,
        };
        if kind == Kind::String && split_selector(view, token, &mut all) {
            continue;
        }
        all.push(SemanticToken { at: view.span((token.start, token.end)), kind });
    }
    all
}

/// A selector in a string: the machines in it stand out.
fn split_selector(view: &View<'_>, token: &crate::syntax::Token, all: &mut Vec<SemanticToken>) -> bool {
    let text = token.text(view.text);
    if token.kind != TokenKind::StringText || text.len() > 1_000 || text.contains('\n') {
        return false;
    }
    let mut at = 0;
    let mut found = Vec::new();
    while at < text.len() {
        let Some(start) = u32::try_from(at).ok().map(|it| token.start + it) else { break };
        match view.mention_at(start) {
            Some(mention) if mention.role == Role::Selector && mention.at.start >= start => {
                if view.has_machine(&mention.name) {
                    found.push(mention.at);
                }
                at = (mention.at.end - token.start) as usize + 1;
            }
            // No selector at all: nothing else in it is one.
            None if at == 0 && !text.contains(['(', '@', ' ', ',']) => return false,
            _ => at += 1,
        }
        while at < text.len() && !text.is_char_boundary(at) {
            at += 1;
        }
    }
    if found.is_empty() {
        return false;
    }
    let mut before = token.start;
    for at in found {
        if before < at.start {
            all.push(SemanticToken { at: view.span((before, at.start)), kind: Kind::String });
        }
        all.push(SemanticToken { at, kind: Kind::Machine });
        before = at.end;
    }
    if before < token.end {
        all.push(SemanticToken { at: view.span((before, token.end)), kind: Kind::String });
    }
    true
}

fn is_operator(text: &str) -> bool {
    !matches!(text, "{" | "}" | "[" | "]" | "(" | ")" | ";" | "," | "." | ":")
}

impl View<'_> {
    fn kind_of_name(&self, number: usize) -> Kind {
        let outline = self.outline();
        let token = outline.tokens[number];
        let after_dot = number.checked_sub(1).is_some_and(|it| outline.tokens[it].text(self.text) == ".");
        if after_dot {
            if let Some(mention) = self.mention_at(token.start).filter(|it| it.role == Role::Node)
                && self.has_machine(&mention.name)
            {
                return Kind::Machine;
            }
            let chain = chain_to(outline, self.text, number);
            return match self.known_function(&chain) {
                Some(known) if !known.arguments.is_empty() => Kind::Function,
                _ => Kind::Attribute,
            };
        }
        let function = || {
            let chain = chain_to(outline, self.text, number);
            self.known_function(&chain).is_some_and(|it| !it.arguments.is_empty())
        };
        match self.names().use_at(token.start).filter(|it| it.at.0 == token.start).map(|it| it.meaning) {
            Some(Meaning::Local { frame, .. }) => match self.names().frames[frame as usize].kind {
                FrameKind::Lambda(_) => Kind::Argument,
                _ if function() => Kind::Function,
                _ => Kind::Variable,
            },
            Some(Meaning::FromWith { .. })
                if self.mention_at(token.start).is_some_and(|it| self.has_machine(&it.name)) =>
            {
                Kind::Machine
            }
            Some(Meaning::FromWith { .. } | Meaning::Global) if function() => Kind::Function,
            Some(Meaning::FromWith { .. } | Meaning::Global) => Kind::Variable,
            Some(Meaning::Nothing) => Kind::Undefined,
            // The parameter of a function, or damaged code.
            None => Kind::Argument,
        }
    }
}

//! Asks a question by its name, and writes the answer down as people read it.

use std::fmt::Write as _;
use std::path::Path;

use crate::editor::semantic_tokens::Kind;
use crate::editor::*;
use crate::text::Span;

/// A place: file, line and column, and what is written there.
pub(super) fn place(view: &View<'_>, at: Span) -> String {
    let text = view.text_of(at.file);
    let before = &text[..at.start as usize];
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|it| *it != '\n').count() + 1;
    let written = &text[at.start as usize..at.end as usize];
    let first = written.lines().next().unwrap_or_default();
    let more = if first.len() < written.len() { "…" } else { "" };
    format!("{}:{line}:{column} {first}{more}", file(view.path_of(at.file)))
}

fn file(path: &Path) -> String {
    path.strip_prefix("/net").unwrap_or(path).display().to_string()
}

/// Labels of a completion that are written down; a case that needs others filters by its first letters.
const MOST_LABELS: usize = 40;

/// The answer to a question such as `rename web`, a line for each part.
pub(super) fn answer(view: &View<'_>, question: &str, offset: u32) -> String {
    let (verb, argument) = question.split_once(' ').unwrap_or((question, ""));
    let mut out = String::new();
    let mut line = |text: String| {
        let _ = writeln!(out, "{text}");
    };
    match verb {
        "hover" => match hover::hover(view, offset) {
            Some(it) => {
                line(place(view, it.at));
                line(it.text);
            }
            None => line("nothing".to_owned()),
        },
        "definition" => definition::definition(view, offset).into_iter().for_each(|it| match it {
            definition::Target::At(at) => line(place(view, at)),
            definition::Target::File(path) => line(file(&path)),
        }),
        "references" => references::references(view, offset).into_iter().for_each(|it| {
            line(format!("{}{}", place(view, it.at), if it.defines { " (defines)" } else { "" }));
        }),
        "prepare" => match rename::prepare(view, offset) {
            Ok(it) => line(format!("{}: {}", place(view, it.at), it.name)),
            Err(refusal) => line(format!("refused: {refusal}")),
        },
        "rename" => match rename::rename(view, offset, argument) {
            Ok(edits) => edits.iter().for_each(|it| line(format!("{} -> {}", place(view, it.at), it.text))),
            Err(refusal) => line(format!("refused: {refusal}")),
        },
        "complete" => {
            let items = completion::completion(view, offset);
            let items = items.iter().filter(|it| it.label.starts_with(argument));
            items.take(MOST_LABELS).for_each(|it| {
                let detail = it.detail.as_ref().map(|it| format!(": {it}")).unwrap_or_default();
                let insert = if it.insert == it.label { String::new() } else { format!(" [{}]", it.insert) };
                line(format!("{:?} {}{insert}{detail}", it.kind, it.label));
            });
        }
        "document" => {
            let items = completion::completion(view, offset);
            let item = items.iter().find(|it| it.label == argument);
            line(item.and_then(|it| it.text.clone()).unwrap_or_else(|| "nothing".to_owned()));
        }
        "symbols" => symbols_of(&symbols::document_symbols(view), 0, &mut line),
        "workspace" => symbols::workspace_symbols(view, argument).into_iter().for_each(|it| {
            let of = it.of.map(|it| format!(" of {it}")).unwrap_or_default();
            line(format!("{:?} {}{of} {}", it.kind, it.name, place(view, it.at)));
        }),
        "links" => {
            links::links(view)
                .into_iter()
                .for_each(|it| line(format!("{} -> {}", place(view, it.at), file(&it.target))));
        }
        "hints" => {
            inlay_hints::inlay_hints(view)
                .into_iter()
                .for_each(|it| line(format!("{} {}", place(view, it.at), it.text)));
        }
        "folds" => {
            folding::folding(view)
                .into_iter()
                .for_each(|it| line(format!("{:?} {}", it.kind, place(view, it.at))));
        }
        "selections" => {
            selection::selections(view, offset).into_iter().for_each(|it| line(place(view, it)));
        }
        "lenses" => code_lens::code_lenses(view)
            .into_iter()
            .for_each(|it| line(format!("{}: {} ({})", place(view, it.at), it.text, it.needed_by.join(" ")))),
        "tokens" => semantic_tokens::semantic_tokens(view).into_iter().for_each(|it| {
            if !matches!(it.kind, Kind::Operator | Kind::Comment) {
                line(format!("{:?} {}", it.kind, place(view, it.at)));
            }
        }),
        "signature" => match signature::signature(view, offset) {
            Some(it) => {
                line(format!("{} #{}", it.function.call(), it.argument));
                line(it.function.text.to_owned());
            }
            None => line("nothing".to_owned()),
        },
        other => panic!("there is no question `{other}`"),
    }
    out
}

fn symbols_of(symbols: &[symbols::Symbol], depth: usize, line: &mut impl FnMut(String)) {
    for it in symbols {
        line(format!("{}{:?} {}", "  ".repeat(depth), it.kind, it.name));
        symbols_of(&it.inside, depth + 1, line);
    }
}

//! `textDocument/semanticTokens/full`: what each word is. A token over several lines is told line by line.

use lsp_types::{
    SemanticToken, SemanticTokenType, SemanticTokens, SemanticTokensParams, SemanticTokensResult,
};

use super::shown::Shown;
use crate::editor::semantic_tokens::{self, Kind};
use crate::lsp::snapshot::Snapshot;
use crate::text::Span;

/// How a kind is called in the protocol; nothing for what has no colour.
fn token_type(kind: Kind) -> Option<SemanticTokenType> {
    Some(match kind {
        Kind::Machine => SemanticTokenType::CLASS,
        Kind::Option => SemanticTokenType::PROPERTY,
        Kind::Attribute => SemanticTokenType::STRUCT,
        Kind::Argument => SemanticTokenType::PARAMETER,
        Kind::Variable => SemanticTokenType::VARIABLE,
        Kind::Function => SemanticTokenType::FUNCTION,
        Kind::Keyword => SemanticTokenType::KEYWORD,
        Kind::String => SemanticTokenType::STRING,
        Kind::Number => SemanticTokenType::NUMBER,
        Kind::Comment => SemanticTokenType::COMMENT,
        Kind::Operator => SemanticTokenType::OPERATOR,
        Kind::Undefined => return None,
    })
}

/// The types in the order of their numbers.
pub(in crate::lsp) fn legend() -> Vec<SemanticTokenType> {
    Kind::ALL.iter().filter_map(|it| token_type(*it)).collect()
}

pub(super) fn answer(snapshot: &Snapshot, params: SemanticTokensParams) -> Option<SemanticTokensResult> {
    let shown = Shown::of(snapshot, &params.text_document.uri)?;
    let (view, legend) = (shown.view(), legend());
    let (mut tokens, mut line, mut column) = (Vec::new(), 0, 0);
    for token in semantic_tokens::semantic_tokens(&view) {
        let named = token_type(token.kind);
        let Some(number) = legend.iter().position(|it| Some(it) == named.as_ref()) else { continue };
        let Ok(token_type) = u32::try_from(number) else { continue };
        for part in lines(view.text, token.at) {
            let range = shown.range(part);
            if range.start.line != line {
                column = 0;
            }
            let length = range.end.character.saturating_sub(range.start.character);
            if length == 0 {
                continue;
            }
            tokens.push(SemanticToken {
                delta_line: range.start.line - line,
                delta_start: range.start.character - column,
                length,
                token_type,
                token_modifiers_bitset: 0,
            });
            (line, column) = (range.start.line, range.start.character);
        }
    }
    Some(SemanticTokensResult::Tokens(SemanticTokens { result_id: None, data: tokens }))
}

/// The parts of a span that lie in one line each.
fn lines(text: &str, at: Span) -> Vec<Span> {
    let Some(written) = text.get(at.start as usize..at.end as usize) else { return Vec::new() };
    let mut start = at.start;
    let mut parts = Vec::new();
    for line in written.split_inclusive('\n') {
        let next = start + u32::try_from(line.len()).unwrap_or(0);
        let end = start + u32::try_from(line.trim_end_matches(['\n', '\r']).len()).unwrap_or(0);
        parts.push(Span { file: at.file, start, end });
        start = next;
    }
    parts
}

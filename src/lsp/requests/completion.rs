//! `textDocument/completion`: what may be written at a place. It does not wait for the text to be checked.

use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionParams, CompletionResponse, CompletionTextEdit,
    Documentation, MarkupContent, MarkupKind, TextEdit,
};

use super::shown::Shown;
use crate::editor::completion::{self, Item, ItemKind};
use crate::lsp::snapshot::Snapshot;

pub(super) fn answer(snapshot: &Snapshot, params: CompletionParams) -> Option<CompletionResponse> {
    let place = params.text_document_position;
    let shown = Shown::of(snapshot, &place.text_document.uri)?;
    let items = completion::completion(&shown.view(), shown.offset(place.position)).into_iter();
    Some(CompletionResponse::Array(items.enumerate().map(|(number, it)| item(&shown, number, it)).collect()))
}

fn item(shown: &Shown<'_>, number: usize, item: Item) -> CompletionItem {
    let range = shown.range(item.at);
    let documentation = item
        .text
        .map(|value| Documentation::MarkupContent(MarkupContent { kind: MarkupKind::Markdown, value }));
    CompletionItem {
        kind: Some(kind(item.kind)),
        detail: item.detail,
        documentation,
        // Editors sort by this; the order of the answer is meant.
        sort_text: Some(format!("{number:05}")),
        text_edit: Some(CompletionTextEdit::Edit(TextEdit { range, new_text: item.insert })),
        label: item.label,
        ..CompletionItem::default()
    }
}

fn kind(kind: ItemKind) -> CompletionItemKind {
    match kind {
        ItemKind::Value => CompletionItemKind::ENUM_MEMBER,
        ItemKind::Variable => CompletionItemKind::VARIABLE,
        ItemKind::Machine => CompletionItemKind::CLASS,
        ItemKind::Tag => CompletionItemKind::CONSTANT,
        ItemKind::Option => CompletionItemKind::PROPERTY,
        ItemKind::Group => CompletionItemKind::MODULE,
        ItemKind::Attribute => CompletionItemKind::FIELD,
        ItemKind::File => CompletionItemKind::FILE,
        ItemKind::Folder => CompletionItemKind::FOLDER,
        ItemKind::Function => CompletionItemKind::FUNCTION,
        ItemKind::Constant => CompletionItemKind::CONSTANT,
        ItemKind::Keyword => CompletionItemKind::KEYWORD,
    }
}

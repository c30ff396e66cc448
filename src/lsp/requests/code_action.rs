//! `textDocument/codeAction`: repairs of findings, comments that allow them in their place, and all safe repairs of a file at
//! once.

use std::collections::HashMap;

use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, CodeActionResponse, TextEdit, Url,
    WorkspaceEdit,
};

use crate::checks::Repairs;
use crate::findings::{Edit, Finding};
use crate::lsp::diagnostics;
use crate::lsp::snapshot::{FileView, Snapshot};
use crate::text::Span;

pub(super) fn answer(snapshot: &Snapshot, params: CodeActionParams) -> Option<CodeActionResponse> {
    let mut actions: Vec<CodeAction> = Vec::new();
    let wanted = |kind: &CodeActionKind| {
        let only = params.context.only.as_ref();
        only.is_none_or(|only| only.iter().any(|it| is_within(kind, it)))
    };
    for view in snapshot.files(&params.text_document.uri) {
        let span = view.span(params.range);
        let touched = |it: &&Finding| it.span.start <= span.end && span.start <= it.span.end;
        let here: Vec<&Finding> = view.findings().filter(touched).collect();
        if wanted(&CodeActionKind::QUICKFIX) {
            for finding in &here {
                actions.extend(repairs(snapshot, &view, finding));
            }
            for finding in &here {
                actions.extend(allow(snapshot, &view, finding));
            }
        }
        if wanted(&CodeActionKind::SOURCE_FIX_ALL) {
            actions.extend(fix_all(&view));
        }
    }
    let mut seen: Vec<CodeAction> = Vec::new();
    for action in actions {
        if !seen.contains(&action) {
            seen.push(action);
        }
    }
    Some(seen.into_iter().map(CodeActionOrCommand::CodeAction).collect())
}

/// Whether a kind is the one asked for, or below it: `source.fixAll` is a `source`.
fn is_within(kind: &CodeActionKind, asked: &CodeActionKind) -> bool {
    let rest = kind.as_str().strip_prefix(asked.as_str());
    rest.is_some_and(|rest| asked.as_str().is_empty() || rest.is_empty() || rest.starts_with('.'))
}

/// The repairs of a finding, those first that keep what the author certainly meant.
fn repairs(snapshot: &Snapshot, view: &FileView, finding: &Finding) -> Vec<CodeAction> {
    let mut fixes: Vec<_> = finding.fixes.iter().collect();
    fixes.sort_by_key(|fix| !fix.safe);
    let action = |fix: &&crate::findings::Fix| {
        Some(CodeAction {
            title: fix.title.clone(),
            kind: Some(CodeActionKind::QUICKFIX),
            diagnostics: Some(vec![diagnostics::diagnostic(
                &snapshot.analysis,
                view.network().sources(),
                finding,
            )]),
            edit: Some(changes(view, &fix.edits.iter().collect::<Vec<_>>())?),
            is_preferred: fix.safe.then_some(true),
            ..CodeAction::default()
        })
    };
    fixes.iter().filter_map(action).collect()
}

/// A comment above the finding's line, with which `check` does not report it there.
fn allow(snapshot: &Snapshot, view: &FileView, finding: &Finding) -> Option<CodeAction> {
    // Where the grammar is broken, a comment repairs nothing; and a comment that allows is no place for another one.
    if ["syntax-error", "unused-allow"].contains(&finding.id) {
        return None;
    }
    let source = view.source();
    let line = view.network().sources().position(finding.span).line;
    let range = source.lines().line_range(&source.text, line)?;
    let written = source.text.get(range.clone())?;
    let indent: String = written.chars().take_while(|it| it.is_whitespace()).collect();
    // A line inside of a string that begins further up cannot be commented upon.
    if crate::syntax::comment_may_begin(&source.text, u32::try_from(range.start).ok()?) {
        let at = u32::try_from(range.start).ok()?;
        let text = format!("{indent}# nixwright: allow({})\n", finding.id);
        let edit = Edit { span: Span::new(view.file, at, at), text };
        return Some(CodeAction {
            title: format!("Allow `{}` here", finding.id),
            kind: Some(CodeActionKind::QUICKFIX),
            diagnostics: Some(vec![diagnostics::diagnostic(
                &snapshot.analysis,
                view.network().sources(),
                finding,
            )]),
            edit: Some(changes(view, &[&edit])?),
            ..CodeAction::default()
        });
    }
    None
}

/// Every safe repair whose changes all lie in this file and touch no other repair.
fn fix_all(view: &FileView) -> Option<CodeAction> {
    let mut edits: Vec<&Edit> = Vec::new();
    let touches = |a: &Edit, b: &Edit| {
        a.span.start < b.span.end && b.span.start < a.span.end || a.span.start == b.span.start
    };
    for fix in view.findings().filter_map(|it| Repairs::Safe.of(it)) {
        let inside = fix.edits.iter().all(|it| it.span.file == view.file);
        let free = fix.edits.iter().all(|it| edits.iter().all(|taken| !touches(taken, it)));
        if inside && free {
            edits.extend(&fix.edits);
        }
    }
    if edits.is_empty() {
        return None;
    }
    Some(CodeAction {
        title: "Make all safe repairs in this file".to_owned(),
        kind: Some(CodeActionKind::SOURCE_FIX_ALL),
        edit: Some(changes(view, &edits)?),
        ..CodeAction::default()
    })
}

/// Edits in any files of a network; nothing where one of them is no file.
fn changes(view: &FileView, edits: &[&Edit]) -> Option<WorkspaceEdit> {
    let mut changes: HashMap<Url, Vec<TextEdit>> = HashMap::new();
    for edit in edits {
        let location = view.location(edit.span)?;
        let text = TextEdit { range: location.range, new_text: edit.text.clone() };
        changes.entry(location.uri).or_default().push(text);
    }
    for texts in changes.values_mut() {
        texts.sort_by_key(|it| (it.range.start.line, it.range.start.character));
    }
    Some(WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() })
}

//! `workspace/executeCommand`: what a code lens does when it is chosen. It leads to where the needs of a machine's dependents
//! are written; a client that cannot be told to show a place is told about them in words.

use async_lsp::{ClientSocket, ErrorCode, ResponseError};
use lsp_types::notification::ShowMessage;
use lsp_types::request::{ShowDocument, ShowMessageRequest};
use lsp_types::{
    ExecuteCommandParams, Location, MessageActionItem, MessageType, ShowDocumentParams, ShowMessageParams,
    ShowMessageRequestParams, Url,
};
use serde_json::{Value, json};

use crate::lsp::capabilities::Client;
use crate::lsp::snapshot::Snapshot;

/// The command of a code lens: its arguments are a file of the network, and a machine.
pub(in crate::lsp) const SHOW_DEPENDENTS: &str = "nixwright.showDependents";

/// More places than these nobody chooses from.
const MOST: usize = 9;

pub(super) fn arguments(uri: &Url, machine: &str) -> Vec<Value> {
    vec![json!(uri), json!(machine)]
}

/// Who needs a machine, and where that is written.
#[derive(Debug, PartialEq)]
pub(super) struct Dependents {
    /// In a sentence, with the places.
    pub(super) said: String,
    pub(super) places: Vec<Place>,
}

#[derive(Debug, PartialEq)]
pub(super) struct Place {
    /// The machines that need it by what is written there.
    pub(super) machines: Vec<String>,
    pub(super) at: Location,
}

impl Place {
    fn title(&self) -> String {
        let file = self.at.uri.path_segments().and_then(|mut it| it.next_back()).unwrap_or_default();
        let file = file.replace("%20", " ");
        format!("{} ({file}:{})", self.machines.join(", "), self.at.range.start.line + 1)
    }
}

pub(super) fn answer(
    snapshot: &Snapshot,
    params: &ExecuteCommandParams,
) -> Result<Dependents, ResponseError> {
    let refuse = |why: String| ResponseError::new(ErrorCode::INVALID_PARAMS, why);
    if params.command != SHOW_DEPENDENTS {
        return Err(refuse(format!("there is no command `{}`", params.command)));
    }
    let [uri, machine] = &params.arguments[..] else {
        return Err(refuse(format!("`{SHOW_DEPENDENTS}` takes a file and a machine")));
    };
    let file = uri.as_str().and_then(|it| Url::parse(it).ok()).and_then(|it| snapshot.file(&it));
    let (Some(file), Some(machine)) = (file, machine.as_str()) else {
        return Err(refuse(format!("`{SHOW_DEPENDENTS}` takes a file of a network and a machine")));
    };
    let network = file.network();
    let Some(number) = network.machines.iter().position(|it| it.name.as_str() == machine) else {
        return Err(refuse(format!("there is no machine `{machine}`")));
    };
    let mut places: Vec<Place> = Vec::new();
    let needs = network.needs();
    for from in needs.needed_by(number) {
        let need = needs.of_machine(from).into_iter().find(|it| it.on == number);
        let Some(at) = need.and_then(|it| file.location(it.at)) else { continue };
        let name = network.machines[from].name.to_string();
        match places.iter_mut().find(|it| it.at == at) {
            Some(place) => place.machines.push(name),
            None => places.push(Place { machines: vec![name], at }),
        }
    }
    let titles: Vec<String> = places.iter().take(MOST).map(Place::title).collect();
    let said = match places.len().checked_sub(MOST) {
        _ if places.is_empty() => format!("no machine needs {machine}"),
        Some(more @ 1..) => format!("{machine} is needed by {} and {more} more", titles.join(", ")),
        _ => format!("{machine} is needed by {}", titles.join(", ")),
    };
    Ok(Dependents { said, places })
}

/// Leads to a place; where there are several, to the one that is chosen.
pub(super) async fn show(socket: ClientSocket, client: Client, found: Dependents) {
    let typ = MessageType::INFO;
    let chosen = match &found.places[..] {
        [] => None,
        [only] => Some(only),
        several if client.shows_documents => {
            let action = |it: &Place| MessageActionItem { title: it.title(), properties: Default::default() };
            let actions = several.iter().take(MOST).map(action).collect();
            let machine = found.said.split(' ').next().unwrap_or_default();
            let asked = ShowMessageRequestParams {
                typ,
                message: format!("{machine} is needed in {} places", several.len()),
                actions: Some(actions),
            };
            let Ok(Some(chosen)) = socket.request::<ShowMessageRequest>(asked).await else { return };
            several.iter().find(|it| it.title() == chosen.title)
        }
        _ => None,
    };
    if let Some(place) = chosen.filter(|_| client.shows_documents) {
        let shown = ShowDocumentParams {
            uri: place.at.uri.clone(),
            external: None,
            take_focus: Some(true),
            selection: Some(place.at.range),
        };
        // A client that refuses has its reasons.
        let _ = socket.request::<ShowDocument>(shown).await;
        return;
    }
    let _ = socket.notify::<ShowMessage>(ShowMessageParams { typ, message: found.said });
}

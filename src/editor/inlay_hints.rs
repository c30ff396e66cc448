//! Small texts between the code: hosts that are computed, and what machines depend on through a selector.

use super::View;
use super::option_tree::Part;
use super::summary::Told;
use crate::text::Span;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// Behind what it stands.
    pub at: Span,
    pub text: String,
}

/// The hints of a file.
pub fn inlay_hints(view: &View<'_>) -> Vec<Hint> {
    let mut hints = Vec::new();
    let outline = view.outline();
    for (number, binding) in outline.bindings.iter().enumerate() {
        let (Some(value), Some(last)) = (binding.value, binding.path.len().checked_sub(1)) else { continue };
        let name = binding.path[last].name.as_deref();
        if !matches!(name, Some("targetHost" | "dependsOn")) {
            continue;
        }
        let Some(place) = view.option_place(&outline.way_to_step(number, last)) else { continue };
        let path = |name: &str| vec![Part::Name("deployment".to_owned()), Part::Name(name.to_owned())];
        let Some(machine) = place.machine.as_deref().and_then(|it| view.network.machine(it)) else {
            continue;
        };
        let end = binding.end.saturating_sub(u32::from(view.slice((0, binding.end)).ends_with(';')));
        let written = view.slice((value, end)).trim();
        let at = view.span((end - trailing(view.slice((value, end))), end));
        if place.path == path("targetHost") {
            let literal = written.starts_with('"') && !written.contains("${") || written == "null";
            if let (false, Told::Value(host)) = (literal, view.told(machine, &["deployment", "targetHost"])) {
                hints.push(Hint { at, text: format!("= {host}") });
            }
        } else if place.path == path("dependsOn") {
            let Some(from) = view.network.machines.iter().position(|it| it.name == machine.name) else {
                continue;
            };
            let needs = view.network.needs().of_machine(from);
            let needs: Vec<&str> =
                needs.iter().map(|it| view.network.machines[it.on].name.as_str()).collect();
            // Names that stand there need no hint.
            if needs.iter().any(|it| !written.contains(&format!("\"{it}\""))) {
                hints.push(Hint { at, text: format!("= {}", shortened(&needs)) });
            }
        }
    }
    hints
}

/// Names that fit into a line.
const MOST_NAMES: usize = 6;

fn shortened(names: &[&str]) -> String {
    match names.len().checked_sub(MOST_NAMES) {
        Some(more @ 1..) => format!("{} and {more} more", names[..MOST_NAMES].join(", ")),
        _ => names.join(", "),
    }
}

/// Bytes of white space at the end.
fn trailing(text: &str) -> u32 {
    u32::try_from(text.len() - text.trim_end().len()).unwrap_or(0)
}

//! A line above each machine: where it is reached, and how many machines need it.

use super::View;
use super::summary::Told;
use crate::text::Span;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lens {
    /// The machine's name.
    pub at: Span,
    pub machine: String,
    pub text: String,
    /// The machines that need it.
    pub needed_by: Vec<String>,
}

/// A lens for each machine that this file defines.
pub fn code_lenses(view: &View<'_>) -> Vec<Lens> {
    let here = view.machines_here();
    if here.is_empty() {
        return Vec::new();
    }
    let machines = &view.network.machines;
    let needs = view.network.needs();
    let lens = |(name, at): (String, Span)| {
        let number = machines.iter().position(|it| it.name.as_str() == name)?;
        let host = view.told(&machines[number], &["deployment", "targetHost"]);
        let host = match (&host, host.plain()) {
            (_, Some(host)) if !host.is_empty() => host.to_owned(),
            (Told::Unknown(_), None) => "host not known".to_owned(),
            _ => "no host".to_owned(),
        };
        let needed_by = needs.needed_by(number).into_iter().map(|from| machines[from].name.to_string());
        let needed_by: Vec<String> = needed_by.collect();
        let text = match needed_by.len() {
            0 => format!("{host} · nobody needs it"),
            1 => format!("{host} · 1 machine needs it"),
            many => format!("{host} · {many} machines need it"),
        };
        Some(Lens { at, machine: name, text, needed_by })
    };
    here.into_iter().filter_map(lens).collect()
}

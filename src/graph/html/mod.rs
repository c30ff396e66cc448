//! A network as a page to look around in: all views, every machine with its settings and where they are written.
//!
//! The page is one file. What it shows is in it as JSON; its script puts that on the screen as text only.

mod content;
mod shell;

pub use shell::Page;

use crate::network::Network;

use super::chart::{Chart, View};

/// Bytes of a page; browsers open it at once, and it can be sent by mail.
pub(super) const LARGEST: usize = 4_700_000;

const SCRIPT: &str = concat!(include_str!("elements.js"), include_str!("page.js"));
const STYLE: &str = include_str!("page.css");
const BODY: &str = include_str!("page.html");

/// The page of a network with these charts; what it shows first.
pub fn page(
    network: &Network,
    charts: &[Chart],
    first: View,
    place: &dyn Fn(crate::text::Span) -> String,
) -> String {
    let content =
        content::json(network, charts, first, place, LARGEST - SCRIPT.len() - STYLE.len() - BODY.len());
    let title = charts.first().map_or("network", |it| it.title.as_str());
    let style = format!("{}{STYLE}", super::svg::STYLE);
    Page { title, style: &style, body: BODY.trim_end(), script: SCRIPT, content: &content }.html()
}

//! The story of a run, or a plan, as a page: one HTML file that holds everything, works without a network, and lets nothing in it
//! be taken for markup or script.
//!
//! The page's own style and script are allowed by their digests (Content-Security-Policy), so that nothing else can run. What is
//! shown travels as JSON and is only ever set as text. Computes nothing: what it shows is in the [`Story`].

mod model;
mod packed;
#[cfg(test)]
mod tests;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

use super::history::{show, show_without_steps};
use super::plan::text;
use super::screen;
use crate::execute::{SavedPlan, Story};
use crate::system::Terminal;
use model::Page;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// For readers without scripts.
const WIDTH: usize = 120;

/// So many steps are shown without scripts. A list of more would be most of the page, for few.
const MANY: usize = 2_000;

/// The page of a run. `title` is what people call its deployment.
pub fn run_page(story: &Story, title: &str) -> String {
    let text = match story.steps.len() {
        0..=MANY => show(story, title, plain()),
        _ => show_without_steps(story, title, plain()),
    };
    page(&Page::of_run(story, title), &text)
}

/// The page of a plan that was not carried out.
pub fn plan_page(saved: &SavedPlan) -> String {
    page(&Page::of_plan(&Story::of_plan(saved), saved), &text(saved, plain()))
}

fn plain() -> Terminal {
    Terminal { width: WIDTH, ..Terminal::default() }
}

fn page(page: &Page<'_>, text: &str) -> String {
    let heading = escaped(&format!("{} · {}", page.title, page.kicker));
    let style = digest(STYLE);
    let script = digest(SCRIPT);
    let story = serde_json::to_value(page).expect("the page is made of texts, numbers and lists");
    let story = in_script(&packed::packed(story).to_string());
    let text = escaped(text);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{style}'; \
         script-src '{script}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<title>{heading}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <noscript><pre>{text}</pre></noscript>\n<main id=\"page\"></main>\n\
         <script type=\"application/json\" id=\"story\">{story}</script>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"
    )
}

/// A digest as a Content-Security-Policy names it.
fn digest(text: &str) -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(text)))
}

/// JSON inside of a script element: no character of it can end the element or begin a comment.
fn in_script(json: &str) -> String {
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

/// Text as markup that shows it.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for it in screen::lines(text).chars() {
        match it {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            it => out.push(it),
        }
    }
    out
}

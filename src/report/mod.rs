//! What people and programs get to see. The only room that knows miette, SARIF and tables. Decides nothing.

pub mod arguments;
pub mod columns;
pub mod deployments;
pub mod diff;
pub mod difference;
pub mod findings;
pub mod generations;
pub mod history;
pub mod network;
pub mod numbers;
pub mod pages;
pub mod plan;
pub mod run;
#[cfg(test)]
pub(crate) mod schemas;
pub(crate) mod screen;
pub mod status;
pub mod story;
mod table;
mod tree;
pub mod unknown;
pub mod value;

/// A document of one of our formats as it is printed.
fn json_text(document: &impl serde::Serialize) -> String {
    sized_json_text(document, 0)
}

/// The same, of about this length: a long text that has to grow is copied again and again.
fn sized_json_text(document: &impl serde::Serialize, length: usize) -> String {
    let mut text = Vec::with_capacity(length);
    serde_json::to_writer_pretty(&mut text, document).expect("our formats have only strings as keys");
    text.push(b'\n');
    String::from_utf8(text).expect("JSON is made of characters")
}

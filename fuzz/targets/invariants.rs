//! What holds for any bytes: nothing panics, spans lie in the text, and fuel ends everything. Shared by the fuzz targets
//! and by the short run of `tests/soundness`. It reads no file.

use std::sync::Arc;

use nixwright::checks::{self, Levels};
use nixwright::eval::{Evaluator, Settings};
use nixwright::network::{Network, Request};
use nixwright::syntax;
use nixwright::system::OverlayFiles;
use nixwright::text::FileId;

/// Steps for one input: a few milliseconds.
const FUEL: u64 = 200_000;

const MEMORY: usize = 64 << 20;

/// Parsing and lowering: every place of an error lies in the text, and the same text gives the same errors.
pub(crate) fn parse_lower(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let parsed = syntax::parse(FileId(0), text);
    for error in &parsed.errors {
        let (start, end) = (error.span.start as usize, error.span.end as usize);
        assert!(text.get(start..end).is_some(), "{error:?} lies outside of the text");
    }
    assert_eq!(parsed.errors, syntax::parse(FileId(0), text).errors);
}

/// Evaluation in depth: it ends, and errors lie in sources that are there.
pub(crate) fn eval(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let settings = Settings { fuel: FUEL, memory: MEMORY, ..Settings::default() };
    let mut eval = Evaluator::new(Arc::new(OverlayFiles::alone()), settings);
    let value = eval.eval_text("<input>", text);
    if let Err(stop) = eval.force_deep(value)
        && let Some(error) = eval.error_of(stop)
    {
        let _ = eval.sources().slice(error.span);
    }
    let _ = eval.print_partial(value);
    let _ = eval.to_json(value);
}

/// A network: read, its modules merged, and checked.
pub(crate) fn modules(bytes: &[u8]) {
    let mut files = OverlayFiles::alone();
    files.put("/network/network.nix", bytes);
    let request = Request::new(Arc::new(files), vec!["/network/network.nix".into()]);
    if let Ok(network) = Network::load(&request) {
        for finding in checks::run(&network, &Levels::default()) {
            let _ = network.sources().slice(finding.span);
        }
    }
}

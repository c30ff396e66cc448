//! A completion in a large network looks at nothing but the file and the tables: measured against reading the network.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::editor::{View, completion};
use crate::network::{Network, Request};
use crate::syntax;
use crate::system::OverlayFiles;
use crate::text::FileId;

/// Machines, each with a file of its own.
const MACHINES: usize = 1_000;

#[test]
#[expect(clippy::disallowed_methods, reason = "the test measures time")]
fn completion_is_far_faster_than_reading_the_network() {
    let mut files = OverlayFiles::alone();
    let mut network = "{\n".to_owned();
    for number in 0..MACHINES {
        let _ = writeln!(network, "  m{number} = import ./m{number}.nix;");
        let module = format!(
            "{{ config, lib, nodes, ... }}: {{\n  deployment.targetHost = \"10.0.{}.{}\";\n  deployment.tags = [ \"t{}\" ];\n}}\n",
            number / 250,
            number % 250,
            number % 7
        );
        files.put(format!("/net/m{number}.nix"), module);
    }
    network.push_str("}\n");
    files.put("/net/network.nix", network);
    let request = Request::new(Arc::new(files), vec!["/net/network.nix".into()]);
    let start = Instant::now();
    let network = Network::load(&request).expect("it is there");
    let read = start.elapsed();
    let text =
        "{ config, lib, nodes, ... }: {\n  deployment.targetHost = \"10.0.0.5\";\n  deployment.rollback.";
    let path = "/net/m5.nix";
    let start = Instant::now();
    for _ in 0..10 {
        let parsed = syntax::parse(FileId(0), text);
        let view = View::new(&network, &request, path.as_ref(), text, &parsed);
        let items = completion::completion(&view, u32::try_from(text.len()).expect("it is short"));
        assert!(items.iter().any(|it| it.label == "confirmTimeout"), "{items:?}");
    }
    let completed = start.elapsed() / 10;
    assert!(completed < Duration::from_millis(20), "a completion took {completed:?}");
    assert!(completed * 10 < read, "a completion took {completed:?}, reading the network {read:?}");
}

//! Which network an open file belongs to, and what is said of all its files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use lsp_types::Url;

use super::{Analysis, Analyst, Document, Settings, World, diagnostics};
use crate::checks::{self, Levels};
use crate::findings::fingerprints;
use crate::network::{Network, Request};
use crate::system::{OverlayFiles, System};

/// A disk of these files, nothing open.
pub(super) fn disk(files: &[(&str, &str)]) -> System {
    let mut overlay = OverlayFiles::alone();
    for (path, text) in files {
        overlay.put(*path, *text);
    }
    System { files: Arc::new(overlay), ..System::os() }
}

pub(super) fn open(world: &mut World, system: &System, path: &str, text: &str) {
    let uri = Url::from_file_path(path).unwrap();
    world.open(system.files.as_ref(), Document { uri, version: 1, text: text.into() });
}

fn said(analysis: &Analysis) -> Vec<String> {
    let line = |(path, items): (PathBuf, Vec<lsp_types::Diagnostic>)| {
        let codes = items.into_iter().map(|it| match it.code {
            Some(lsp_types::NumberOrString::String(code)) => format!("{}:{code}", it.range.start.line + 1),
            _ => String::new(),
        });
        format!("{}: {}", path.display(), codes.collect::<Vec<_>>().join(" "))
    };
    diagnostics::of_files(analysis).into_iter().map(line).collect()
}

fn analysed(system: &System, world: &World) -> Vec<String> {
    let analysis = Analyst::new(system.clone()).analyse(world, &Arc::default()).unwrap();
    assert_eq!(analysis.troubles, Vec::<String>::new());
    said(&analysis)
}

const NETWORK: &str = "{ web = ./web.nix; db = { imports = [ ./db.nix ]; }; }";

#[test]
fn a_mistake_shows_in_its_file_though_another_one_is_open() {
    let db = "{ deployment.targetHost = \"\"; }";
    let web = "{ deployment.targetHost = \"web.internal\"; }";
    let system = disk(&[("/net/network.nix", NETWORK), ("/net/web.nix", web), ("/net/db.nix", db)]);
    let mut world = World::default();
    open(&mut world, &system, "/net/web.nix", web);
    let told = analysed(&system, &world);
    assert_eq!(told, ["/net/db.nix: 1:target-host-empty", "/net/web.nix: "]);
    open(&mut world, &system, "/net/db.nix", "{ deployment.targetHost = \"db.internal\"; }");
    let told = analysed(&system, &world);
    assert_eq!(told, ["/net/db.nix: ", "/net/web.nix: "], "what is open counts, not what is on disk");
}

#[test]
fn a_file_without_a_network_is_told_what_its_text_alone_shows() {
    let system = disk(&[("/lib/other.nix", "{ pkgs, lib }: { a = 1; b = nope; }")]);
    let mut world = World::default();
    open(&mut world, &system, "/lib/other.nix", "{ pkgs, lib }: { a = 1; b = nope; }");
    open(&mut world, &system, "/lib/set.nix", "{ a = x: x; b = { }; }");
    let told = analysed(&system, &world);
    assert_eq!(told, ["/lib/other.nix: 1:undefined-variable", "/lib/set.nix: "]);
}

#[test]
fn a_module_that_has_the_name_of_a_network_is_no_mistake() {
    let module = "{ config, ... }: { networking.hostName = \"web\"; }";
    let system = disk(&[("/net/hive.nix", NETWORK), ("/net/hosts/web/network.nix", module)]);
    let mut world = World::default();
    open(&mut world, &system, "/net/hosts/web/network.nix", module);
    assert_eq!(analysed(&system, &world), ["/net/hosts/web/network.nix: "]);
    // Where somebody works, it may be meant as one.
    world.folders = Arc::new(vec!["/net/hosts/web".into()]);
    assert_eq!(analysed(&system, &world), ["/net/hosts/web/network.nix: 1:module-used-as-network"]);
}

#[test]
fn the_settings_name_networks_of_several_files() {
    let target = "{ web.deployment.targetHost = \"web.internal\"; }";
    let config = "{ region }: { web.deployment.tags = [ region 1 ]; }";
    let system = disk(&[("/net/target.nix", target), ("/net/config.nix", config)]);
    let mut world = World::default();
    world.set_folders(vec![PathBuf::from("/net")]);
    let settings = serde_json::json!({ "networks": [{ "files": ["target.nix", "config.nix"], "strings": { "region": "eu" } }] });
    world.configure(Settings::read(&settings).unwrap());
    open(&mut world, &system, "/net/target.nix", target);
    let told = analysed(&system, &world);
    assert_eq!(told, ["/net/config.nix: 1:option-type", "/net/target.nix: "]);
}

#[test]
fn only_what_asked_for_a_changed_text_is_checked_again() {
    let system = disk(&[
        ("/a/network.nix", "{ web.deployment.targetHost = \"a.b\"; }"),
        ("/b/network.nix", "{ web.deployment = import ./d.nix; }"),
        ("/b/d.nix", "{ targetHost = \"a.b\"; }"),
    ]);
    let mut world = World::default();
    world.set_folders(vec!["/a".into(), "/b".into()]);
    let mut analyst = Analyst::new(system.clone());
    let mut look = |world: &World| analyst.analyse(world, &Arc::default()).unwrap();
    let find = |analysis: &Analysis, path: &str| analysis.of(Path::new(path)).next().unwrap().0.clone();
    let before = look(&world);
    open(&mut world, &system, "/b/d.nix", "{ targetHost = \"\"; }");
    let after = look(&world);
    assert!(Arc::ptr_eq(&find(&before, "/a/network.nix"), &find(&after, "/a/network.nix")));
    assert_eq!(find(&after, "/b/d.nix").findings.len(), 1);
    world.close(system.files.as_ref(), &Url::from_file_path("/b/d.nix").unwrap());
    assert_eq!(find(&look(&world), "/b/d.nix").findings.len(), 0, "closed without saving");
}

#[test]
fn a_mistake_in_the_project_file_shows_there() {
    let network = "{ web.deployment = { targetHost = \"\"; }; }";
    let system = disk(&[("/net/network.nix", network), ("/net/nixwright.toml", "[chekcs]\n")]);
    let mut world = World::default();
    open(&mut world, &system, "/net/network.nix", network);
    let told = analysed(&system, &world);
    assert_eq!(told, ["/net/network.nix: 1:target-host-empty", "/net/nixwright.toml: 1:nixwright-toml"]);
    open(&mut world, &system, "/net/nixwright.toml", "[checks]\ntarget-host-empty = \"off\"\n");
    assert_eq!(analysed(&system, &world), ["/net/network.nix: ", "/net/nixwright.toml: "]);
}

#[test]
fn what_stands_in_the_baseline_is_not_told() {
    let network = "{ web.deployment.targetHost = \"\"; }";
    let project = "[check]\nbaseline = \"known.json\"\n";
    let disk = |known: &str| {
        disk(&[("/net/network.nix", network), ("/net/nixwright.toml", project), ("/net/known.json", known)])
    };
    let told = |system: &System| {
        let mut world = World::default();
        open(&mut world, system, "/net/network.nix", network);
        analysed(system, &world)
    };
    // One that cannot be read knows nothing.
    assert_eq!(told(&disk("{"))[0], "/net/network.nix: 1:target-host-empty");
    let system = disk("{");
    let request = Request::new(system.files, vec!["/net/network.nix".into()]);
    let (network, levels) = (Network::load(&request).unwrap(), Levels::default());
    let (findings, root) = (checks::run(&network, &levels), Path::new("/net"));
    let fingerprints = &fingerprints(&findings, network.sources(), root);
    let found = checks::Found {
        network: &network,
        levels: &levels,
        findings: &findings,
        fingerprints,
        root,
        with_nix: false,
    };
    assert_eq!(told(&disk(&checks::Baseline::of(&found).text()))[0], "/net/network.nix: ");
}

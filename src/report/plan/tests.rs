//! What a plan looks like, and that its JSON is what its schema says.

use std::collections::BTreeMap;

use super::*;
use crate::plan::SizedPath;

fn saved() -> SavedPlan {
    let plan = crate::plan::example::three_tiers();
    let path = |hash: &str, name: &str| -> SizedPath {
        (crate::nix::StorePath::new(format!("/nix/store/{}-{name}", hash.repeat(32))).unwrap(), 5 << 20)
    };
    let before = [path("a", "nginx-1.24"), path("b", "curl-8.1"), path("c", "etc")];
    let after = [path("d", "nginx-1.26"), path("e", "htop-3.2"), path("f", "etc"), path("g", "x")];
    let set = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect();
    let list = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
    let web = Changes {
        packages: Foreseen::Known(PackageChanges::between(&before, &after)),
        copy: Foreseen::Known(CopySize { paths: 4, bytes: 20 << 20, free: Some(3 << 30), too_large: false }),
        units: Foreseen::Known(UnitChanges {
            stop: set(&["gone.service", "web.service"]),
            start: set(&["web.service", "new.service"]),
            restart: set(&["quick.service"]),
            ..UnitChanges::default()
        }),
        reboot: Foreseen::Known(list(&["kernel", "initrd"])),
        keys: Foreseen::Known(KeyChanges {
            new: list(&["/run/keys/a"]),
            changed: list(&["/run/keys/b"]),
            unchanged: Vec::new(),
            removed: list(&["/run/keys/old"]),
        }),
    };
    let db = Changes {
        copy: Foreseen::Known(CopySize { paths: 1, bytes: 9 << 30, free: Some(1 << 30), too_large: true }),
        ..Changes::unknown("its system is not built yet")
    };
    let mut saved = SavedPlan::example(plan);
    saved.changes = BTreeMap::from([(MachineName::new("web"), web), (MachineName::new("db"), db)]);
    saved.left_out.insert(MachineName::new("far"), "its `deployment.targetHost` is null".to_owned());
    let web = saved.plan.machines.get_mut(&MachineName::new("web")).unwrap();
    web.observed.current_system = Some(path("z", "nixos-system-web").0);
    saved
}

#[test]
fn a_plan_says_what_becomes_of_each_machine() {
    let terminal = Terminal { width: 80, stdout_is_terminal: true, ..Terminal::default() };
    insta::assert_snapshot!(text(&saved(), terminal));
}

#[test]
fn a_narrow_terminal_shows_all_of_it() {
    let terminal = Terminal { width: 30, stdout_is_terminal: true, ..Terminal::default() };
    let narrow = text(&saved(), terminal);
    assert!(narrow.lines().all(|line| line.chars().count() <= 30), "{narrow}");
    assert!(narrow.starts_with("activate in this order:\n  db → app → web\n"), "{narrow}");
    let whole: String = narrow.split_whitespace().collect();
    for word in ["/run/keys/old", "quick.service", "1.24→1.26", "TOOLARGE"] {
        assert!(whole.contains(word), "{word} in {narrow}");
    }
}

#[test]
fn the_json_of_a_plan_is_as_its_schema_says() {
    let json = json(&saved());
    assert_eq!(crate::report::schemas::errors("plan", &json), Vec::<String>::new());
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["machines"]["web"]["reboot"][0], "kernel");
    assert_eq!(json["machines"]["db"]["unknown"]["units"], "its system is not built yet");
    assert_eq!(json["machines"]["db"]["units"], serde_json::Value::Null);
}

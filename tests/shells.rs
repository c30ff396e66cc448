//! What shells read of us: Bash completes words by our script, as it does when Tab is pressed; each command has its page for
//! `man`.

use crate::support::hermetic::{Hermetic, nixwright};

const NETWORK: &str = r#"{
  web.deployment = { targetHost = "10.0.0.1"; tags = [ "front" ]; };
  db.deployment.targetHost = "10.0.0.2";
}"#;

/// What Bash calls with Tab: the words as it takes them apart, and the piece that the answer replaces.
fn tab(place: &Hermetic, words: &[&str], piece: &str) -> Vec<String> {
    let program = nixwright();
    let folder = program.parent().expect("the program is in a folder");
    let quoted: Vec<String> = words.iter().map(|it| format!("'{it}'")).collect();
    let script = format!(
        "PATH={}:$PATH; source <(nixwright completions bash)\n\
         COMP_WORDS=({}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); COMP_TYPE=9\n\
         _clap_complete_nixwright nixwright '{piece}' '' 2> /dev/null\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"",
        folder.display(),
        quoted.join(" ")
    );
    let answer = place.command("bash", &["-c", &script]).run().ok();
    answer.lines().filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

#[test]
fn bash_completes_what_the_network_and_the_state_know() {
    let place = Hermetic::new();
    place.write("network.nix", NETWORK);
    let _ = place.nixwright(&["create", "network.nix", "-d", "shop"]).expect_code(0);
    let tab = |words: &[&str], piece: &str| tab(&place, words, piece);
    assert_eq!(tab(&["nixwright", "list-g"], "list-g"), ["list-generations"]);
    assert_eq!(tab(&["nixwright", "deploy", "-d", "s"], "s"), ["shop"]);
    assert_eq!(tab(&["nixwright", "deploy", "-d", "shop", "--on", ""], ""), ["@front", "db", "web"]);
    // Bash breaks words at `@` and `=`, and shows the `@` twice.
    assert_eq!(tab(&["nixwright", "deploy", "--on", "@", "f"], "@f"), ["@front"]);
    assert_eq!(tab(&["nixwright", "deploy", "--on", "@"], "@"), ["@front"]);
    assert_eq!(tab(&["nixwright", "deploy", "--on", "=", "w"], "w"), ["web"]);
    assert_eq!(tab(&["nixwright", "deploy", "--on", "=@", "f"], "@f"), ["@front"]);
    assert_eq!(tab(&["nixwright", "ssh", "root", "@", "d"], "@d"), ["@db"]);
    assert_eq!(tab(&["nixwright", "check", "netw"], "netw"), ["network.nix"]);
}

#[test]
fn every_command_has_its_page_for_man() {
    let place = Hermetic::new();
    let page = place.nixwright(&["man", "run", "show"]).ok();
    assert!(page.contains(".TH nixwright-run-show 1") && page.contains("the timeline"), "{page}");
    let _ = place.nixwright(&["man", "dploy"]).expect_code(2).expect_said("did you mean `deploy`");
    std::fs::create_dir(place.work().join("pages")).expect("a fresh folder is empty");
    let _ = place.nixwright(&["man", "--output", "pages"]).expect_code(0);
    let pages = std::fs::read_dir(place.work().join("pages")).expect("it is there").count();
    let commands = place.nixwright(&["--help"]).ok();
    let listed = commands.lines().filter(|it| it.starts_with("  ") && it.trim_start().len() + 2 == it.len());
    let listed = listed.filter(|it| it.trim_start().chars().next().is_some_and(|it| it.is_ascii_lowercase()));
    // The program's own page, and `run show`.
    assert_eq!(pages, listed.count() + 2);
    let _ = place.nixwright(&["man", "--output", "nowhere"]).expect_code(2).expect_said("cannot be written");
}

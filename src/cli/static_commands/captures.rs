//! Pictures of the output for the manual: `docs/captures/*.svg`, drawn from what the program prints in colour, written under
//! `UPDATE=1` and compared otherwise. Every picture is named in `docs/findings.md`.

use std::path::Path;
use std::sync::Arc;

use anstyle_svg::Term;

use super::{ExitCode, run_on};
use crate::system::{OverlayFiles, Terminal};

/// A capture: its name, the files, and the arguments that follow `check`.
type Capture = (&'static str, &'static [(&'static str, &'static str)], &'static [&'static str]);

const CAPTURES: [Capture; 6] = [
    (
        "syntax-error",
        &[(
            "network.nix",
            "{\n  web = { ... }: {\n    services.nginx.enable = true\n    networking.firewall.allowedTCPPorts = [ 80 443 ];\n    deployment.targetHost = \"10.0.0.7\";\n  };\n}\n",
        )],
        &["network.nix"],
    ),
    (
        "misspelt-machine",
        &[
            (
                "target.nix",
                "{\n  web.deployment.targetHost = \"10.0.0.7\";\n  db.deployment.targetHost = \"10.0.0.8\";\n}\n",
            ),
            (
                "config.nix",
                "{\n  web = { nodes, ... }: {\n    deployment.dependsOn = [ \"bd\" ];\n    deployment.tagretPort = 2222;\n  };\n  db = { ... }: {\n    services.postgresql.enable = true;\n  };\n}\n",
            ),
        ],
        &["target.nix", "config.nix"],
    ),
    (
        "no-host",
        &[(
            "network.nix",
            "{\n  network.description = \"shop\";\n  web = { pkgs, ... }: {\n    deployment.targetHost = \"\";\n    deployment.targetUser = \"deploy\";\n  };\n}\n",
        )],
        &["network.nix"],
    ),
    (
        "cycle",
        &[(
            "network.nix",
            "{\n  defaults.deployment.targetUser = \"deploy\";\n  web.deployment = { targetHost = \"10.0.0.1\"; dependsOn = [ \"app\" ]; };\n  app.deployment = { targetHost = \"10.0.0.2\"; dependsOn = [ \"db\" ]; };\n  db.deployment = { targetHost = \"10.0.0.3\"; dependsOn = [ \"web\" ]; };\n}\n",
        )],
        &["network.nix"],
    ),
    (
        "fix",
        &[(
            "network.nix",
            "{\n  web = { config, ... }: {\n    deployment.targetHost = \"web.internal \";\n    deployment.targetPort = \"2222\"; # behind the gateway\n    environment.systemPackages = [ pkgs.htop ];\n  };\n}\n",
        )],
        &["network.nix"],
    ),
    (
        "diff",
        &[(
            "network.nix",
            "{\n  web = { config, ... }: {\n    deployment.targetHost = \"web.internal \";\n    deployment.targetPort = \"2222\"; # behind the gateway\n    environment.systemPackages = [ pkgs.htop ];\n  };\n}\n",
        )],
        &["--diff", "network.nix"],
    ),
];

#[test]
fn captures_are_up_to_date() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let page = std::fs::read_to_string(folder.join("findings.md")).unwrap();
    let terminal =
        Terminal { width: 80, colour_stdout: true, stdout_is_terminal: true, ..Terminal::default() };
    for (name, texts, arguments) in CAPTURES {
        let mut files = OverlayFiles::alone();
        for (path, text) in texts {
            files.put(Path::new("/net").join(path), text);
        }
        let words: Vec<&str> = ["check"].iter().chain(arguments).copied().collect();
        let ran = run_on(terminal, Arc::new(files), Path::new("/net"), &words);
        assert_eq!(ran.code, ExitCode::Findings, "{name}: {}", ran.stdout);
        let text = format!("\u{1b}[1m$ nixwright {}\u{1b}[0m\n{}{}", words.join(" "), ran.stdout, ran.stderr);
        let svg = Term::new().render_svg(&text);
        let path = folder.join(format!("captures/{name}.svg"));
        if std::env::var_os("UPDATE").is_some() {
            std::fs::create_dir_all(folder.join("captures")).unwrap();
            std::fs::write(&path, &svg).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == svg, "{} is out of date (UPDATE=1 draws it):\n{text}", path.display());
        assert!(page.contains(&format!("(captures/{name}.svg)")), "docs/findings.md does not show {name}");
    }
}

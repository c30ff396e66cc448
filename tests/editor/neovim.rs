//! Neovim, headless, as a real client: what it has after it opened a file of a network, asked, and applied what it was told.

use std::path::Path;
use std::process::{Command, Stdio};

const NETWORK: &str = "{\n  web = import ./web.nix;\n  db.deployment.targetHost = \"\";\n}\n";
const WEB: &str =
    "{\n  deployment.targetHost = \"web.internal \";\n  deployment.dependsOn = [ \"db\" ];\n}\n";

/// What `neovim.lua` writes.
const EXPECTED: &str = "\
web.nix: 2 target-host-format
network.nix: 3 target-host-empty
action: write `web.internal`
action: Allow `target-host-format` here
action: Make all safe repairs in this file
line 2:   deployment.targetHost = \"web.internal\";
web.nix: 
hover: **db**, a machine
completion: targetPort
line 3:   deployment.dependsOn = [ \"store\" ];
network.nix line 3:   store.deployment.targetHost = \"\";
lens: store is needed by web (web.nix:3)
";

#[test]
fn neovim_is_a_client() {
    if Command::new("nvim").arg("--version").stdout(Stdio::null()).status().is_err() {
        assert!(
            std::env::var_os("NIXWRIGHT_REQUIRE_E2E").is_none(),
            "nvim is not installed: run tests/support/setup"
        );
        eprintln!("skipped: nvim is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().canonicalize().unwrap();
    std::fs::create_dir(folder.join("net")).unwrap();
    std::fs::write(folder.join("net/network.nix"), NETWORK).unwrap();
    std::fs::write(folder.join("net/web.nix"), WEB).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/editor/neovim.lua");
    let out = folder.join("out");
    let ended = Command::new("timeout")
        .args(["120", "nvim", "--headless", "-u", "NONE", "-i", "NONE", "-n"])
        .arg("-c")
        .arg(format!("luafile {}", script.display()))
        .env("NIXWRIGHT", env!("CARGO_BIN_EXE_nixwright"))
        .env("NETWORK", folder.join("net"))
        .env("OUT", &out)
        .env("HOME", &folder)
        .env("XDG_CACHE_HOME", &folder)
        .env_remove("NIX_PATH")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = std::fs::read_to_string(&out).unwrap_or_default();
    assert_eq!(said, EXPECTED, "{}", String::from_utf8_lossy(&ended.stderr));
}

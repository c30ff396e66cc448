//! The set-ups of docs/editors.md in real editors: what the page says is what they are given. What the language server can
//! do is tried elsewhere.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::browser;
use crate::support::hermetic::{Hermetic, nixwright};
use crate::support::run::Run;
use crate::support::sandbox::skip;

/// Waits for diagnostics, says them one a line, and for which folder the server was started.
const ASK: &str = r#"
vim.wait(30000, function() return #vim.diagnostic.get(0) > 0 end, 50)
local lines = {}
for _, it in ipairs(vim.diagnostic.get(0)) do
  table.insert(lines, string.format('%d:%d %s', it.lnum + 1, it.col + 1, it.code or it.message))
end
for _, it in ipairs(vim.lsp.get_active_clients()) do
  table.insert(lines, it.name .. ' in ' .. it.config.root_dir)
end
vim.fn.writefile(lines, vim.env.HOME .. '/said')
vim.cmd('qall!')
"#;

/// The first block of a language on the page.
fn block(language: &str) -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/editors.md");
    let page = std::fs::read_to_string(page).expect("the page is there");
    let (_, rest) = page.split_once(&format!("```{language}\n")).expect("the page has such a block");
    rest.split("```").next().unwrap_or_default().to_owned()
}

/// Opens a file in Neovim with this set-up.
fn neovim(hermetic: &Hermetic, setup: &str, file: &str) -> Option<String> {
    if std::process::Command::new("nvim").arg("--version").output().is_err() {
        skip("Neovim is not installed");
        return None;
    }
    let write = |name: &str, text: &str| {
        let path = hermetic.home().join(name);
        std::fs::write(&path, text).expect("files below a temporary folder can be written");
        path.display().to_string()
    };
    let (setup, ask) = (write("init.lua", setup), write("ask.lua", ASK));
    let program = nixwright();
    let programs = program.parent().expect("a program lies in a folder").display().to_string();
    let path = format!("{programs}:{}", std::env::var("PATH").unwrap_or_default());
    let ask = format!("+luafile {ask}");
    let arguments = ["--headless", "--clean", "-u", &setup, file, &ask];
    let run: Run = hermetic.command("nvim", &arguments).env("PATH", path).run().expect_code(0);
    let said = std::fs::read_to_string(hermetic.home().join("said")).unwrap_or_default();
    assert!(!said.is_empty(), "{}", run.report());
    Some(said)
}

#[test]
fn the_set_up_of_neovim_shows_what_is_wrong() {
    let hermetic = Hermetic::new();
    // Folders may have blanks in their names; the repository begins above the file.
    hermetic.write("my net/.git/HEAD", "ref: refs/heads/main\n");
    hermetic.write("my net/network.nix", "{\n  web = import ./machines/web.nix;\n}\n");
    hermetic.write("my net/machines/web.nix", "{\n  deployment.targetHost = \"\";\n}\n");
    let Some(said) = neovim(&hermetic, &block("lua"), "my net/machines/web.nix") else { return };
    let folder = hermetic.work().join("my net");
    assert_eq!(said, format!("2:27 target-host-empty\nnixwright in {}\n", folder.display()));
}

#[test]
fn the_settings_of_the_page_name_a_network() {
    let hermetic = Hermetic::new();
    hermetic.write("target.nix", "{ domain }: {\n  target.deployment.targetHost = \"www.${domain}\";\n}\n");
    hermetic
        .write("config.nix", "{\n  target = { nodes, ... }: { networking.domain = nodes.tagret.x; };\n}\n");
    let settings = format!("init_options = vim.fn.json_decode([[{}]])", block("json"));
    let setup = block("lua").replace("init_options = vim.empty_dict()", &settings);
    assert!(setup.contains("json_decode"), "the page has another set-up by now");
    let Some(said) = neovim(&hermetic, &setup, "config.nix") else { return };
    assert!(said.contains(" unknown-machine\n"), "{said}");
}

/// The folder of the extension for Visual Studio Code.
fn extension() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("editors/vscode")
}

#[test]
fn the_extension_for_vscode_is_whole_and_its_settings_are_told() {
    let read =
        |name: &str| std::fs::read_to_string(extension().join(name)).expect("it belongs to the extension");
    let package: Value = serde_json::from_str(&read("package.json")).expect("a package is JSON");
    for name in package["files"].as_array().expect("it lists its files") {
        let name = name.as_str().expect("names are strings");
        assert!(name == "node_modules" || extension().join(name).is_file(), "{name} is not there");
    }
    assert_eq!(package["main"], "./extension.js");
    assert_eq!(package["version"], env!("CARGO_PKG_VERSION"));
    let language = &package["contributes"]["languages"][0];
    assert_eq!((&language["id"], &language["extensions"][0]), (&"nix".into(), &".nix".into()));
    let configuration = language["configuration"].as_str().expect("it has brackets");
    serde_json::from_str::<Value>(&read(configuration)).expect("brackets are JSON");
    let settings =
        package["contributes"]["configuration"]["properties"].as_object().expect("it has settings");
    for (name, setting) in settings {
        assert!(setting["description"].is_string() && !setting["default"].is_null(), "{name}");
        assert!(read("README.md").contains(&format!("| `{name}` |")), "its page says nothing of {name}");
    }
    // What the server reads at its start is what the settings are called.
    let of_server = ["networks", "include", "inputs", "options"].map(|it| format!("nixwright.{it}"));
    assert!(of_server.iter().all(|it| settings.contains_key(it)), "{of_server:?}");
    assert!(!read("package-lock.json").contains("resolved"), "addresses are npm's own affair");
    let Some(node) = browser::program("node") else { return };
    for name in ["extension.js", "server.js"] {
        let file = extension().join(name).display().to_string();
        let _ = Hermetic::new().command(&node, &["--check", &file]).run().expect_code(0);
    }
}

#[test]
fn what_the_extension_for_vscode_starts_speaks_with_its_library() {
    let Some(modules) = browser::installed("editors/vscode") else { return };
    let hermetic = Hermetic::new();
    let (work, program) = (hermetic.work(), nixwright());
    let _ = browser::told("language-client.mjs", &[&extension(), work.as_ref(), program.as_ref()], &modules);
}

/// `NIXWRIGHT_CODE_SERVER` names the program code-server: Visual Studio Code in the browser, 400 MB from npm.
#[test]
fn the_extension_shows_vscode_what_is_wrong() {
    let Some(program) = std::env::var_os("NIXWRIGHT_CODE_SERVER").map(PathBuf::from) else {
        eprintln!("skipped: NIXWRIGHT_CODE_SERVER names no code-server");
        return;
    };
    let Some(modules) = browser::installed("editors/vscode") else { return };
    let hermetic = Hermetic::new();
    let copy = hermetic.work().join("extension");
    for name in ["package.json", "extension.js", "server.js", "language.json", "README.md"] {
        hermetic.write(
            &format!("extension/{name}"),
            std::fs::read_to_string(extension().join(name)).expect("it is there"),
        );
    }
    std::os::unix::fs::symlink(modules.join("node_modules"), copy.join("node_modules"))
        .expect("the copy is new");
    let seen = hermetic.work().join("seen");
    let nixwright = nixwright();
    let _ = browser::story("vscode.mjs", &[&program, &seen, &copy, nixwright.as_ref()]);
}

//! The set-ups of docs/editors.md in real editors: what the page says is what they are given. What the language server can
//! do is tried elsewhere.

use std::path::Path;

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

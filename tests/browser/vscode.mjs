// Visual Studio Code in the browser (code-server) with our extension: what somebody sees who opens a network with mistakes.
// Arguments: code-server, a folder that it may fill, the extension with what it needs, the program nixwright.
//
// The network is written here. Pictures of what was seen lie in the folder afterwards.

import { spawn } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.env.MODULES, "package.json"));
const { chromium } = require("playwright-core");
const [program, folder, extension, nixwright] = process.argv.slice(2);

const NETWORK = `{
  web = import ./web.nix;
  db.deployment.targetHost = "";
}
`;
const WEB = `# The front of the shop.
{ nodes, ... }:
{
  deployment.targetHost = "web.internal ";
  deployment.dependsOn = [ "db" ];
  networking.domain = nodes.db.config.networking.domain;
}
`;

const SETTINGS = {
  "nixwright.path": nixwright,
  "chat.disableAIFeatures": true,
  "extensions.autoCheckUpdates": false,
  "files.simpleDialog.enable": true,
  "security.workspace.trust.enabled": false,
  "telemetry.telemetryLevel": "off",
  "window.dialogStyle": "custom",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.startupEditor": "none",
};

const [net, user, extensions] = ["net", "user", "extensions"].map((name) => join(folder, name));
for (const it of [net, join(user, "User"), extensions]) mkdirSync(it, { recursive: true });
writeFileSync(join(net, "network.nix"), NETWORK);
writeFileSync(join(net, "web.nix"), WEB);
writeFileSync(join(user, "User/settings.json"), JSON.stringify(SETTINGS));
const { name, publisher, version } = JSON.parse(readFileSync(join(extension, "package.json")));
cpSync(extension, join(extensions, `${publisher}.${name}-${version}`), { recursive: true });

const words = ["--auth", "none", "--bind-addr", "127.0.0.1:0", "--user-data-dir", user, "--extensions-dir", extensions];
const server = spawn(program, [...words, "--disable-telemetry", "--disable-update-check", "--disable-workspace-trust"], {
  env: { ...process.env, HOME: folder },
  stdio: ["ignore", "pipe", "inherit"],
});
let said = "";
const address = new Promise((resolve, reject) => {
  server.stdout.on("data", (part) => {
    said += part;
    const found = said.match(/listening on (http:\S+)/);
    if (found) resolve(found[1]);
  });
  server.on("error", reject);
  server.on("exit", () => reject(new Error(`code-server ended:\n${said}`)));
});

const browser = await chromium.launch({ executablePath: process.env.BROWSER, args: ["--headless", "--no-sandbox", "--disable-gpu"] });
const wrong = [];
const claim = (holds, what) => holds || wrong.push(`not so: ${what}`);
let pictures = 0;
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.setDefaultTimeout(30_000);
  await page.goto(`${await address}?folder=${encodeURIComponent(net)}`);
  const { keyboard } = page;
  const picture = () => page.screenshot({ path: join(folder, `${++pictures}.png`) });
  /** Opens a file at a place. */
  const open = async (file, line, column) => {
    await page.locator(".explorer-folders-view .monaco-list-row", { hasText: file }).dblclick();
    await page.locator(".tab.active", { hasText: file }).waitFor();
    await page.locator(".monaco-editor.focused").waitFor();
    await keyboard.press("Control+g");
    const box = page.locator(".quick-input-widget:visible input:visible").first();
    await box.waitFor();
    await box.fill(`:${line}:${column}`);
    // The box goes away once it has understood what was typed.
    for (let left = 20; left && (await box.isVisible()); left--) {
      await box.press("Enter", { timeout: 1000 }).catch(() => {});
      await page.waitForTimeout(250);
    }
    await page.getByText(`Ln ${line}, Col ${column}`, { exact: true }).waitFor();
  };
  /** The text of the editor; blanks are unbreakable there. */
  const lines = async () => (await page.locator(".editor-instance .view-line").allInnerTexts()).join("\n").replaceAll("\u00a0", " ");
  const wait = async (what, holds) => {
    for (let left = 100; !(await holds()); left--) {
      if (!left) throw new Error(`${what} did not come; the editor shows:\n${await lines()}`);
      await page.waitForTimeout(200);
    }
  };
  const problems = page.locator(".markers-panel .monaco-list-row");

  // What is wrong, in both files, though one is open.
  await open("web.nix", 4, 30);
  await keyboard.press("Control+Shift+m");
  await wait("the problems", async () => (await problems.count()) === 4);
  const told = (await problems.allInnerTexts()).join("\n");
  for (const text of ["network.nix", "the targetHost of `db` is empty", "target-host-empty", "web.nix", "begins or ends with a blank"]) claim(told.includes(text), `the problems say ${text}`);
  await picture();

  // A repair.
  await open("web.nix", 4, 30);
  await keyboard.press("Control+.");
  const actions = page.locator(".action-widget .monaco-list-row.action");
  await actions.first().waitFor();
  claim((await actions.first().innerText()).includes("write `web.internal`"), "the first action is the repair");
  await picture();
  await keyboard.press("Enter");
  await wait("the repair", async () => (await lines()).includes('"web.internal";'));
  await wait("one problem less", async () => (await problems.count()) === 2);

  // What a word means.
  await open("web.nix", 5, 30);
  await keyboard.press("Control+k");
  await keyboard.press("Control+i");
  const hover = page.locator(".monaco-hover:visible");
  await hover.first().waitFor();
  await wait("what the machine is", async () => (await hover.allInnerTexts()).join("").includes("db, a machine"));
  claim((await hover.allInnerTexts()).join("").includes("Needed by: web"), "the hover says who needs the machine");
  await picture();
  await keyboard.press("Escape");

  // What might be typed, and one of it taken.
  await open("web.nix", 6, 1);
  await keyboard.press("End");
  await keyboard.press("Enter");
  await keyboard.type("deployment.targetP", { delay: 30 });
  const offered = page.locator(".suggest-widget.visible .monaco-list-row");
  await wait("targetPort", async () => (await offered.allInnerTexts()).some((it) => it.includes("targetPort")));
  await picture();
  await keyboard.press("Tab");
  await keyboard.type(" = 2222;");
  await wait("the port", async () => (await lines()).includes("deployment.targetPort = 2222;"));

  // A machine gets another name, in both files.
  await open("web.nix", 5, 30);
  await keyboard.press("F2");
  const name = page.locator(".rename-box input:visible");
  await name.waitFor();
  await name.fill("store");
  await picture();
  await name.press("Enter");
  await wait("the new name", async () => (await lines()).includes('[ "store" ]'));
  claim((await lines()).includes("nodes.store.config"), "behind `nodes` it is renamed, too");
  await open("network.nix", 3, 4);
  await wait("the new name in the other file", async () => (await lines()).includes("store.deployment.targetHost"));

  // A line above each machine; one is clicked.
  const lenses = page.locator(".codelens-decoration");
  await wait("the lenses", async () => (await lenses.allInnerTexts()).some((it) => it.includes("1 machine needs it")));
  await picture();
  await lenses.filter({ hasText: "1 machine needs it" }).locator("a").first().click();
  await page.locator(".tab.active", { hasText: "web.nix" }).waitFor();
  await page.getByText(/^Ln 5, Col \d+ \(\d+ selected\)$/).waitFor();
  await picture();
} catch (error) {
  await browser.contexts()[0]?.pages()[0]?.screenshot({ path: join(folder, "stopped.png") });
  wrong.push(String(error.stack || error));
} finally {
  await browser.close();
  server.removeAllListeners("exit");
  server.kill();
}
for (const line of wrong) console.error(line);
process.exit(wrong.length ? 1 : 0);

// Starts `nixwright lsp` for Nix files; everything else is the language server's and the client's that Microsoft wrote.

const { commands, window, workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");
const { serverOptions, clientOptions } = require("./server");

let client;

async function start() {
  const settings = workspace.getConfiguration("nixwright");
  client = new LanguageClient("nixwright", "nixwright", serverOptions(settings), clientOptions(settings));
  try {
    await client.start();
  } catch (error) {
    window.showErrorMessage(`nixwright does not start (${error.message}): the setting nixwright.path names the program.`);
  }
}

async function stop() {
  const running = client;
  client = undefined;
  if (running?.needsStop()) await running.stop();
}

async function restart() {
  await stop();
  await start();
}

async function activate(context) {
  context.subscriptions.push(
    commands.registerCommand("nixwright.restart", restart),
    workspace.onDidChangeConfiguration((event) => event.affectsConfiguration("nixwright.path") && restart()),
  );
  await start();
}

module.exports = { activate, deactivate: stop };

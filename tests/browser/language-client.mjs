// What the extension for Visual Studio Code starts, by its own options, spoken to with the library that its client is made of.
// Arguments: the folder of the extension, a folder that may be filled, the program nixwright.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [extension, folder, nixwright] = process.argv.slice(2);
const protocol = createRequire(join(process.env.MODULES, "package.json"))("vscode-languageserver-protocol/node");
const { serverOptions, clientOptions } = createRequire(join(extension, "package.json"))("./server.js");

// A network that only the settings can tell, since its file is called otherwise.
const TEXT = '{ domain }: {\n  web.deployment.dependsOn = [ "db" ];\n  web.deployment.targetHost = "www.${domain} ";\n  db = { };\n}\n';
writeFileSync(join(folder, "shop.nix"), TEXT);
const uri = (name) => pathToFileURL(join(folder, name)).href;
const settings = {
  path: nixwright,
  networks: [{ files: ["shop.nix"], strings: { domain: "example.org" } }],
  include: [],
  inputs: {},
  options: "none",
};

assert.equal(serverOptions({}).command, "nixwright");
assert.deepEqual(clientOptions(settings).documentSelector, [{ scheme: "file", language: "nix" }]);
const { command, args } = serverOptions(settings);
const server = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
const late = setTimeout(() => { console.error("nothing came for a minute"); server.kill(); process.exit(1); }, 60_000);
const reader = new protocol.StreamMessageReader(server.stdout);
const connection = protocol.createProtocolConnection(reader, new protocol.StreamMessageWriter(server.stdin));
const published = new Map();
let heard = () => {};
connection.onNotification(protocol.PublishDiagnosticsNotification.type, (it) => { published.set(it.uri, it.diagnostics); heard(); });
const shown = [];
connection.onRequest(protocol.ShowDocumentRequest.type, (it) => { shown.push(it); heard(); return { success: true }; });
connection.listen();
const until = async (holds) => { while (!holds()) await new Promise((resolve) => { heard = resolve; }); };

const folders = [{ uri: pathToFileURL(folder).href, name: "shop" }];
const { capabilities } = await connection.sendRequest(protocol.InitializeRequest.type, {
  processId: process.pid,
  rootUri: folders[0].uri,
  workspaceFolders: folders,
  capabilities: { window: { showDocument: { support: true } } },
  initializationOptions: clientOptions(settings).initializationOptions,
});
assert.deepEqual(capabilities.executeCommandProvider.commands, ["nixwright.showDependents"]);
await connection.sendNotification(protocol.InitializedNotification.type, {});
const textDocument = { uri: uri("shop.nix"), languageId: "nix", version: 1, text: TEXT };
await connection.sendNotification(protocol.DidOpenTextDocumentNotification.type, { textDocument });
await until(() => published.get(textDocument.uri)?.length);
const [wrong] = published.get(textDocument.uri);
assert.equal(wrong.code, "target-host-format");
assert.match(wrong.message, /www\.example\.org /);

// A lens leads to the one who needs the machine.
const lenses = await connection.sendRequest(protocol.CodeLensRequest.type, { textDocument });
const lens = lenses.find((it) => it.command.title.includes("1 machine needs it"));
await connection.sendRequest(protocol.ExecuteCommandRequest.type, lens.command);
await until(() => shown.length);
assert.deepEqual([shown[0].uri, shown[0].selection.start], [textDocument.uri, { line: 1, character: 31 }]);

await connection.sendRequest(protocol.ShutdownRequest.type);
await connection.sendNotification(protocol.ExitNotification.type);
await new Promise((resolve) => server.on("exit", resolve));
clearTimeout(late);

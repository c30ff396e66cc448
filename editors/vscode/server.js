// How the language server is started and what it is told, by the settings. Nothing of the editor is needed here.

/** The settings that are the server's own; the others are the extension's. */
const OF_SERVER = ["networks", "include", "inputs", "options"];

/** What is started; it talks over its standard input and output. */
const serverOptions = (settings) => ({ command: settings.path || "nixwright", args: ["lsp"] });

/** Which files the server is asked about, and its settings. */
const clientOptions = (settings) => ({
  documentSelector: [{ scheme: "file", language: "nix" }],
  initializationOptions: Object.fromEntries(OF_SERVER.map((name) => [name, settings[name]])),
  // The server is told when they change.
  synchronize: { configurationSection: "nixwright" },
});

module.exports = { serverOptions, clientOptions };

// Flowcharts read and drawn by the real mermaid. Arguments: files, each followed by one with the names that it must show,
// one a line.

import { readFileSync } from "node:fs";

import { installed, tell } from "./browser.mjs";

const files = process.argv.slice(2);

await tell(async ({ open, claim }) => {
  const page = await open("about:blank");
  await page.addScriptTag({ path: installed("mermaid/dist/mermaid.min.js") });
  await page.evaluate(() => window.mermaid.initialize({ startOnLoad: false, maxTextSize: 10_000_000, maxEdges: 100_000, flowchart: { htmlLabels: false } }));
  for (let at = 0; at < files.length; at += 2) {
    const text = readFileSync(files[at], "utf8");
    const parsed = await page.evaluate((text) => window.mermaid.parse(text).then((it) => it.diagramType), text);
    claim(parsed.startsWith("flowchart"), `${files[at]} is ${parsed}`);
    const names = readFileSync(files[at + 1], "utf8").split("\n").filter(Boolean);
    if (names.length === 0) continue;
    const shown = await page.evaluate(async (text) => {
      const { svg } = await window.mermaid.render("drawn", text);
      const holder = document.createElement("div");
      holder.innerHTML = svg;
      return [...holder.querySelectorAll(".node")].map((it) => it.textContent.replace(/\s+/g, ""));
    }, text);
    for (const name of names) claim(shown.includes(name.replace(/\s+/g, "")), `${files[at]} shows ${name}: ${JSON.stringify(shown)}`);
  }
});

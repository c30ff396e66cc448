// What the stories about pages share: a browser, pages that keep what the browser complains about, and claims.
//
// A story is `await tell(async ({ open, claim }) => { … })`. It fails on any message of warning or error, on any exception
// in a page, and on any request for something else than a file.

import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(join(process.env.MODULES, "package.json"));
const { chromium } = require("playwright-core");

const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** A file that npm installed for the tests. */
export const installed = (path) => join(process.env.MODULES, "node_modules", path);

export async function tell(story) {
  const browser = await chromium.launch({ executablePath: process.env.BROWSER, args: FLAGS });
  const wrong = [];
  const claim = (holds, what) => {
    if (!holds) wrong.push(`not so: ${what}`);
  };
  const equal = (found, wanted, what) => {
    const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)];
    claim(a === b, `${what}: ${a} instead of ${b}`);
  };
  /** Opens a file, light or dark, as wide and high as a window of this size. */
  const open = async (file, { dark = false, width = 1280, height = 800 } = {}) => {
    const page = await browser.newPage({ colorScheme: dark ? "dark" : "light", viewport: { width, height } });
    page.setDefaultTimeout(20_000);
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) wrong.push(`${file}: ${message.type()}: ${message.text()}`);
    });
    page.on("pageerror", (error) => wrong.push(`${file}: ${error.message}`));
    page.on("request", (request) => {
      if (!/^(file|data|blob):/.test(request.url())) wrong.push(`${file}: asks for ${request.url()}`);
    });
    page.on("dialog", (dialog) => {
      wrong.push(`${file}: a dialog says ${dialog.message()}`);
      dialog.dismiss();
    });
    await page.goto(file === "about:blank" ? file : pathToFileURL(file).href);
    return page;
  };
  try {
    await story({ open, claim, equal, wrong });
  } catch (error) {
    wrong.push(String(error.stack || error));
  } finally {
    await browser.close();
  }
  for (const line of wrong) console.error(line);
  process.exit(wrong.length ? 1 : 0);
}

/** Runs in a page: pairs of boxes (or texts outside of their box) that overlap. Given to `page.evaluate`. */
export function overlaps() {
  const wrong = [];
  const groups = [...document.querySelectorAll(".node")];
  const area = (element) => element.getBoundingClientRect();
  const boxes = groups.map((it) => area(it.querySelector(".box")));
  groups.forEach((group, at) => {
    const box = boxes[at];
    for (const text of group.querySelectorAll("text")) {
      const it = area(text);
      if (it.left < box.left - 1 || it.right > box.right + 1 || it.top < box.top - 1 || it.bottom > box.bottom + 1) wrong.push(`outside: ${text.textContent}`);
    }
    for (let other = at + 1; other < boxes.length; other++) {
      const it = boxes[other];
      if (box.left < it.right && it.left < box.right && box.top < it.bottom && it.top < box.bottom) wrong.push(`${group.textContent} lies on ${groups[other].textContent}`);
    }
  });
  const headings = [...document.querySelectorAll(".column text, .lane text")].map((it) => [it.textContent, area(it)]);
  headings.forEach(([name, it], at) => {
    for (const [other, there] of [...headings.slice(at + 1), ...boxes.map((box, number) => [groups[number].textContent, box])]) {
      if (it.left < there.right && there.left < it.right && it.top < there.bottom && there.top < it.bottom) wrong.push(`heading ${name} lies on ${other}`);
    }
  });
  return wrong.slice(0, 20);
}

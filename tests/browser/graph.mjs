// The page of a network: a machine is clicked, found, its needs are lit, views are switched. Arguments: a small page, then
// further pages and SVGs that are only opened, light and dark, and measured.

import { overlaps, tell } from "./browser.mjs";

const [small, ...others] = process.argv.slice(2);

await tell(async ({ open, claim, equal }) => {
  const page = await open(small);
  const names = (selector) => page.$$eval(selector, (them) => them.map((it) => it.querySelector(".name").textContent).sort());
  const panel = page.locator("#panel");

  // The picture, and what it shows at first.
  equal(await names(".node"), ["app", "cache", "db", "monitor", "web"], "the boxes");
  claim(await panel.isHidden(), "the panel is closed at first");
  equal(await page.$$eval("[role=tab][aria-selected=true]", (them) => them.map((it) => it.textContent)), ["Schedule"], "the view");

  // A machine is clicked: its settings with their places, its needs and what needs it, lit.
  await page.locator(".node", { hasText: "app" }).click();
  claim(await panel.isVisible(), "a click opens the panel");
  const told = await panel.innerText();
  for (const text of ["10.0.0.3", "targetHost", "network.nix:", "dependsOn", "answers http", "@front"]) claim(told.includes(text), `the panel says ${text}`);
  equal(await names(".node.chosen"), ["app"], "the chosen one");
  equal(await names(".node.needs"), ["cache", "db"], "its needs");
  equal(await names(".node.needed"), ["web"], "what needs it");
  equal(await names(".node:not(.on)"), ["monitor"], "the others are dim");
  equal(await page.locator(".line.needs.on").count(), 2, "lines to what it needs");
  await panel.locator("button.needs").click();
  equal(await names(".node.needs"), [], "needs are switched off");
  equal(await names(".node.needed"), ["web"], "what needs it stays lit");
  await panel.locator("button.needs").click();

  // From there to a need, by its name.
  await panel.locator(".ends button", { hasText: "db" }).click();
  equal(await panel.locator("h2").innerText(), "db", "the panel follows");
  equal(await names(".node.needed"), ["app", "web"], "dependents, through others too");

  // Search, by keys alone.
  await page.keyboard.press("Escape");
  claim(await panel.isHidden(), "Escape closes the panel");
  await page.keyboard.press("/");
  await page.keyboard.type("10.0.0.4");
  equal(await names(".node.found"), ["cache"], "found by host");
  await page.keyboard.press("Enter");
  equal(await panel.locator("h2").innerText(), "cache", "Enter takes what was found");
  await page.keyboard.press("/");
  await page.keyboard.type("@front");
  equal(await names(".node.found"), ["app", "web"], "found by tag");
  await page.keyboard.press("Escape");
  await page.keyboard.press("/");
  await page.keyboard.type("no such thing");
  claim(await page.getByText("nothing found").isVisible(), "it says that nothing was found");
  await page.keyboard.press("Escape");

  // Keys: on to the next box, and into it.
  await page.locator(".node", { hasText: "web" }).focus();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Enter");
  equal(await panel.locator("h2").innerText(), "app", "arrows lead to the next box");
  const before = await page.locator("#world").getAttribute("transform");
  await page.keyboard.press("+");
  claim((await page.locator("#world").getAttribute("transform")) !== before, "+ zooms");
  await page.keyboard.press("0");
  equal(await page.locator('.node[tabindex="0"]').count(), 1, "Tab leads to one box");
  equal(await names('.node[tabindex="0"]'), ["app"], "it is the one that was reached last");
  await panel.locator(".ends button", { hasText: "web" }).focus();
  await page.keyboard.press("Escape");
  claim(await panel.isHidden(), "Escape closes the panel from inside");
  equal(await page.evaluate(() => document.activeElement.querySelector(".name")?.textContent), "app", "and leads back to its box");
  await page.keyboard.press("Enter");

  // The other views. The chosen machine stays chosen.
  await page.getByRole("tab", { name: "References" }).click();
  equal(await panel.locator("h2").innerText(), "app", "it stays chosen");
  claim((await panel.innerText()).includes("config.networking.privateIPv4") || (await page.$$eval(".line title", (them) => them.map((it) => it.textContent).join())).includes("reads"), "the references say what is read");
  await page.getByRole("tab", { name: "Imports" }).click();
  claim((await names(".node")).includes("network.nix"), "imports show files");
  await page.getByRole("tab", { name: "Schedule" }).click();

  // The wheel, and dragging.
  await page.keyboard.press("Escape");
  await page.mouse.move(640, 400);
  await page.mouse.wheel(0, -400);
  const zoomed = await page.locator("#world").getAttribute("transform");
  await page.mouse.down();
  await page.mouse.move(700, 460, { steps: 4 });
  await page.mouse.up();
  claim((await page.locator("#world").getAttribute("transform")) !== zoomed, "the picture is dragged");
  claim(await panel.isHidden(), "dragging chooses nothing");

  // The address brings another reader to the same place.
  const again = await open(small);
  await again.evaluate(() => { location.hash = "#references/db"; location.reload(); });
  await again.waitForFunction(() => document.querySelector("#panel h2")?.textContent === "db");

  for (const file of others) {
    for (const dark of [false, true]) {
      const page = await open(file, { dark, width: 1600, height: 1000 });
      await page.waitForSelector(".node");
      equal(await page.evaluate(overlaps), [], `${file}: what overlaps`);
      await page.close();
    }
  }
});

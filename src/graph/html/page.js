/* The page of a network: draws what is in it, finds machines, and shows what they need. Every text of the network gets on the
   screen as text, never as HTML. */
"use strict";
(() => {
  const content = JSON.parse(document.getElementById("content").textContent);
  const byId = (id) => document.getElementById(id);
  const stage = byId("stage"), world = byId("world"), panel = byId("panel"), search = byId("search"), found = byId("found");
  const NAMES = { schedule: "Schedule", references: "References", imports: "Imports" };
  const MOST_FOUND = 10;

  let view, boxes, lines, inOrder = null, chosen = null, shownWays = { needs: true, needed: true };

  // Views: what leads from which node to which is looked up both ways.
  for (const it of content.views) {
    it.needs = it.nodes.map(() => []);
    it.needed = it.nodes.map(() => []);
    it.edges.forEach(([from, to, kind, reasons], number) => {
      it.needs[from].push({ node: to, kind, reasons, number });
      it.needed[to].push({ node: from, kind, reasons, number });
    });
  }

  function draw(next) {
    view = next;
    inOrder = null;
    boxes = [];
    lines = [];
    const strips = shape("g", {});
    for (const [title, x, y, w, h] of view.lanes) {
      strips.append(shape("g", { class: "lane" }, shape("rect", { x, y, width: w, height: h, rx: 10 }), shape("text", { x: x + 12, y: y + 18 }, title)));
    }
    for (const [title, x, y, w] of view.columns) {
      strips.append(shape("g", { class: "column" }, shape("text", { x: x + w / 2, y: y + 8 }, title), shape("path", { d: `M${x} ${y + 17}H${x + w}` })));
    }
    for (const [x, y, end, title] of view.stages) {
      strips.append(shape("path", { class: "line stage", d: `M${x} ${y}H${end}`, "marker-end": "url(#arrow-plain)" }, shape("title", {}, title)));
    }
    const under = shape("g", { class: view.lines.length > 150 ? "lines crowded" : "lines" });
    for (const [from, to, className, d, title] of view.lines) {
      const line = shape("path", { class: `line ${className}`, d }, shape("title", {}, title));
      line.ends = [from, to];
      line.arrow = className.includes("cycle") ? "cycle" : className.startsWith("implied") ? "implied" : "plain";
      line.setAttribute("marker-end", `url(#arrow-${line.arrow})`);
      under.append(line);
      lines.push(line);
    }
    const over = shape("g", {});
    view.boxes.forEach((it, number) => {
      const squeeze = (width) => (it.squeeze ? { textLength: Math.max(width, 1), lengthAdjust: "spacingAndGlyphs" } : {});
      const [nameWidth, belowWidth] = it.squeeze || [];
      const box = shape("g", { class: it.class, tabindex: -1, role: "button", "aria-label": it.title.replaceAll("\n", ", ") },
        shape("title", {}, it.title),
        shape("rect", { class: "box", x: it.x, y: it.y, width: it.w, height: it.h, rx: 8 }),
        it.class.includes("hue") && shape("rect", { class: "stripe", x: it.x + 6, y: it.y + 8, width: 4, height: it.h - 16, rx: 2 }),
        shape("text", { class: "name", x: it.x + 17, y: it.below ? it.y + 21 : it.y + it.h / 2 + 4, ...squeeze(nameWidth) }, it.name),
        it.below && shape("text", { class: "below", x: it.x + 17, y: it.y + 38, ...squeeze(belowWidth) }, it.below),
        it.healthy && shape("path", { class: "health", d: `M${it.x + it.w - 16} ${it.y + 12}l2.6 2.8 5-5.4` }));
      box.number = number;
      over.append(box);
      boxes.push(box);
    });
    world.replaceChildren(strips, under, over);
    enter(0);
    for (const tab of byId("views").children) {
      const selected = tab.value === view.of;
      tab.setAttribute("aria-selected", selected);
      tab.tabIndex = selected ? 0 : -1;
    }
    legend();
    fit();
  }

  /** The one box that Tab leads to; arrows lead from there to the others. */
  function enter(number) {
    if (inOrder !== null && boxes[inOrder]) boxes[inOrder].setAttribute("tabindex", -1);
    inOrder = number;
    if (boxes[number]) boxes[number].setAttribute("tabindex", 0);
  }
  world.addEventListener("focusin", (event) => {
    const box = event.target.closest(".node");
    if (box) enter(box.number);
  });

  function legend() {
    const signs = view.legend.map(([kind, words]) => {
      const sign = shape("svg", { viewBox: "0 0 26 10", "aria-hidden": "true" },
        kind === "health" ? shape("path", { class: "health", d: "M8 5l2.6 2.8 5-5.4" }) : shape("path", { class: `line ${kind}`, d: "M0 5h26" }));
      return make("li", {}, sign, words);
    });
    byId("legend").replaceChildren(...signs);
    const notes = [...view.notes];
    if (view.grouped) notes.unshift(`${view.nodes.length} boxes are too many for a picture: these are groups. Search finds each.`);
    if (content.left_out) notes.push(`Left out, so that the page stays small: ${content.left_out}.`);
    byId("notes").replaceChildren(...notes.map((text) => make("li", { text })));
  }

  // Moving and zooming.
  let at = { x: 0, y: 0, k: 1 }, whole = true;
  const move = () => world.setAttribute("transform", `translate(${at.x.toFixed(1)} ${at.y.toFixed(1)}) scale(${at.k.toFixed(4)})`);
  const room = () => ({ w: stage.clientWidth - (panel.hidden || stage.clientWidth < 760 ? 0 : 400), h: stage.clientHeight });

  function fit() {
    const { w, h } = room();
    const k = Math.min(1.25, Math.max(0.03, Math.min(w / view.width, (h - 40) / view.height)));
    at = { k, x: (w - view.width * k) / 2, y: Math.max(0, (h - 40 - view.height * k) / 2) };
    whole = true;
    move();
  }

  function zoom(by, x = room().w / 2, y = room().h / 2) {
    const k = Math.min(4, Math.max(0.03, at.k * by));
    whole = false;
    at = { k, x: x - ((x - at.x) * k) / at.k, y: y - ((y - at.y) * k) / at.k };
    move();
  }

  /** Moves a box into sight, and makes it legible. */
  function reach(number) {
    const it = view.boxes[number], { w, h } = room();
    if (at.k < 0.45) {
      at.k = 0.85;
      whole = false;
    }
    const x = at.x + (it.x + it.w / 2) * at.k, y = at.y + (it.y + it.h / 2) * at.k;
    const away = 60;
    if (x < away || x > w - away || y < away || y > h - away) {
      whole = false;
      at.x += w / 2 - x;
      at.y += h / 2 - y;
    }
    move();
  }

  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    const { left, top } = stage.getBoundingClientRect();
    zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0016)), event.clientX - left, event.clientY - top);
  }, { passive: false });

  const pointers = new Map();
  let moved = 0;
  stage.addEventListener("pointerdown", (event) => {
    pointers.set(event.pointerId, event);
    moved = 0;
  });
  stage.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const others = [...pointers.values()].filter((it) => it.pointerId !== event.pointerId);
    if (others.length) {
      const { left, top } = stage.getBoundingClientRect();
      const far = (it) => Math.hypot(it.clientX - others[0].clientX, it.clientY - others[0].clientY) || 1;
      zoom(far(event) / far(before), (event.clientX + others[0].clientX) / 2 - left, (event.clientY + others[0].clientY) / 2 - top);
    } else {
      whole = false;
      at.x += event.clientX - before.clientX;
      at.y += event.clientY - before.clientY;
      moved += Math.abs(event.clientX - before.clientX) + Math.abs(event.clientY - before.clientY);
      if (moved > 4 && !stage.hasPointerCapture(event.pointerId)) {
        stage.setPointerCapture(event.pointerId);
        stage.classList.add("moving");
      }
      move();
    }
    pointers.set(event.pointerId, event);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    stage.addEventListener(end, (event) => {
      pointers.delete(event.pointerId);
      stage.classList.remove("moving");
    });
  }
  stage.addEventListener("click", (event) => {
    if (moved > 4) return;
    const box = event.target.closest(".node");
    if (box) chooseBox(box.number);
    else choose(null);
  });

  // Choosing: one machine, what it needs and what needs it.
  function chooseBox(number) {
    const inside = view.nodes.findIndex((it) => it[3] === number);
    if (view.grouped && view.boxes[number].class.includes("group")) chooseGroup(number);
    else choose(inside);
  }

  /** How many are reached; what only stands for others is not counted. */
  const reached = (start, ways) => [...closure(start, ways)].filter((node) => view.nodes[node][1] !== "selection").length;

  function clear() {
    world.classList.remove("lit");
    for (const it of boxes) it.classList.remove("on", "chosen", "needs", "needed", "found");
    for (const it of lines) {
      it.classList.remove("on", "needs", "needed");
      it.setAttribute("marker-end", `url(#arrow-${it.arrow})`);
    }
  }

  function light() {
    clear();
    if (chosen === null) return;
    world.classList.add("lit");
    const box = (node) => view.nodes[node][3];
    const own = box(chosen);
    const sets = {
      needs: new Set(shownWays.needs ? [...closure(chosen, view.needs)].map(box) : []),
      needed: new Set(shownWays.needed ? [...closure(chosen, view.needed)].map(box) : []),
    };
    boxes[own].classList.add("on", "chosen");
    for (const way of ["needs", "needed"]) {
      for (const it of sets[way]) if (it !== own) boxes[it].classList.add("on", way);
    }
    for (const line of lines) {
      const [from, to] = line.ends;
      const needs = sets.needs.has(to) && (from === own || sets.needs.has(from));
      const needed = sets.needed.has(from) && (to === own || sets.needed.has(to));
      const way = needs ? "needs" : needed ? "needed" : null;
      if (!way) continue;
      line.classList.add("on", way);
      line.setAttribute("marker-end", `url(#arrow-${way})`);
    }
  }

  function choose(node, look = true) {
    const before = chosen, inPanel = panel.contains(document.activeElement);
    chosen = node;
    close();
    if (node === null) {
      panel.hidden = true;
      document.body.classList.remove("open");
      if (whole) fit();
      // Who was in the panel is where the panel was from.
      if (inPanel) (before === null ? stage : boxes[view.nodes[before][3]]).focus({ preventScroll: true });
      light();
      remember();
      return;
    }
    panel.hidden = false;
    document.body.classList.add("open");
    // A picture that was seen whole is so beside the panel, too.
    if (whole) fit();
    enter(view.nodes[node][3]);
    light();
    tell();
    if (look) reach(view.nodes[node][3]);
    byId("said").textContent = `${view.nodes[node][0]}: needs ${reached(node, view.needs)}, needed by ${reached(node, view.needed)}`;
    remember();
  }

  const ends = (title, list) => list.length > 0 && [
    make("h3", { text: `${title} (${list.length})` }),
    make("ul", { className: "ends" }, ...list.slice(0, 200).map(({ node, kind, reasons }) => make("li", {},
      make("button", { text: view.nodes[node][0], click: () => choose(node) }),
      view.nodes[node][1] === "selection" && make("span", { className: "soft", text: ` all ${view.needs[node].length} of them` }),
      kind === "implied" && view.of === "schedule" && make("span", { className: "soft", text: " reads only" }),
      ...reasons.map((text) => make("small", { text })))),
      list.length > 200 && make("li", { className: "soft", text: `and ${list.length - 200} more` })),
  ];

  function tell() {
    const [name, kind, number] = view.nodes[chosen];
    const machine = number === null ? null : content.machines[number];
    const parts = [
      make("button", { className: "close", text: "×", "aria-label": "Close", click: () => choose(null) }),
      make("h2", { text: name }),
    ];
    if (machine) {
      const host = machine.host === "?" ? "host not known" : machine.host;
      if (host && host !== name) parts.push(make("p", { className: "mono", text: host }));
      if (machine.at) parts.push(make("p", { className: "soft", text: machine.at }));
      const tags = machine.tags.map((tag) => make("button", { text: `@${tag}`, title: "Machines with this tag", click: () => lookFor(`@${tag}`) }));
      if (tags.length) parts.push(make("div", { className: "tags" }, ...tags));
      if (!machine.tags_complete) parts.push(make("p", { className: "soft", text: "It may have more tags." }));
    } else if (kind === "missing") {
      parts.push(make("p", { className: "bad", text: "The network has no machine of this name." }));
    } else if (kind === "unknown") {
      parts.push(make("p", { className: "soft", text: "These read machines that are only known to Nix." }));
    } else if (kind === "selection") {
      parts.push(make("p", { className: "soft", text: `All ${plural(view.needs[chosen].length, "machine")} that this selects. Who needs it needs each of them, but not itself.` }));
    } else {
      parts.push(make("p", { className: "soft", text: kind }));
    }
    const needs = reached(chosen, view.needs), needed = reached(chosen, view.needed);
    const toggle = (way, text) => make("button", {
      className: way, text, "aria-pressed": shownWays[way], click: (event) => {
        shownWays[way] = !shownWays[way];
        event.currentTarget.setAttribute("aria-pressed", shownWays[way]);
        light();
      },
    });
    if (view.edges.length) parts.push(make("div", { className: "toggles" }, toggle("needs", `Needs ${needs}`), toggle("needed", `Needed by ${needed}`)));
    parts.push(...(ends("Needs", view.needs[chosen]) || []), ...(ends("Needed by", view.needed[chosen]) || []));
    if (machine && machine.health.length) parts.push(make("h3", { text: "Healthy when" }), ...machine.health.map((text) => make("p", { text })));
    if (machine && machine.unknown.length) parts.push(make("h3", { text: "Not known" }), ...machine.unknown.map((text) => make("p", { className: "soft", text })));
    if (machine && machine.settings.length) {
      const rows = machine.settings.map(([option, value, places, note]) => make("tr", {},
        make("td", { text: option.replace(/^deployment\./, "") }),
        make("td", {}, value, ...places.map((text) => make("small", { text })), note && make("small", { text: note }))));
      parts.push(make("h3", { text: "Settings" }), make("table", {}, make("tbody", {}, ...rows)));
    }
    panel.replaceChildren(...parts);
    panel.scrollTop = 0;
  }

  function chooseGroup(number) {
    choose(null);
    panel.hidden = false;
    document.body.classList.add("open");
    const inside = view.nodes.map((it, node) => [it, node]).filter(([it]) => it[3] === number);
    panel.replaceChildren(
      make("button", { className: "close", text: "×", "aria-label": "Close", click: () => choose(null) }),
      make("h2", { text: view.boxes[number].name }), make("p", { className: "soft", text: view.boxes[number].below }),
      make("ul", { className: "ends" }, ...inside.slice(0, 500).map(([it, node]) => make("li", {}, make("button", { text: it[0], click: () => choose(node) }))),
        inside.length > 500 && make("li", { className: "soft", text: `and ${inside.length - 500} more; search finds them` })));
  }

  // Searching.
  let active = 0, matches = [];
  function lookFor(text) {
    search.value = text;
    look();
    search.focus();
  }

  function matching(text) {
    const wanted = text.toLowerCase();
    const tag = wanted.startsWith("@") ? wanted.slice(1) : null;
    const all = view.nodes.map(([name, , number], node) => {
      const machine = number === null ? null : content.machines[number];
      const tags = machine ? machine.tags.map((it) => it.toLowerCase()) : [];
      if (tag !== null) return tags.some((it) => it.startsWith(tag)) ? [node, 1] : null;
      const lower = name.toLowerCase();
      if (lower === wanted) return [node, 0];
      if (lower.startsWith(wanted)) return [node, 1];
      if (lower.includes(wanted)) return [node, 2];
      const host = machine && machine.host ? machine.host.toLowerCase() : "";
      return host.includes(wanted) || tags.includes(wanted) ? [node, 3] : null;
    });
    return all.filter(Boolean).sort((a, b) => a[1] - b[1]).map(([node]) => node);
  }

  function look() {
    const text = search.value.trim();
    if (!text) {
      close();
      light();
      return;
    }
    matches = matching(text);
    active = 0;
    clear();
    world.classList.add("lit");
    for (const node of matches) boxes[view.nodes[node][3]].classList.add("on", "found");
    byId("said").textContent = `${matches.length} found`;
    list();
  }

  function list() {
    const items = matches.slice(0, MOST_FOUND).map((node, place) => {
      const [name, , number] = view.nodes[node];
      const host = number === null ? "" : content.machines[number].host || "";
      const item = make("li", { role: "option", id: `found-${place}`, "aria-selected": place === active },
        make("b", { text: name }), make("span", { text: host === "?" ? "" : host }));
      item.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        take(node);
      });
      return item;
    });
    const rest = matches.length - items.length;
    if (!matches.length) items.push(make("li", { className: "more", text: "nothing found" }));
    else if (rest > 0) items.push(make("li", { className: "more", text: `and ${rest} more` }));
    found.replaceChildren(...items);
    found.hidden = false;
    search.setAttribute("aria-expanded", "true");
    search.setAttribute("aria-activedescendant", matches.length ? `found-${active}` : "");
  }

  function take(node) {
    search.value = "";
    choose(node);
    boxes[view.nodes[node][3]].focus({ preventScroll: true });
  }

  function close() {
    found.hidden = true;
    search.setAttribute("aria-expanded", "false");
    search.removeAttribute("aria-activedescendant");
  }

  search.addEventListener("input", look);
  search.addEventListener("focus", () => search.value && look());
  search.addEventListener("blur", close);
  search.addEventListener("keydown", (event) => {
    const most = Math.min(matches.length, MOST_FOUND) - 1;
    if (event.key === "ArrowDown" && !found.hidden) active = Math.min(active + 1, most);
    else if (event.key === "ArrowUp" && !found.hidden) active = Math.max(active - 1, 0);
    else if (event.key === "Enter" && matches.length && search.value) return take(matches[active]);
    else if (event.key === "Escape") {
      search.value = "";
      look();
      search.blur();
      stage.focus();
      return;
    } else return;
    event.preventDefault();
    list();
  });

  // Keys.
  document.addEventListener("keydown", (event) => {
    if (event.target === search || event.ctrlKey || event.metaKey || event.altKey) return;
    const box = document.activeElement && document.activeElement.closest ? document.activeElement.closest(".node") : null;
    const arrow = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (event.key === "/") search.focus();
    else if (event.key === "+" || event.key === "=") zoom(1.25);
    else if (event.key === "-") zoom(0.8);
    else if (event.key === "0") fit();
    else if (event.key === "Escape") choose(null);
    else if (box && (event.key === "Enter" || event.key === " ")) chooseBox(box.number);
    else if (arrow && box) step(box.number, arrow);
    else if (arrow && document.activeElement === stage) {
      whole = false;
      at.x -= arrow[0] * 60;
      at.y -= arrow[1] * 60;
      move();
    } else return;
    event.preventDefault();
  });

  /** Goes on to the nearest box in a direction. */
  function step(number, [dx, dy]) {
    const middle = (it) => [it.x + it.w / 2, it.y + it.h / 2];
    const [x, y] = middle(view.boxes[number]);
    let best = null, least = Infinity;
    view.boxes.forEach((it, other) => {
      const [ox, oy] = middle(it);
      const along = (ox - x) * dx + (oy - y) * dy, aside = Math.abs((ox - x) * dy) + Math.abs((oy - y) * dx);
      const far = along + 2.5 * aside;
      if (other !== number && along > 4 && far < least) [best, least] = [other, far];
    });
    if (best === null) return;
    boxes[best].focus({ preventScroll: true });
    reach(best);
  }

  byId("in").addEventListener("click", () => zoom(1.25));
  byId("out").addEventListener("click", () => zoom(0.8));
  byId("fit").addEventListener("click", fit);
  window.addEventListener("resize", fit);

  // The address says what is shown, so that it can be passed on.
  function remember() {
    const parts = [view.of, ...(chosen === null ? [] : [view.nodes[chosen][0]])];
    try {
      history.replaceState(null, "", `#${parts.map(encodeURIComponent).join("/")}`);
    } catch {
      // Some ways to open a file allow no change of the address.
    }
  }

  function show(of, name) {
    const next = content.views.find((it) => it.of === of) || content.views.find((it) => it.of === content.first) || content.views[0];
    search.value = "";
    chosen = null;
    panel.hidden = true;
    document.body.classList.remove("open");
    draw(next);
    const node = name === undefined ? -1 : next.nodes.findIndex((it) => it[0] === name);
    if (node >= 0) choose(node);
    else remember();
  }

  for (const it of content.views) {
    const tab = make("button", { text: NAMES[it.of], role: "tab", value: it.of, click: () => show(it.of, chosen === null ? undefined : view.nodes[chosen][0]) });
    byId("views").append(tab);
  }
  byId("views").addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    const tabs = [...byId("views").children];
    const next = tabs[(tabs.indexOf(document.activeElement) + by + tabs.length) % tabs.length];
    next.click();
    next.focus();
    event.stopPropagation();
  });
  byId("title").textContent = content.title;
  byId("title").title = content.title;
  const machines = content.views[0] ? content.views[0].nodes.filter((it) => it[1] === "machine").length : 0;
  byId("count").textContent = plural(machines, "machine") + (content.complete ? "" : ", and perhaps more that only Nix knows");
  let of, name;
  try {
    [of, name] = decodeURIComponent(location.hash.slice(1)) ? location.hash.slice(1).split("/").map(decodeURIComponent) : [];
  } catch {
    of = undefined;
  }
  show(of, name);
})();

// The page of a run: draws the timeline and answers to clicks and words. All text comes from the JSON in the page and is only
// ever set as text, never as markup. Asks no network.
'use strict';
(() => {
  const story = JSON.parse(document.getElementById('story').textContent);
  // Lists come as columns; packed.rs says how.
  const column = (it, count) => {
    if (Array.isArray(it)) return it;
    if ('all' in it) return new Array(count).fill(it.all);
    if ('of' in it) return it.at.map((at) => it.of[at]);
    const values = Array.from({ length: count }, () => ({}));
    for (const at of it.null) values[at] = null;
    for (const at of it.none) values[at] = undefined;
    const objects = values.filter((value) => value);
    for (const [name, part] of Object.entries(it.parts)) column(part, objects.length).forEach((value, at) => { if (value !== undefined) objects[at][name] = value; });
    return values;
  };
  const rowsOf = (it) => Array.isArray(it) ? it : column(it.table, it.rows);
  const [machines, steps, log] = [story.machines, story.steps, story.log].map(rowsOf);
  for (const step of steps) step.id ??= step.machine < 0 ? step.kind : `${step.kind} ${machines[step.machine].name}`;
  const ROW = machines.length > 60 ? 22 : 28, NAMES = 210, LINES = 400, WHOLE = -1;
  const GLYPHS = { done: '✓', unchanged: '=', failed: '✕', 'rolled-back': '↩', skipped: '⤼', 'broken-off': '!', 'under-way': '…', waiting: '·' };
  const TONES = { done: 'good', succeeded: 'good', unchanged: 'idle', already: 'idle', waiting: 'idle', skipped: 'idle', 'under-way': 'mixed', partly: 'mixed', interrupted: 'mixed', 'broken-off': 'mixed', 'rolled-back': 'bad', undone: 'bad', failed: 'bad', 'undo-failed': 'bad' };
  const state = { words: '', end: null, critical: false, zoom: 1, chosen: null };
  const followers = steps.map(() => []);
  steps.forEach((step, at) => step.after.forEach((before) => followers[before].push(at)));
  const ofMachine = new Map();
  steps.forEach((step, at) => { const list = ofMachine.get(step.machine); if (list) list.push(at); else ofMachine.set(step.machine, [at]); });
  const critical = new Set(story.critical);

  const make = (tag, settings = {}, ...children) => {
    const it = document.createElement(tag);
    for (const [name, value] of Object.entries(settings)) {
      if (value === null || value === undefined) continue;
      if (name === 'class') it.className = value;
      else if (name.startsWith('on')) it.addEventListener(name.slice(2), value);
      else it.setAttribute(name, value);
    }
    it.append(...children.filter((child) => child !== null && child !== undefined));
    return it;
  };
  const word = (text) => text.replaceAll('-', ' ');
  const took = (seconds) => {
    if (seconds === null || seconds === undefined) return '';
    const whole = Math.round(seconds), two = (number) => String(number).padStart(2, '0');
    if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
    if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
    if (whole < 60) return `${whole} s`;
    if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
    if (whole < 86400) return `${Math.floor(whole / 3600)} h ${two(Math.floor(whole / 60) % 60)} min`;
    return `${Math.floor(whole / 86400)} d ${two(Math.floor(whole / 3600) % 24)} h`;
  };
  const short = (seconds) => took(seconds).replace(/ 0+ (s|min|h)$/, '').replace(/\.0 s$/, ' s');
  const amount = (bytes) => {
    const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']; let unit = 0;
    while (bytes >= 1024 && unit < 4) { bytes /= 1024; unit += 1; }
    return unit ? `${bytes.toFixed(1)} ${units[unit]}` : `${bytes} B`;
  };
  const plural = (count, one) => `${count} ${one}${count === 1 ? '' : 's'}`;
  const nameOf = (machine) => machine === WHOLE ? 'the whole run' : machines[machine].name;
  const isolated = (text) => make('bdi', {}, text);
  const length = Math.max(story.length, story.timed ? 0.001 : 1);
  const endOf = (step) => step.begun === null ? null : step.begun + (step.took ?? 0);

  // The head.
  const facts = make('dl', { class: 'facts' });
  for (const [name, value] of story.facts) facts.append(make('div', {}, make('dt', {}, name), make('dd', {}, isolated(value))));
  const head = make('header', {},
    make('div', { class: 'head' },
      make('div', {}, make('div', { class: 'kicker' }, story.kicker), make('h1', {}, isolated(story.title))),
      make('span', { class: `pill ${TONES[story.outcome] ?? 'idle'}`, id: 'outcome' }, word(story.outcome))),
    facts);

  // The tools.
  const search = make('input', { class: 'search', type: 'search', id: 'search', placeholder: 'Search machines, steps, words…', 'aria-label': 'Search', oninput: () => { state.words = search.value.toLowerCase(); draw(true); } });
  const counts = new Map();
  for (const machine of machines) counts.set(machine.end, (counts.get(machine.end) ?? 0) + 1);
  // Of a plan nothing is done yet, which goes without saying.
  const chips = (story.timed ? [...counts] : []).sort().map(([end, count]) => {
    const chip = make('button', { class: 'chip', type: 'button', 'aria-pressed': 'false', 'data-end': end, onclick: () => { state.end = state.end === end ? null : end; chips.forEach((it) => it.setAttribute('aria-pressed', String(it.dataset.end === state.end))); draw(true); } },
      make('b', { class: TONES[end] }, String(count)), ` ${word(end)}`);
    return chip;
  });
  const path = make('button', { class: 'tool', type: 'button', id: 'critical', 'aria-pressed': 'false', onclick: () => { state.critical = !state.critical; path.setAttribute('aria-pressed', String(state.critical)); lanes.classList.toggle('only-critical', state.critical); } }, story.timed ? 'Critical path' : 'Longest chain');
  const zoomBy = (factor) => () => {
    const middle = (lanes.scrollLeft + lanes.clientWidth / 2) / sheet.clientWidth;
    state.zoom = factor ? Math.min(Math.max(state.zoom * factor, 1), 400) : 1;
    draw(false);
    lanes.scrollLeft = middle * sheet.clientWidth - lanes.clientWidth / 2;
  };
  const found = make('span', { class: 'found', id: 'found', role: 'status' });
  const tool = (text, label, act) => make('button', { class: 'tool', type: 'button', 'aria-label': label, title: label, onclick: act }, text);
  const tools = make('div', { class: 'bar-of-tools' }, search, ...chips, found, make('span', { class: 'gap' }), path,
    tool('−', 'Zoom out', zoomBy(1 / 1.6)), tool('Fit', 'Show the whole time', zoomBy(0)), tool('+', 'Zoom in', zoomBy(1.6)));

  // The lanes: only rows that can be seen are in the page.
  const axis = make('div', { class: 'axis' }), rules = make('div'), rows = make('div', { class: 'rows', role: 'list' });
  const sheet = make('div', { class: 'sheet' }, axis, rules, rows);
  const lanes = make('div', { class: 'lanes', id: 'lanes', tabindex: '-1' }, sheet);
  sheet.style.setProperty('--names', `${NAMES}px`);
  sheet.style.setProperty('--row', `${ROW}px`);
  let shown = [], drawn = new Map();

  const matches = (machine) => {
    if (state.end && (machine === WHOLE || machines[machine].end !== state.end)) return false;
    if (!state.words) return true;
    const it = machine === WHOLE ? null : machines[machine];
    if (it && [it.name, it.host, it.why].some((text) => text.toLowerCase().includes(state.words))) return true;
    return (ofMachine.get(machine) ?? []).some((at) => `${steps[at].kind} ${steps[at].end} ${steps[at].message}`.toLowerCase().includes(state.words));
  };
  const choose = (machine) => {
    shown = (ofMachine.has(WHOLE) && matches(WHOLE) ? [WHOLE] : []).concat(machines.map((_, at) => at).filter(matches));
    const count = shown.filter((at) => at !== WHOLE).length;
    found.textContent = state.words || state.end ? `${count} of ${plural(machines.length, 'machine')}` : '';
  };

  const niceStep = (least) => {
    const steps = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400];
    return steps.find((it) => it >= least) ?? 86400 * Math.ceil(least / 86400);
  };
  const drawAxis = (width) => {
    axis.replaceChildren(make('span', { class: 'corner' }, story.timed ? 'after the begin' : 'step by step'));
    rules.replaceChildren();
    const step = story.timed ? niceStep(length / (width / 90)) : Math.max(1, Math.ceil(length / (width / 46)));
    for (let number = 0; number * step <= length * 1.0001; number += 1) {
      const at = number * step, left = NAMES + (at / length) * width;
      const text = story.timed ? (at === 0 ? '0' : short(at)) : (at < length ? String(at + 1) : '');
      const tick = make('span', { class: number === 0 || !story.timed ? 'tick first' : 'tick' }, text), rule = make('i', { class: 'rule' });
      tick.style.left = `${left + (number === 0 || !story.timed ? 5 : 0)}px`; rule.style.left = `${left}px`;
      if (left < NAMES + width - 20) axis.append(tick);
      rules.append(rule);
    }
  };
  const bar = (at, begun, duration, width, isUndo) => {
    const step = steps[at], wide = Math.max((duration / length) * width - 1, 3);
    const label = `${step.kind}${step.machine === WHOLE ? '' : ` ${nameOf(step.machine)}`}, ${isUndo ? 'taken back' : word(step.end)}${story.timed ? `, ${took(duration)}` : ''}${critical.has(at) ? ', on the critical path' : ''}`;
    const it = make('button', { type: 'button', class: ['step', step.group, step.end, isUndo ? 'undo' : '', !isUndo && critical.has(at) ? 'critical' : '', state.chosen?.step === at ? 'chosen' : '', wide < 46 ? 'narrow' : ''].join(' ').trim(), 'data-step': step.id, 'aria-label': label, title: label, onclick: () => select({ step: at }) });
    if (wide >= 46) it.textContent = isUndo ? 'taken back' : step.short;
    it.style.left = `${(begun / length) * width}px`; it.style.width = `${wide}px`;
    return it;
  };
  const row = (machine, number, width) => {
    const it = machine === WHOLE ? null : machines[machine];
    const name = make('button', { type: 'button', class: it ? 'name' : 'name whole', title: it ? `${it.name}: ${word(it.end)}` : 'steps of the whole run', 'data-machine': it ? it.name : null, onclick: it ? () => select({ machine }) : null },
      it ? make('span', { class: `glyph ${TONES[it.end]}`, 'aria-hidden': 'true' }, GLYPHS[it.end]) : make('span', { class: 'glyph' }),
      make('span', { class: 'it' }, isolated(it ? it.name : 'the whole run')));
    const track = make('div', { class: 'track' });
    let some = false;
    for (const at of ofMachine.get(machine) ?? []) {
      const step = steps[at];
      if (step.begun !== null) { some = true; track.append(bar(at, step.begun, step.took ?? Math.max(length - step.begun, 0), width, false)); }
      if (step.undone) track.append(bar(at, step.undone[0], step.undone[1] ?? Math.max(length - step.undone[0], 0), width, true));
    }
    if (!some && it) track.append(make('span', { class: 'skipped-note' }, it.why ? `${word(it.end)}: ${it.why.split('\n')[0]}` : word(it.end)));
    const line = make('div', { class: 'row', role: 'listitem' }, name, track);
    line.style.top = `${number * ROW}px`;
    return line;
  };
  const drawRows = () => {
    const width = sheet.clientWidth - NAMES - 14;
    const first = Math.max(0, Math.floor(lanes.scrollTop / ROW) - 8), last = Math.min(shown.length, first + Math.ceil(lanes.clientHeight / ROW) + 18);
    const next = new Map();
    for (let number = first; number < last; number += 1) next.set(number, drawn.get(number) ?? row(shown[number], number, width));
    drawn = next;
    rows.replaceChildren(...next.values());
  };
  const draw = (isOther) => {
    if (isOther) { choose(); drawLog(); }
    sheet.style.width = `${state.zoom * 100}%`;
    rows.style.height = `${Math.max(shown.length, 1) * ROW + 6}px`;
    drawn = new Map();
    drawAxis(sheet.clientWidth - NAMES - 14);
    drawRows();
    if (shown.length === 0) rows.replaceChildren(make('div', { class: 'none' }, 'No machine matches.'));
  };
  lanes.addEventListener('scroll', () => { if (shown.length) drawRows(); }, { passive: true });
  lanes.addEventListener('wheel', (event) => { if (event.ctrlKey) { event.preventDefault(); zoomBy(event.deltaY < 0 ? 1.25 : 1 / 1.25)(); } }, { passive: false });
  window.addEventListener('resize', () => draw(false));

  // What was chosen.
  const side = make('aside', { class: 'side card', id: 'side', 'aria-label': 'Details', hidden: '' });
  const split = make('div', { class: 'split' }, make('div', {}, make('div', { class: 'card' }, lanes), legend()), side);
  function legend() {
    const names = { build: 'build', copy: 'copy', keys: 'keys', activate: 'activate', check: 'confirm and check', reboot: 'reboot', hooks: 'hooks', wait: 'wait for all' };
    const there = new Set(steps.map((step) => step.group));
    const items = Object.entries(names).filter(([group]) => there.has(group)).map(([group, text]) => make('span', {}, make('i', { class: group }), text));
    if (steps.some((step) => ['failed', 'undone', 'undo-failed'].includes(step.end))) items.push(make('span', {}, make('i', { class: 'fails' }), 'failed'));
    items.push(make('span', {}, make('i', { class: 'ring' }), story.timed ? 'critical path' : 'longest chain'));
    return make('div', { class: 'legend' }, ...items);
  }
  const link = (text, act) => make('button', { type: 'button', class: 'link', onclick: act }, isolated(text));
  const list = (heading, items) => items.length ? [make('h3', {}, heading), make('ul', { class: 'plain' }, ...items.slice(0, LINES).map((item) => make('li', {}, item)))] : [];
  const told = (lines) => {
    if (lines.length === 0) return [];
    const text = lines.slice(0, LINES).map((line) => `${line.warning ? 'warning: ' : ''}${line.text}`).join('\n');
    return [make('h3', {}, lines.length > LINES ? `Log (the first ${LINES} of ${lines.length} lines)` : 'Log'), make('pre', { class: 'said' }, text)];
  };
  const pairs = (all) => make('dl', {}, ...all.filter(([, value]) => value !== null && value !== '' && value !== undefined).flatMap(([name, value]) => [make('dt', {}, name), make('dd', {}, typeof value === 'string' ? isolated(value) : value)]));
  const clock = (seconds) => new Date(Date.parse(story.started) + seconds * 1000).toISOString().slice(11, 19) + ' UTC';
  const badge = (end) => make('span', { class: `pill small ${TONES[end] ?? 'idle'}` }, word(end));

  const ofStep = (at) => {
    const step = steps[at], ready = step.after.map((before) => endOf(steps[before])).filter((it) => it !== null);
    const waited = story.timed && step.begun !== null && ready.length ? step.begun - Math.max(...ready) : 0;
    const ended = endOf(step) ?? -1, within = (from, to, time) => from !== null && time >= from - 0.001 && time <= to + 0.001;
    const lines = step.machine === WHOLE ? [] : log.filter((line) => line.machine === step.machine && (within(step.begun, step.took === null ? Infinity : ended, line.at) || (step.undone && within(step.undone[0], step.undone[0] + (step.undone[1] ?? Infinity), line.at))));
    const go = (other) => link(`${steps[other].id}`, () => select({ step: other }));
    return [make('div', { class: 'kicker' }, 'step'), make('h2', {}, isolated(step.kind)), badge(step.end),
      pairs([
        ['machine', step.machine === WHOLE ? 'the whole run' : link(nameOf(step.machine), () => select({ machine: step.machine }))],
        ['begun', story.timed && step.begun !== null ? `${took(step.begun)} after the begin (${clock(step.begun)})` : null],
        ['took', story.timed ? took(step.took) : null],
        ['waited', waited >= 0.05 ? `${took(waited)} for a free place` : null],
        ['tries', step.tries > 1 ? String(step.tries) : null],
        ['taken back', step.undone ? took(step.undone[1]) || 'not finished' : null],
        [story.timed ? 'critical path' : 'longest chain', critical.has(at) ? 'yes' : null],
      ]),
      ...(step.message ? [make('h3', {}, 'Why'), make('pre', { class: 'words' }, step.message)] : []),
      ...told(lines),
      ...(step.output ? [make('h3', {}, 'What it gave'), make('pre', {}, JSON.stringify(step.output, null, 1))] : []),
      ...list('Waits for', step.after.map(go)), ...list('Waited for by', followers[at].map(go))];
  };
  const versions = (all) => all.map((it) => it || 'no version').join(', ');
  const packageLine = (kind, it) => {
    if (kind === 'changed') return [make('span', { class: 'turn' }, '↻ '), isolated(it.name), ` ${versions(it.before)} → ${versions(it.after)}`];
    const [sign, cls, of] = kind === 'added' ? ['+ ', 'plus', it.after] : ['− ', 'minus', it.before];
    return [make('span', { class: cls }, sign), isolated(it.name), of.join() ? ` ${versions(of)}` : ''];
  };
  const foreseen = (heading, it, shape) => {
    if (!it) return [];
    if (it.unknown !== undefined) return story.timed && heading !== 'Packages' ? [] : [make('h3', {}, heading), make('p', { class: 'found' }, `unknown: ${it.unknown.split('\n')[0]}`)];
    return shape(it.known);
  };
  const changesOf = (changes) => !changes ? [] : [
    ...foreseen('Packages', changes.packages, (it) => {
      const lines = ['changed', 'added', 'removed'].flatMap((kind) => it[kind].map((one) => make('span', {}, ...packageLine(kind, one))));
      if (it.rebuilt.length) lines.push(make('span', {}, `built anew: ${it.rebuilt.slice(0, 40).join(', ')}${it.rebuilt.length > 40 ? ', …' : ''}`));
      const size = it.sizeBefore === it.sizeAfter ? amount(it.sizeAfter) : `${amount(it.sizeBefore)} → ${amount(it.sizeAfter)}`;
      return lines.length ? list(`Packages (${size})`, lines) : list('Packages', ['no change']);
    }),
    ...foreseen('Copy', changes.copy, (it) => list('Copy', [it.paths ? `${plural(it.paths, 'path')}, ${amount(it.bytes)}${it.tooLarge ? ': too large' : ''}` : 'nothing: it has all of it'])),
    ...foreseen('Units', changes.units, (it) => list('Units', ['stop', 'start', 'restart', 'reload', 'skip'].filter((kind) => it[kind].length).map((kind) => `${kind}: ${it[kind].join(', ')}`))),
    ...foreseen('Reboot', changes.reboot, (it) => list('Reboot', it.length ? [`needed for what is new of: ${it.join(', ')}`] : [])),
    ...foreseen('Keys', changes.keys, (it) => list('Keys', ['new', 'changed', 'removed', 'unchanged'].filter((kind) => it[kind].length).map((kind) => `${kind}: ${it[kind].join(', ')}`))),
  ];
  const ofOne = (machine) => {
    const it = machines[machine];
    const own = (ofMachine.get(machine) ?? []).map((at) => make('span', {}, link(steps[at].kind, () => select({ step: at })), ` ${word(steps[at].end)}${story.timed && steps[at].took !== null ? `, ${took(steps[at].took)}` : ''}`));
    return [make('div', { class: 'kicker' }, 'machine'), make('h2', {}, isolated(it.name)), badge(it.end),
      pairs([['host', it.host], [story.timed ? 'ran' : 'runs', it.before ?? 'nothing of NixOS'], [story.timed ? 'was to get' : 'gets', it.before === it.system ? 'the same' : it.system], ['needs', it.needs.join(', ')]]),
      ...(it.why ? [make('h3', {}, 'Why'), make('pre', { class: 'words' }, it.why)] : []),
      ...changesOf(it.changes), ...list('Steps', own), ...told(log.filter((line) => line.machine === machine))];
  };
  const select = (what) => {
    state.chosen = what;
    const isOpen = what !== null;
    split.classList.toggle('open', isOpen);
    side.hidden = !isOpen;
    if (isOpen) {
      side.replaceChildren(make('button', { type: 'button', class: 'close', 'aria-label': 'Close', onclick: () => select(null) }, '×'), ...(what.step !== undefined ? ofStep(what.step) : ofOne(what.machine)));
      side.scrollTop = 0;
    }
    draw(false);
    const machine = isOpen ? (what.step !== undefined ? steps[what.step].machine : what.machine) : null, number = shown.indexOf(machine);
    if (number >= 0 && (number * ROW < lanes.scrollTop || (number + 2) * ROW + 30 > lanes.scrollTop + lanes.clientHeight)) lanes.scrollTop = number * ROW - lanes.clientHeight / 2;
  };
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') select(null);
    if (event.key === '/' && event.target === document.body) { event.preventDefault(); search.focus(); }
    if (state.chosen?.step === undefined || event.target === search) return;
    const own = ofMachine.get(steps[state.chosen.step].machine), at = own.indexOf(state.chosen.step) + { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (own[at] !== undefined) { event.preventDefault(); select({ step: own[at] }); }
  });

  // What is below.
  const section = (id, heading, note, isOpen, ...children) => make('details', { class: 'card', id, open: isOpen ? '' : null }, make('summary', {}, heading, make('span', {}, note)), make('div', {}, ...children));
  const below = make('div');
  if (story.critical.length) {
    const body = make('tbody');
    let before = null;
    for (const at of story.critical) {
      const step = steps[at], wait = story.timed && before !== null ? step.begun - endOf(steps[before]) : 0, share = make('span', { class: 'share' });
      if (story.timed) share.style.width = `${Math.max((step.took / length) * 100, .5)}%`;
      body.append(make('tr', {}, make('td', {}, link(step.id, () => select({ step: at }))), ...(story.timed ? [make('td', { class: 'number' }, wait >= 0.05 ? took(wait) : ''), make('td', { class: 'number' }, took(step.took)), make('td', { class: 'share-cell' }, share)] : [])));
      before = at;
    }
    const heads = story.timed ? ['Step', 'Waited before', 'Took', ''] : ['Step'];
    const note = story.timed ? 'the chain of steps that made the run as long as it was' : 'the steps that must follow each other';
    below.append(section('path', story.timed ? 'Critical path' : 'Longest chain', note, story.critical.length <= 30, make('table', {}, make('thead', {}, make('tr', {}, ...heads.map((text, at) => make('th', { class: at === 1 || at === 2 ? 'number' : null }, text)))), body)));
  }
  const groups = new Map();
  machines.forEach((it) => ['changed', 'added', 'removed'].forEach((kind) => (it.changes?.packages?.known?.[kind] ?? []).forEach((one) => {
    const key = JSON.stringify([kind, one.name, one.before, one.after]), group = groups.get(key);
    if (group) group.on.push(it.name); else groups.set(key, { kind, one, on: [it.name] });
  })));
  if (groups.size) {
    const all = [...groups.values()].sort((a, b) => b.on.length - a.on.length || (a.one.name < b.one.name ? -1 : 1));
    const lines = all.slice(0, LINES).map(({ kind, one, on }) => make('tr', {}, make('td', {}, ...packageLine(kind, one)), make('td', { class: 'number' }, plural(on.length, 'machine')), make('td', {}, isolated(on.slice(0, 6).join(', ') + (on.length > 6 ? ', …' : '')))));
    below.append(section('packages', 'What changes in the closures', plural(groups.size, 'package'), groups.size <= 40, make('table', {}, make('tbody', {}, ...lines))));
  }
  if (story.leftOut.length) below.append(section('left-out', 'Not part of it', plural(story.leftOut.length, 'machine'), true, make('table', {}, make('tbody', {}, ...story.leftOut.map(([name, why]) => make('tr', {}, make('td', {}, isolated(name)), make('td', {}, isolated(why))))))));
  const lines = make('div', { class: 'log mono' }), logNote = make('span');
  function drawLog() {
    const some = log.filter((line) => !state.words || line.text.toLowerCase().includes(state.words) || nameOf(line.machine).toLowerCase().includes(state.words));
    logNote.textContent = some.length > LINES ? `the first ${LINES} of ${plural(some.length, 'line')}` : plural(some.length, 'line');
    lines.replaceChildren(...some.slice(0, LINES).map((line) => make('div', {}, make('span', { class: 'when' }, clock(line.at).slice(0, 8)), make('span', { class: 'of' }, isolated(line.machine === WHOLE ? '' : nameOf(line.machine))), make('span', { class: line.warning ? 'text warning' : 'text' }, line.text))));
  }
  if (log.length) below.append(make('details', { class: 'card', id: 'log', open: '' }, make('summary', {}, 'Log', logNote), make('div', {}, lines)));

  document.getElementById('page').append(head, tools, split, below);
  draw(true);
})();

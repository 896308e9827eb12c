/** What the page of a check does in a browser. Text from records becomes text nodes, never markup. */
export const checkPageScript = String.raw`
'use strict';
const $ = (id) => document.getElementById(id);
const el = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== false && value !== null) node.setAttribute(name, value === true ? '' : value);
  node.append(...children.filter((child) => child !== null));
  return node;
};
const signs = {
  pass: ['✓', 'kept'], fail: ['✕', 'broken'], warn: ['▲', 'a SHOULD broken, or a defect the server is known for'], flaky: ['~', 'broken in some of several runs'],
  'not-exercised': ['·', 'its situation never arose, or cannot be seen'], 'not-applicable': ['', 'not about this server'],
  'dependency-failed': ['?', 'what it builds on is broken'], 'harness-failed': ['!', 'the kit broke'],
};
const rules = JSON.parse($('rules').textContent);
let records = JSON.parse($('records').textContent);
const query = () => new URLSearchParams(location.search);

const targetsOf = () => {
  const found = new Map();
  for (const record of records) if (record.kind === 'header') for (const target of record.targets) found.set(target.id, target);
  return [...found.values()];
};
const resultsOf = () => {
  const found = new Map();
  for (const record of records) if (record.kind === 'result') found.set(record.target + ' ' + record.rule, record);
  return found;
};
const pattern = (text) => {
  const parts = text.split(',').map((part) => part.trim().toLowerCase()).filter(Boolean);
  return (...values) => parts.length === 0 || parts.some((part) => values.some((value) => {
    const low = value.toLowerCase();
    return part.endsWith('*') ? low.startsWith(part.slice(0, -1)) : low === part || (low.includes(' ') && low.includes(part));
  }));
};
const isAgainst = (verdict) => ['fail', 'warn', 'flaky', 'harness-failed'].includes(verdict);
const isDecided = (verdict) => isAgainst(verdict) || verdict === 'pass';
const wanted = { '': isDecided, all: () => true, against: isAgainst };

function draw() {
  const asked = query();
  for (const name of ['rules', 'targets', 'verdict']) $('filter').elements[name].value = asked.get(name) ?? '';
  const headers = records.filter((record) => record.kind === 'header');
  const counts = new Map();
  for (const { verdict } of resultsOf().values()) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  const histories = records.filter((record) => record.kind === 'history');
  $('about').textContent = headers.length === 0 ? 'No records yet: drop a result file here.' :
    'wsgiscope ' + headers[0].tool + ', ' + headers.map((header) => header.began.slice(0, 16).replace('T', ' ') + ' UTC, seed ' + header.seed).join('; ') + '. ' +
    histories.length + ' servers started, ' + histories.reduce((sum, one) => sum + one.requests, 0) + ' requests. ' +
    [...counts].map(([verdict, count]) => count + ' ' + verdict).join(', ') + '.';
  $('key').replaceChildren(...Object.entries(signs).map(([verdict, [sign, words]]) => el('li', {}, el('span', { class: 'sign ' + verdict }, sign || '\u00a0'), el('b', {}, verdict), ' ' + words)));
  const rule = location.hash.startsWith('#rule/') ? rules.find(({ id }) => id === decodeURIComponent(location.hash.slice(6))) : undefined;
  $('main').replaceChildren(rule ? rulePage(rule) : matrix());
}

function matrix() {
  const asked = query();
  const results = resultsOf();
  const isRule = pattern(asked.get('rules') ?? '');
  const isTarget = pattern(asked.get('targets') ?? '');
  const isVerdict = wanted[asked.get('verdict') ?? ''] ?? wanted[''];
  const targets = targetsOf().filter(({ id }) => isTarget(id));
  const of = (rule) => targets.map(({ id }) => results.get(id + ' ' + rule.id));
  const shown = rules.filter((rule) => isRule(rule.id, rule.area, rule.says + ' ') && of(rule).some((result) => result && isVerdict(result.verdict)));
  if (shown.length === 0) return el('p', {}, 'Nothing is left to show: change what is asked for above.');
  const rows = [];
  let area = '';
  for (const rule of shown) {
    if (rule.area !== area) rows.push(el('tr', { class: 'area' }, el('th', { colspan: targets.length + 1, scope: 'colgroup' }, rule.area)));
    area = rule.area;
    rows.push(el('tr', {}, el('th', { scope: 'row' }, el('a', { href: '#rule/' + rule.id }, rule.id), ' ' + rule.level.toUpperCase(), el('small', {}, rule.says)), ...of(rule).map(cell)));
  }
  const head = el('tr', {}, el('th', {}, shown.length + ' rules'), ...targets.map((target) => el('th', { scope: 'col', class: 'target' + (target.version === null ? ' absent' : ''), title: target.version ?? 'not here: ' + (target.missing?.what ?? '') }, el('span', {}, target.id))));
  return el('div', { class: 'scroll' }, el('table', {}, el('thead', {}, head), el('tbody', {}, ...rows)));
}

function cell(result) {
  if (!result) return el('td', {});
  const [sign] = signs[result.verdict];
  const button = el('button', { class: result.verdict + (result.detail.known ? ' known' : ''), title: result.target + ', ' + result.rule + ': ' + result.verdict, 'aria-label': result.verdict }, sign || '\u00a0');
  button.addEventListener('click', () => showEvidence(result));
  return el('td', {}, button);
}

function rulePage(rule) {
  const results = resultsOf();
  return el('article', {},
    el('p', {}, el('a', { href: '#' }, '← all rules')),
    el('h2', {}, rule.id + ' (' + rule.level.toUpperCase() + ')'),
    el('p', {}, rule.says),
    el('h2', {}, 'Why it matters'), el('p', {}, rule.why),
    el('h2', {}, 'Where it comes from'), el('ul', {}, ...rule.source.map((source) => el('li', {}, source))),
    el('p', {}, 'It is about: ' + rule.appliesTo.join(', ') + '.'),
    el('h2', {}, 'What was found'),
    el('table', {}, el('tbody', {}, ...targetsOf().map((target) => {
      const result = results.get(target.id + ' ' + rule.id);
      const detail = result?.detail;
      const words = !result ? 'not run' : detail.evidence[0]?.says ?? detail.because ?? 'kept in ' + detail.exercised + ' situations';
      return el('tr', {}, el('th', { scope: 'row' }, target.id), result ? cell(result) : el('td', {}), el('th', {}, words));
    }))));
}

function showEvidence(result) {
  const { detail } = result;
  const rule = rules.find(({ id }) => id === result.rule);
  const close = el('button', { class: 'close', type: 'button' }, 'Close');
  close.addEventListener('click', () => $('evidence').close());
  const section = (title, ...content) => (content.some((one) => one !== null) ? [el('h2', {}, title), ...content.filter((one) => one !== null)] : []);
  const story = detail.story;
  $('evidence').replaceChildren(
    close,
    el('h2', { id: 'evidence-title' }, result.rule + ' on ' + result.target + ': ' + result.verdict),
    el('p', {}, rule?.says ?? ''),
    ...(detail.known ? [el('p', { class: 'warn' }, 'Known: ' + detail.known)] : []),
    el('p', {}, detail.exercised + ' situations could have broken it.' + (detail.again ? ' Run alone, ' + detail.again.shown + ' of ' + detail.again.of + ' runs showed it' + (detail.again.stuck ? ', and ' + detail.again.stuck + ' more were stuck.' : '.') : '') + (detail.because ? ' ' + detail.because + '.' : '')),
    ...section('What was seen', detail.evidence.length ? el('ul', {}, ...detail.evidence.map((one) => el('li', {}, one.says))) : null),
    ...(result.case ? [el('p', {}, 'First in ' + result.case + '.')] : []),
    ...section('Steps', story ? el('ol', {}, ...story.steps.map((step) => el('li', {}, step))) : null, story ? el('p', {}, story.simulated) : null),
    ...section('What happened', story ? drawSequence(story.sequence) : null, story ? el('details', {}, el('summary', {}, 'as Mermaid'), el('pre', {}, story.sequence)) : null),
    ...section('Configuration', story?.configuration ? el('pre', {}, story.configuration) : null),
    ...section('The server’s log', story?.log.length ? el('pre', {}, story.log.join('\n')) : null),
    ...section('See it again', result.token ? tokenBox(result.token) : null),
  );
  $('evidence').showModal();
}

function tokenBox(token) {
  const command = 'npx wsgiscope replay ' + token;
  const copy = el('button', { type: 'button' }, 'Copy');
  copy.addEventListener('click', async () => { await navigator.clipboard.writeText(command); copy.textContent = 'Copied'; });
  return el('div', { class: 'token' }, el('pre', {}, command), copy);
}

/** Draws the part of Mermaid's sequence diagrams that the kit writes. */
function drawSequence(source) {
  const lines = source.split('\n').map((line) => line.trim());
  const people = new Map();
  const rows = [];
  for (const line of lines) {
    let found;
    if ((found = /^participant (\S+)(?: as (.*))?$/.exec(line))) people.set(found[1], found[2] ?? found[1]);
    else if ((found = /^Note (?:over|right of) (\S+): (.*)$/.exec(line))) rows.push({ note: true, from: found[1], text: found[2] });
    else if ((found = /^(\S+?)(-->>|->>|--x)(\S+): (.*)$/.exec(line))) rows.push({ from: found[1], to: found[3], lost: found[2] === '--x', text: found[4] });
  }
  const names = [...people.keys()];
  const step = 190, top = 34, height = 30;
  const x = (name) => 95 + Math.max(0, names.indexOf(name)) * step;
  const total = top + 16 + rows.length * height;
  const svg = (tag, attributes, text) => {
    const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    if (text !== undefined) node.textContent = text;
    return node;
  };
  const width = names.length * step + 120;
  const picture = svg('svg', { viewBox: '0 0 ' + width + ' ' + total, width, role: 'img' });
  for (const [name, title] of people) {
    picture.append(svg('line', { class: 'line', x1: x(name), x2: x(name), y1: top, y2: total }), svg('text', { x: x(name), y: 20, 'text-anchor': 'middle', 'font-weight': 600 }, title));
  }
  rows.forEach((row, index) => {
    const y = top + 20 + index * height;
    if (row.note) {
      const box = 12 + row.text.length * 6.2;
      picture.append(svg('rect', { class: 'note' + (row.text.includes('objects to') ? ' objection' : ''), x: Math.max(2, x(row.from) - box / 2), y: y - 13, width: box, height: 20, rx: 4 }), svg('text', { x: Math.max(2 + box / 2, x(row.from)), y: y + 1, 'text-anchor': 'middle' }, row.text));
      return;
    }
    const [from, to] = [x(row.from), x(row.to)];
    const head = to > from ? -7 : 7;
    if (from !== to) picture.append(svg('path', { class: 'arrow' + (row.lost ? ' lost' : ''), d: 'M' + from + ' ' + y + 'H' + to + 'm' + head + ' -4L' + to + ' ' + y + 'l' + head + ' 4' }));
    picture.append(svg('text', { x: from === to ? from + 6 : (from + to) / 2, y: y - 4, 'text-anchor': from === to ? 'start' : 'middle' }, row.text));
  });
  return el('div', { class: 'scroll' }, picture);
}

async function take(files) {
  for (const file of files) {
    try {
      const added = (await file.text()).split('\n').filter((line) => line.trim() !== '').map((line) => JSON.parse(line));
      if (added[0]?.kind !== 'header' || added[0].version !== 1) throw new Error('its first line is no header of version 1');
      records = [...records, ...added];
    } catch (error) {
      alert(file.name + ' holds no results of a check: ' + error.message);
    }
  }
  draw();
}

$('filter').addEventListener('input', (event) => {
  if (event.target.type === 'file') return;
  const asked = query();
  for (const name of ['rules', 'targets', 'verdict']) {
    const { value } = $('filter').elements[name];
    if (value === '') asked.delete(name); else asked.set(name, value);
  }
  const text = asked.toString();
  history.replaceState(null, '', (text ? '?' + text : location.pathname) + location.hash);
  draw();
});
$('filter').addEventListener('submit', (event) => event.preventDefault());
$('filter').elements.file.addEventListener('change', (event) => take(event.target.files));
addEventListener('hashchange', () => { draw(); scrollTo(0, 0); });
addEventListener('popstate', draw);
for (const kind of ['dragover', 'dragleave', 'drop']) addEventListener(kind, (event) => {
  event.preventDefault();
  document.body.classList.toggle('dropping', kind === 'dragover');
  if (kind === 'drop') take(event.dataTransfer.files);
});
draw();
`;

/** What the status page says of the gateway at one moment, as HTML. */

import { endingInWords } from './ending-words.ts';
import { type Html, html } from './html.ts';
import { type GroupStatus, type ProcessStatus, type Status, unnamedGroup } from './status.ts';

export function statusMain(status: Status): Html {
  return html`
${summary(status)}
<section aria-labelledby="h-groups"><h2 id="h-groups">Processes</h2>${status.groups.map((group) => groupCard(group, status))}</section>
${answers(status)}
${formerProcesses(status)}`;
}

function summary({ server, requests, groups, former }: Status): Html {
  const processes = groups.flatMap((group) => group.processes);
  const threads = sum(processes.map((process) => process.threads));
  const busy = sum(processes.map((process) => process.busy));
  const ends = sum(groups.flatMap((group) => Object.values(group.ends)));
  const waiting = sum(groups.map((group) => group.waiting));
  const latest = requests.perSecond.slice(-5);
  const rate = sum(latest) / Math.max(1, latest.length);
  return html`<section class="tiles" aria-label="At a glance">
<dl>
<div><dt>Server</dt><dd><span class="state ${serverTone(server.state)}">${words(server.state)}</span><small>for ${duration(server.uptimeSeconds)}</small></dd></div>
<div class="wide"><dt>Requests per second</dt><dd>${rate < 10 ? rate.toFixed(1) : count(Math.round(rate))}${sparkline(requests.perSecond)}<small>lately; at most ${count(Math.max(0, ...requests.perSecond))} in the last minute</small></dd></div>
<div><dt>Requests</dt><dd>${count(requests.total)}<small>${requests.aborted === 0 ? 'none cut short' : `${count(requests.aborted)} cut short`}</small></dd></div>
<div><dt>In flight</dt><dd>${count(requests.inFlight)}<small>${waiting === 0 ? 'none waits' : `${count(waiting)} waiting for a thread`}</small></dd></div>
<div><dt>Threads busy</dt><dd>${busy} <i>of ${threads}</i><small>in ${plural(processes.length, 'process', 'processes')}</small></dd></div>
<div><dt>Processes ended</dt><dd>${count(ends)}<small>${former[0] ? `last: ${former[0].because}` : 'so far'}</small></dd></div>
</dl>
<p class="follows">Lives and dies as under ${server.follows}; applications run on CPython ${server.python}. The gateway is process ${server.pid}. Times are UTC.</p>
</section>`;
}

/** One bar for each second; the newest stands at the right. */
function sparkline(perSecond: readonly number[]): Html {
  const highest = Math.max(1, ...perSecond);
  const bars = perSecond.map((n, index) => {
    const height = n === 0 ? 0.5 : Math.max(1.5, (n / highest) * 24);
    return html`<rect x="${60 - perSecond.length + index}.15" y="${(24 - height).toFixed(1)}" width=".7" height="${height.toFixed(1)}"/>`;
  });
  return html`<svg class="spark" viewBox="0 0 60 24" preserveAspectRatio="none" role="img" aria-label="Requests in each of the last ${perSecond.length} seconds">${bars}</svg>`;
}

function groupCard(group: GroupStatus, { mounts, server }: Status): Html {
  const [unnamed, kind] = server.kind === 'apache' ? ['Apache children', 'embedded'] : ['Workers', server.kind];
  const title = group.name || unnamed;
  const mine = mounts.filter((mount) => mount.processGroup === group.name);
  const shape = new Set(group.processes.map((process) => process.threads));
  return html`<article>
<header>
<h3>${title} <span class="chip">${group.name === '' ? kind : 'daemon'}</span></h3>
<p>${plural(group.processes.length, 'process', 'processes')}${shape.size === 1 ? ` × ${plural([...shape][0] ?? 0, 'thread', 'threads')}` : ''}${mine.length > 0 ? ` for ${mine.map(({ url }) => url).join(', ')}` : ''}</p>
<ul class="facts">
<li class="${group.waiting > 0 ? 'warn' : ''}"><b>${count(group.waiting)}</b> waiting</li>
${answeredFacts(group)}
<li><b>${count(group.replacements)}</b> replaced</li>
<li><b>${count(group.loads)}</b> ${group.loads === 1 ? 'script load' : 'script loads'}${group.reloads > 0 ? `, ${count(group.reloads)} in place` : ''}</li>
${group.loadFailures > 0 ? html`<li class="bad"><b>${count(group.loadFailures)}</b> failed to load</li>` : null}
</ul>
</header>
${group.processes.length === 0 ? html`<p class="none">No process at this moment.</p>` : processTable(group, title)}
</article>`;
}

function answeredFacts({ answered, aborted }: GroupStatus): readonly Html[] {
  const classes = Object.entries(answered).filter(([name, n]) => n > 0 || name === '2xx');
  const facts = classes.map(
    ([name, n]) => html`<li class="${name === '5xx' ? 'bad' : ''}"><b>${count(n)}</b> × ${name}</li>`,
  );
  return aborted === 0 ? facts : [...facts, html`<li class="warn"><b>${count(aborted)}</b> cut short</li>`];
}

const processTable = (
  group: GroupStatus,
  title: string,
): Html => html`<div class="scroll" tabindex="0" role="region" aria-label="Processes of ${title}"><table class="processes">
<thead><tr><th scope="col" class="w1">Process</th><th scope="col" class="w2">State</th><th scope="col" class="w3">Threads</th><th scope="col" class="n w4">Served</th><th scope="col" class="n w5">Age</th><th scope="col" class="n w6">Memory</th><th scope="col">Interpreters and scripts</th></tr></thead>
<tbody>${group.processes.map(processRow)}</tbody>
</table></div>`;

function processRow(process: ProcessStatus): Html {
  const { id, pid, state, leaving, threads, busy, served, uptimeSeconds, residentBytes } = process;
  return html`<tr>
<th scope="row">${id}<small>${pid === 0 ? 'no pid yet' : `pid ${pid}`}</small></th>
<td><span class="state ${tones[state]}">${state}</span>${leaving === null ? null : html`<small>${leaving}</small>`}</td>
<td>${slots(busy, threads)}</td>
<td class="n">${count(served)}</td>
<td class="n">${uptimeSeconds === null ? '–' : duration(uptimeSeconds)}</td>
<td class="n">${residentBytes === null ? '–' : `${(residentBytes / 2 ** 20).toFixed(1)} MiB`}</td>
<td>${interpreters(process)}</td>
</tr>`;
}

/** One square for each thread, as long as they can be told apart. */
function slots(busy: number, threads: number): Html {
  const squares =
    threads <= 64 ? Array.from({ length: threads }, (_, n) => html`<i class="${n < busy ? 'on' : ''}"></i>`) : [];
  return html`<span class="slots"><span class="squares" aria-hidden="true">${squares}</span><span>${busy} of ${threads} busy</span></span>`;
}

function interpreters({ interpreters: all }: ProcessStatus): Html {
  if (all.length === 0) return html`<span class="none">none yet: made at the first request</span>`;
  return html`<ul class="interpreters">${all.map(
    ({ applicationGroup, scripts }) =>
      html`<li><code>${applicationGroup === '' ? 'main interpreter' : applicationGroup}</code>${
        scripts.length === 0 ? html`<small>no script loaded</small>` : null
      }${scripts.map(
        ({ script, state, at, executions, error }) =>
          html`<small title="${script}">${fileName(script)} ${
            state === 'loaded' ? 'loaded' : html`<strong class="bad">failed</strong>`
          } ${clock(at)}${executions > 1 ? `, executed ${executions} times` : ''}</small>${error === null ? null : html`<small class="bad">${error}</small>`}`,
      )}</li>`,
  )}</ul>`;
}

const answers = ({
  listens,
  mounts,
  server,
}: Status): Html => html`<section aria-labelledby="h-urls"><h2 id="h-urls">What answers where</h2>
<div class="scroll" tabindex="0" role="region" aria-label="What answers where"><table>
<thead><tr><th scope="col">URL</th><th scope="col">Process group</th><th scope="col">Interpreter</th><th scope="col">Script</th></tr></thead>
<tbody>${mounts.map(({ host, port, url, script, processGroup, applicationGroup }) => {
  const listen = listens.find(({ configured }) => configured === port);
  const real = listen && listen.real !== port ? html`<small>here on port ${listen.real}</small>` : null;
  return html`<tr><th scope="row"><code>${host}:${port}${url}</code>${real}</th><td>${
    processGroup === null ? html`<span class="none">no application</span>` : processGroup || unnamedGroup({ server })
  }</td><td>${applicationGroup === null ? '–' : html`<code>${applicationGroup === '' ? 'main interpreter' : applicationGroup}</code>`}</td><td><code title="${script}">${fileName(script)}</code></td></tr>`;
})}</tbody>
</table></div>
<p class="follows">Listening on ${listens.map(
  ({ url, configured, real }, index) =>
    html`${index > 0 ? ', ' : ''}<a href="${url}">${url}</a>${real === configured ? '' : ` (configured: ${configured})`}`,
)}</p></section>`;

function formerProcesses({ former, at }: Status): Html {
  const rows = former.map(({ id, pid, startedAt, endedAt, because, exit, served, wasReady }) => {
    const lived = (Date.parse(endedAt) - Date.parse(startedAt)) / 1000;
    const ago = (Date.parse(at) - Date.parse(endedAt)) / 1000;
    const exited = exit.kind === 'killed' ? `killed by ${exit.by}` : `exit code ${exit.code}`;
    const isBad = because === 'crash' || !wasReady || (exit.kind === 'returned' && exit.code !== 0);
    return html`<tr><th scope="row">${id}<small>pid ${pid}</small></th><td><b class="${isBad ? 'bad' : ''}">${because}</b><small>${wasReady ? endingInWords(because) : 'before it took requests'}</small></td><td class="${isBad ? 'bad' : ''}">${exited}</td><td class="n">${count(served)}</td><td class="n">${duration(lived)}</td><td class="n">${duration(ago)} ago<small>${clock(endedAt)}</small></td></tr>`;
  });
  return html`<section aria-labelledby="h-former"><h2 id="h-former">Former processes</h2>
${
  rows.length === 0
    ? html`<p class="none">No process has ended.</p>`
    : html`<div class="scroll" tabindex="0" role="region" aria-label="Former processes"><table>
<thead><tr><th scope="col">Process</th><th scope="col">Why it ended</th><th scope="col">How</th><th scope="col" class="n">Served</th><th scope="col" class="n">Lived</th><th scope="col" class="n">Ended</th></tr></thead>
<tbody>${rows}</tbody></table></div>${former.length === 50 ? html`<p class="follows">The latest 50; older ones are only counted.</p>` : null}`
}</section>`;
}

const tones: Readonly<Record<ProcessStatus['state'], string>> = {
  spawning: 'note',
  starting: 'note',
  accepting: 'good',
  saturated: 'warn',
  draining: 'warn',
  stopping: 'warn',
  exited: 'none',
};

const serverTone = (state: string): string => (state === 'running' ? 'good' : state === 'starting' ? 'note' : 'warn');

/** `restartingGracefully` as people write it. */
const words = (state: string): string => state.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

const fileName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** The time of day; the page says once that it is UTC. */
const clock = (timestamp: string): string => timestamp.slice(11, 19);

const count = (n: number): string => n.toLocaleString('en').replaceAll(',', '\u202f');

const plural = (n: number, one: string, more: string): string => `${count(n)} ${n === 1 ? one : more}`;

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);

function duration(seconds: number): string {
  if (seconds < 10) return `${Math.max(0, seconds).toFixed(1)} s`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

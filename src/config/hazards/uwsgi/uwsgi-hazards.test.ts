import { describe, expect, it } from 'vitest';
import type { UwsgiRelease } from '../../../../spec/deployments/uwsgi.ts';
import { filesInMemory } from '../../source.ts';
import { explainUwsgi } from '../../uwsgi/explain.ts';
import { everyHazard } from '../every-hazard.ts';
import type { HazardDiagnostic } from '../hazard.ts';
import { uwsgiHazards } from './catalogue.ts';

/** The hazards of a section, with an application and an address unless it names its own. */
function hazardsOf(
  lines: readonly string[],
  { script = '', release = '2.0.21' }: { readonly script?: string; readonly release?: UwsgiRelease } = {},
): readonly HazardDiagnostic[] {
  const written = lines.join('\n');
  const ground = [
    ...(/^(?:module|wsgi-file|mount)\b/m.test(written) ? [] : ['wsgi-file = app.py']),
    ...(/^(?:socket|http)/m.test(written) ? [] : ['http-socket = 127.0.0.1:8000']),
  ];
  const { accepted, diagnostics } = explainUwsgi({
    given: { kind: 'file', file: 'uwsgi.ini', text: `[uwsgi]\n${[...lines, ...ground].join('\n')}\n` },
    source: filesInMemory({}),
    release,
    workingDirectory: '/srv',
    readScript: (path) => (path === '/srv/app.py' ? script : null),
  });
  if (accepted === null) throw new Error(diagnostics.map(({ line, message }) => `${line}: ${message}`).join('\n'));
  return diagnostics.filter((diagnostic): diagnostic is HazardDiagnostic => diagnostic.code.startsWith('HAZ'));
}

/** A section that has the hazard, the line it points at, and one that has it not. */
interface Case {
  readonly code: HazardDiagnostic['code'];
  readonly has: readonly string[];
  /** From 1, behind the name of the section. */
  readonly line: number;
  readonly severity: HazardDiagnostic['severity'];
  readonly hasNot: readonly string[];
  readonly script?: string;
}

const master = 'master = true';
const database = 'import psycopg2\nconnection = psycopg2.connect("")\n';
const scheduler = 'from threading import Thread\nThread(target=print).start()\n';

const cases: readonly Case[] = [
  { code: 'HAZ201', has: ['processes = 2'], line: 1, severity: 'warning', hasNot: ['cheaper = 1', 'processes = 2'] },
  {
    code: 'HAZ202',
    has: ['processes = 2', 'max-requests = 5'],
    line: 2,
    severity: 'warning',
    hasNot: [master, 'max-requests = 5'],
  },
  {
    code: 'HAZ202',
    has: ['max-worker-lifetime = 60'],
    line: 1,
    severity: 'warning',
    hasNot: [master, 'max-worker-lifetime = 60'],
  },
  { code: 'HAZ203', has: [master], line: 1, severity: 'warning', hasNot: [master, 'die-on-term = true'] },
  { code: 'HAZ203', has: [master, 'die-on-term = false'], line: 2, severity: 'warning', hasNot: ['processes = 1'] },
  { code: 'HAZ204', has: ['daemonize = /var/log/x'], line: 1, severity: 'info', hasNot: ['logto = /var/log/x'] },
  { code: 'HAZ211', has: [master], line: 2, severity: 'info', hasNot: [master, 'threads = 1'] },
  {
    code: 'HAZ211',
    has: [master],
    line: 2,
    severity: 'warning',
    hasNot: [master, 'enable-threads = true'],
    script: scheduler,
  },
  {
    code: 'HAZ212',
    has: [master],
    line: 2,
    severity: 'warning',
    hasNot: [master, 'lazy-apps = true'],
    script: scheduler,
  },
  { code: 'HAZ213', has: ['async = 10'], line: 1, severity: 'warning', hasNot: ['gevent = 10'] },
  {
    code: 'HAZ214',
    has: [master, 'processes = 2', 'threads = 2'],
    line: 3,
    severity: 'info',
    hasNot: ['processes = 2', 'threads = 2', 'thunder-lock ='],
  },
  {
    code: 'HAZ221',
    has: ['max-requests = 5'],
    line: 1,
    severity: 'info',
    hasNot: ['max-requests = 5', 'min-worker-lifetime = 0'],
  },
  {
    code: 'HAZ222',
    has: ['threads = 2', 'harakiri = 5'],
    line: 2,
    severity: 'warning',
    hasNot: ['threads = 1', 'harakiri = 5'],
  },
  { code: 'HAZ223', has: ['harakiri = 5'], line: 1, severity: 'info', hasNot: ['harakiri = 5', 'post-buffering = 1'] },
  {
    code: 'HAZ224',
    has: ['http = :80', 'harakiri = 90'],
    line: 2,
    severity: 'warning',
    hasNot: ['http = :80', 'harakiri = 90', 'http-timeout = 90'],
  },
  { code: 'HAZ231', has: ['wsgi-file = app.py'], line: 1, severity: 'info', hasNot: ['need-app ='] },
  { code: 'HAZ232', has: ['processes = 2'], line: 2, severity: 'info', hasNot: ['processes = 1'] },
  {
    code: 'HAZ232',
    has: ['processes = 2'],
    line: 2,
    severity: 'warning',
    hasNot: ['processes = 2', 'lazy-apps = 1'],
    script: database,
  },
  { code: 'HAZ233', has: ['lazy = true'], line: 1, severity: 'warning', hasNot: ['lazy-apps = true'] },
  {
    code: 'HAZ234',
    has: ['lazy-apps = true', 'processes = 2'],
    line: 1,
    severity: 'info',
    hasNot: ['lazy-apps = true'],
  },
  {
    code: 'HAZ235',
    has: ['mount = /a=a.py', 'mount = /b=b.py'],
    line: 2,
    severity: 'warning',
    hasNot: ['mount = /a=a.py', 'mount = /b=b.py', 'manage-script-name = true'],
  },
  {
    code: 'HAZ236',
    has: ['single-interpreter = true', 'mount = /a=a.py', 'mount = /b=b.py'],
    line: 1,
    severity: 'warning',
    hasNot: ['single-interpreter = true'],
  },
  {
    code: 'HAZ237',
    has: ['mount = /a=a.py', 'mount = /b=b.py'],
    line: 2,
    severity: 'info',
    hasNot: ['single-interpreter = true', 'mount = /a=a.py', 'mount = /b=b.py'],
  },
  {
    code: 'HAZ238',
    has: ['module = app'],
    line: 1,
    severity: 'info',
    hasNot: ['plugins = http,python3', 'module = app'],
  },
  {
    code: 'HAZ239',
    has: ['processes = 2', 'workers = 3'],
    line: 1,
    severity: 'warning',
    hasNot: ['processes = 2', 'workers = 2'],
  },
  { code: 'HAZ241', has: ['socket = :3031'], line: 1, severity: 'warning', hasNot: ['socket = 127.0.0.1:3031'] },
  { code: 'HAZ242', has: ['http-socket = :80'], line: 1, severity: 'warning', hasNot: ['http = :80'] },
  { code: 'HAZ243', has: ['listen = 1024'], line: 1, severity: 'info', hasNot: ['listen = 128'] },
  { code: 'HAZ243', has: ['listen = 5000'], line: 1, severity: 'warning', hasNot: ['listen = 100'] },
  { code: 'HAZ244', has: ['socket = 8001'], line: 1, severity: 'warning', hasNot: ['socket = 127.0.0.1:8001'] },
  {
    code: 'HAZ245',
    has: ['socket = /run/x.sock'],
    line: 1,
    severity: 'info',
    hasNot: ['socket = /run/x.sock', 'vacuum = true'],
  },
  { code: 'HAZ246', has: ['http-socket = 127.0.0.1:1'], line: 1, severity: 'info', hasNot: ['buffer-size = 8192'] },
  { code: 'HAZ251', has: ['touch-reload = /x'], line: 1, severity: 'info', hasNot: [master] },
  {
    code: 'HAZ252',
    has: ['touch-chain-reload = /x'],
    line: 1,
    severity: 'warning',
    hasNot: ['touch-chain-reload = /x', 'lazy-apps = true'],
  },
  { code: 'HAZ253', has: ['py-autoreload = 2'], line: 1, severity: 'warning', hasNot: ['py-autoreload = 0'] },
  { code: 'HAZ254', has: ['reload-mercy = 5'], line: 1, severity: 'warning', hasNot: ['worker-reload-mercy = 5'] },
];

describe('the hazards of uWSGI', () => {
  it.each(cases)(
    '$code is found where it is, and nowhere else: $has',
    ({ code, has, line, severity, hasNot, script = '' }) => {
      const found = hazardsOf(has, { script }).filter((each) => each.code === code);
      expect(found.map((each) => [each.line, each.severity])).toContainEqual([line + 1, severity]);
      expect(hazardsOf(hasNot, { script }).filter((each) => each.code === code)).toEqual([]);
    },
  );

  it('each have a case', () => {
    expect([...new Set(cases.map(({ code }) => code))]).toEqual(uwsgiHazards.map(({ code }) => code));
  });

  it('do not warn of threads that always run from 2.0.27 on', () => {
    expect(hazardsOf([master], { release: '2.0.30' }).filter(({ code }) => code === 'HAZ211')).toEqual([]);
  });

  it('have codes that no other server uses, and say where they come from', () => {
    const codes = everyHazard.map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
    for (const { title, explanation, source } of uwsgiHazards) {
      expect(title).toMatch(/\w$/);
      expect(explanation).toMatch(/\.$/);
      expect(source).toMatch(/rules? |uWSGI|Python\/C API/);
    }
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyGunicornEnvironment, anyGunicornWords } from '../../../../conformance/arbitraries/gunicorn-text.ts';
import { explainGunicorn } from '../../gunicorn/explain.ts';
import { type CommandSetting, gunicornInput } from '../../gunicorn/reading-of.ts';
import { everyHazard } from '../every-hazard.ts';
import type { HazardDiagnostic } from '../hazard.ts';
import { gunicornHazards } from './catalogue.ts';

interface Setting extends CommandSetting {
  readonly script?: string;
}

function hazardsOf(text: string, { script = '', ...setting }: Setting = {}): readonly HazardDiagnostic[] {
  const { accepted, diagnostics } = explainGunicorn({
    ...gunicornInput(text, setting),
    readScript: (path) => (path === '/srv/shop/wsgi.py' ? script : null),
  });
  if (accepted === null) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return diagnostics.filter((diagnostic): diagnostic is HazardDiagnostic => diagnostic.code.startsWith('HAZ'));
}

/** Arguments that have the hazard and some that have it not; the application stands behind them. */
interface Case extends Setting {
  readonly code: HazardDiagnostic['code'];
  readonly has: string;
  readonly severity: HazardDiagnostic['severity'];
  readonly hasNot: string;
  /** The settings file of the second, where it is another one. */
  readonly otherwise?: Setting;
}

const database = 'import psycopg2\nconnection = psycopg2.connect("")\n';
const scheduler = 'from threading import Thread\nThread(target=print).start()\n';

const cases: readonly Case[] = [
  { code: 'HAZ101', has: '--keep-alive 5', severity: 'warning', hasNot: '--threads 2 --keep-alive 5' },
  { code: 'HAZ102', has: '-k gevent --threads 4', severity: 'warning', hasNot: '-k gthread --threads 4' },
  { code: 'HAZ103', has: '--threads 4', severity: 'info', hasNot: '-k gthread --threads 4' },
  { code: 'HAZ103', has: '-k sync --threads 4', severity: 'warning', hasNot: '-k sync --threads 1' },
  { code: 'HAZ104', has: '--worker-connections 50', severity: 'warning', hasNot: '-k gevent --worker-connections 50' },
  {
    code: 'HAZ105',
    has: '--threads 8 --worker-connections 8',
    severity: 'warning',
    hasNot: '--threads 8 --worker-connections 9',
  },
  { code: 'HAZ105', has: '-k gevent --worker-connections 0', severity: 'warning', hasNot: '-k gevent' },
  { code: 'HAZ106', has: '-k gevent --preload', severity: 'warning', hasNot: '--threads 2 --preload' },
  { code: 'HAZ107', has: '-k gevent', severity: 'info', hasNot: '-k gthread' },
  { code: 'HAZ111', has: '', severity: 'info', hasNot: '-w 2' },
  { code: 'HAZ112', has: '--threads 4', severity: 'info', hasNot: '-w 2 --threads 4' },
  { code: 'HAZ113', has: '-w 0', severity: 'warning', hasNot: '-w 1' },
  { code: 'HAZ121', has: '--threads 2 -t 60', severity: 'warning', hasNot: '-t 60' },
  { code: 'HAZ122', has: '-t 0', severity: 'warning', hasNot: '-t 1' },
  {
    code: 'HAZ123',
    has: '--threads 2 --graceful-timeout 60',
    severity: 'warning',
    hasNot: '--threads 2 --graceful-timeout 60 -t 60',
  },
  { code: 'HAZ124', has: '--graceful-timeout 5', severity: 'info', hasNot: '--threads 2 --graceful-timeout 5' },
  {
    code: 'HAZ131',
    has: '-w 2 --max-requests 100',
    severity: 'warning',
    hasNot: '-w 2 --max-requests 100 --max-requests-jitter 10',
  },
  {
    code: 'HAZ132',
    has: '--max-requests-jitter 10',
    severity: 'warning',
    hasNot: '--max-requests 9 --max-requests-jitter 10',
  },
  { code: 'HAZ133', has: '--max-requests 9', severity: 'info', hasNot: '-w 2 --max-requests 9' },
  { code: 'HAZ141', has: '--preload', severity: 'warning', hasNot: '' },
  { code: 'HAZ142', has: '--preload --reload', severity: 'warning', hasNot: '--reload' },
  { code: 'HAZ143', has: '--reload', severity: 'info', hasNot: '--preload' },
  { code: 'HAZ144', has: '--preload', script: database, severity: 'warning', hasNot: '' },
  { code: 'HAZ145', has: '--preload', script: scheduler, severity: 'warning', hasNot: '' },
  { code: 'HAZ146', has: '-w 2', severity: 'info', hasNot: '-w 2 --preload' },
  { code: 'HAZ146', has: '-w 2', script: scheduler, severity: 'warning', hasNot: '-w 1' },
  { code: 'HAZ151', has: '-w 2', settings: 'workers = 3\n', severity: 'warning', hasNot: '-w 3' },
  { code: 'HAZ151', has: '-w 2', environment: { WEB_CONCURRENCY: '3' }, severity: 'info', hasNot: '' },
  { code: 'HAZ152', has: '-w 2', settings: 'threads = 3\n', severity: 'info', hasNot: '-c gunicorn.conf.py -w 2' },
  {
    code: 'HAZ153',
    has: '--chdir site',
    files: { '/srv/site/gunicorn.conf.py': '' },
    severity: 'warning',
    hasNot: '',
  },
  {
    code: 'HAZ154',
    has: '',
    settings: 'keep_alive = 5\n',
    severity: 'warning',
    hasNot: '',
    otherwise: { settings: 'keepalive = 5\nport = 9\ncount = 2\n' },
  },
  { code: 'HAZ154', has: '', settings: 'max_request = 5\n', severity: 'warning', hasNot: '', otherwise: {} },
  { code: 'HAZ154', has: '', settings: 'Workers = 5\n', severity: 'warning', hasNot: '', otherwise: {} },
  { code: 'HAZ155', has: '-e WEB_CONCURRENCY=4', severity: 'warning', hasNot: '-e DEBUG=1' },
  { code: 'HAZ161', has: '-b 0.0.0.0', severity: 'info', hasNot: '-b unix:/run/shop.sock' },
  {
    code: 'HAZ162',
    has: '-b :80 --forwarded-allow-ips *',
    severity: 'warning',
    hasNot: '-b unix:/run/shop.sock --forwarded-allow-ips *',
  },
  { code: 'HAZ163', has: '-D', severity: 'warning', hasNot: '-D --log-file /var/log/shop' },
  { code: 'HAZ164', has: '-b fd://3 -b :80', severity: 'warning', hasNot: '-b fd://3' },
];

describe('the hazards of gunicorn', () => {
  it.each(cases)(
    '$code is in "$has", and not in "$hasNot"',
    ({ code, has, hasNot, severity, otherwise, ...setting }) => {
      const found = hazardsOf(`gunicorn ${has} shop.wsgi`, setting).filter((hazard) => hazard.code === code);
      expect(found.map((hazard) => hazard.severity)).toEqual([severity]);
      const others = hazardsOf(`gunicorn ${hasNot} shop.wsgi`, otherwise ?? setting);
      expect(others.map((hazard) => hazard.code)).not.toContain(code);
    },
  );

  it('have a case each, and a code that no other server uses', () => {
    expect(new Set(cases.map(({ code }) => code))).toEqual(new Set(gunicornHazards.map(({ code }) => code)));
    expect(everyHazard.map(({ code }) => code)).toEqual([...new Set(everyHazard.map(({ code }) => code))]);
    for (const { title, explanation, source } of gunicornHazards) {
      expect(title).not.toMatch(/\.$/);
      expect(explanation).toMatch(/\.$/);
      expect(source).not.toBe('');
    }
  });

  it('point at what was written', () => {
    expect(hazardsOf('gunicorn -w 2 --max-requests 100 shop.wsgi').find(({ code }) => code === 'HAZ131')).toMatchObject(
      {
        file: 'command line',
        line: 1,
        column: 30,
      },
    );
    const settings = '# Deployment\nbind = "unix:/run/x"\nworkers = 2\nkeep_alive = 3\n';
    expect(hazardsOf('gunicorn shop.wsgi', { settings }).find(({ code }) => code === 'HAZ154')).toMatchObject({
      file: 'gunicorn.conf.py',
      line: 4,
      column: 1,
    });
  });

  it('say once what is wrong with a word that was typed twice', () => {
    const words = ['-e', 'nothing', '-e', 'nothing'].map((text, index) => ({ text, column: index * 3 + 1 }));
    const environment = { WEB_CONCURRENCY: '0' };
    const { diagnostics } = explainGunicorn({ ...gunicornInput('gunicorn', { environment }), words });
    const said = diagnostics.map((one) => JSON.stringify(one));
    expect(said.length).toBeGreaterThan(0);
    expect(new Set(said).size).toBe(said.length);
  });

  it('say one sentence each and nothing twice, whatever is typed', () =>
    fc.assert(
      fc.property(anyGunicornWords, anyGunicornEnvironment, (words, environment) => {
        const given = words.map((text, index) => ({ text, column: index * 3 + 1 }));
        const { diagnostics } = explainGunicorn({ ...gunicornInput('gunicorn', { environment }), words: given });
        // What was typed is quoted as it is, and may end with a full stop.
        const stops = /\.[\s"']/.test(JSON.stringify([words, environment]));
        for (const { message, fix } of diagnostics)
          expect(`${message}\n${fix}`).not.toMatch(stops ? /undefined|NaN|\n.*\n/ : /undefined|NaN|\n.*\n|\.\n/);
        const said = diagnostics.map((one) => JSON.stringify(one));
        expect(new Set(said).size).toBe(said.length);
      }),
    ));
});

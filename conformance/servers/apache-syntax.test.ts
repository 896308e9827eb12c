import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Mpm, mpms } from '../../spec/deployments/apache.ts';
import { readApache } from '../../src/config/apache/read.ts';
import { writeApache } from '../../src/config/apache/write.ts';
import type { Diagnostic } from '../../src/config/diagnostic.ts';
import { filesInMemory } from '../../src/config/source.ts';
import { anyConfigurationText } from '../arbitraries/apache-text.ts';
import { anyDeployment } from '../arbitraries/deployments.ts';
import { findApache, serversAreRequired } from './find-apache.ts';

const apache = findApache();
const skipped = apache === null && !serversAreRequired();
const title = skipped
  ? 'The reader and a real Apache (skipped: no Apache with mod_wsgi here)'
  : 'The reader and a real Apache';

/** How many generated configurations each test gives to the server; one takes some 40 ms. */
const { WSGISCOPE_RUNS: runsWanted } = process.env;
const runs = Number(runsWanted ?? 100);

/** Files that Include may name. */
const included = {
  'conf.d/one.conf': 'WSGIDaemonProcess one threads=2\n',
  'conf.d/two.conf': '<Location /included>\nWSGIProcessGroup one\n</Location>\n',
  'extra.conf': 'Define EXTRA\nSetEnv EXTRA yes\n',
  'unclosed.conf': '<Location /x>\n',
  'again.conf': 'Include again.conf\n',
};

let root = '';
beforeAll(() => {
  if (skipped) return;
  root = mkdtempSync(join(tmpdir(), 'wsgiscope-syntax-'));
  for (const [name, text] of Object.entries(included)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
});
afterAll(() => {
  if (root !== '') rmSync(root, { recursive: true });
});

interface Opinions {
  /** What Apache said, when it refused; null when it accepted. */
  readonly apache: string | null;
  readonly errors: readonly Diagnostic[];
  /** Which number the MPM changed into which, as `StartServers 0 1`: what Apache logged, and what we say. */
  readonly warnings: readonly string[];
  readonly corrections: readonly string[];
}

/** `WARNING: StartServers of 0 not allowed, increasing to 1.` */
const corrected = (text: string): readonly string[] =>
  [
    ...text.matchAll(
      /\b(\w+) of (-?\d+) [^\n]*?(?:in|de)creasing (?:MaxRequestWorkers )?to (?:nearest multiple )?(\d+)/g,
    ),
  ].map(([, name, from, to]) => `${name} ${from} ${to}`);

/** Asks both about one configuration. */
function ask(text: string): Opinions {
  if (apache === null) throw new Error('WSGISCOPE_REQUIRE=all, and there is no Apache with mod_wsgi on this machine');
  const file = join(root, 'asked.conf');
  writeFileSync(file, text);
  const environment = { PATH: '/usr/bin:/bin', LANG: 'C' };
  const { status, stderr } = spawnSync(apache.executable, ['-t', '-d', root, '-f', file], { env: environment });
  const source = filesInMemory(
    Object.fromEntries(Object.entries(included).map(([name, content]) => [join(root, name), content])),
  );
  const { diagnostics } = readApache({ file, text, source, modWsgi: apache.modWsgi.release, environment });
  return {
    apache: status === 0 ? null : String(stderr).trim(),
    errors: diagnostics.filter(({ severity }) => severity === 'error'),
    warnings: corrected(String(stderr)).toSorted(),
    corrections: diagnostics
      .filter(({ code }) => code === 'CFG025')
      .flatMap(({ message }) => corrected(message))
      .toSorted(),
  };
}

/** What every server needs; the generated text follows. */
const prelude = (mpm: Mpm): string =>
  [
    ...[`mpm_${mpm}`, 'authz_core', 'authz_host', 'access_compat', 'env', 'alias', 'wsgi'].map(
      (name) => `LoadModule ${name}_module ${apache?.modules}/mod_${name}.so`,
    ),
    `ServerRoot ${root}`,
    `PidFile ${root}/pid`,
    'ErrorLog /dev/null',
    'ServerName main.example',
    '',
  ].join('\n');

/** What the reader does not claim to know: the machine's users, groups and host names, and the grammar of If. */
const isUnclaimed = (said: string | null): boolean =>
  /bad (?:user|group) name|Couldn't determine|Cannot parse condition clause|sockaddr for [\w.-]*[A-Za-z]/.test(
    said ?? '',
  );

/** Compares, and counts what was accepted and refused, so that neither half is empty. */
function agree(text: string, tally: { accepted: number; refused: number }): void {
  const opinions = ask(text);
  if (isUnclaimed(opinions.apache)) return;
  const ours = opinions.errors.map((error) => `${error.line}:${error.column} ${error.code} ${error.message}`);
  expect(ours.length > 0 ? 'refused' : 'accepted', explain(text, opinions.apache, ours)).toBe(
    opinions.apache === null ? 'accepted' : 'refused',
  );
  tally[opinions.apache === null ? 'accepted' : 'refused']++;
}

const explain = (text: string, said: string | null, ours: readonly string[]): string =>
  `${text}\n--- Apache: ${said ?? 'accepted'}\n--- we: ${ours.join('\n') || 'accepted'}\n`;

describe(title, () => {
  it.skipIf(skipped).each(mpms)('accept and refuse the same configurations under %s', (mpm) => {
    const tally = { accepted: 0, refused: 0 };
    const texts = anyConfigurationText({ includes: Object.keys(included) });
    fc.assert(
      fc.property(texts, (text) => agree(prelude(mpm) + text, tally)),
      { numRuns: runs },
    );
    expect(tally.accepted).toBeGreaterThan(runs / 10);
    expect(tally.refused).toBeGreaterThan(runs / 10);
  });

  it.skipIf(skipped)('correct the numbers of the MPM alike', () => {
    let seen = 0;
    const number = fc.oneof(fc.integer({ min: -2, max: 40 }), fc.constantFrom(100, 400, 1000, 25_000, 300_000));
    const names = ['StartServers', 'ServerLimit', 'MaxRequestWorkers', 'ThreadLimit', 'ThreadsPerChild'];
    const pool = fc.record({
      mpm: fc.constantFrom(...mpms),
      numbers: fc.dictionary(fc.constantFrom(...names, 'MinSpare'), number, { maxKeys: 6 }),
    });
    fc.assert(
      fc.property(pool, ({ mpm, numbers }) => {
        const lines = Object.entries(numbers).flatMap(([name, value]) => {
          if (mpm === 'prefork' && name.startsWith('Thread')) return [];
          return `${name === 'MinSpare' ? `MinSpare${mpm === 'prefork' ? 'Servers' : 'Threads'}` : name} ${value}`;
        });
        const text = `${prelude(mpm)}${lines.join('\n')}\n`;
        const { warnings, corrections } = ask(text);
        expect(corrections, text).toEqual(warnings);
        seen += warnings.length;
      }),
      { numRuns: runs },
    );
    expect(seen).toBeGreaterThan(runs / 4);
  });

  it.skipIf(skipped)('both accept every deployment that was written', () => {
    const deployments = anyDeployment({ scripts: ['/srv/a/app.wsgi', '/srv/b/app.wsgi'], ports: [8001, 8002] });
    fc.assert(
      fc.property(deployments, (deployment) => {
        const text = writeApache(deployment, { modules: apache?.modules ?? 'modules' });
        const needed = [`ServerRoot ${root}`, `PidFile ${root}/pid`, 'ErrorLog /dev/null', ''].join('\n');
        const opinions = ask(needed + text);
        expect(opinions, text).toMatchObject({ apache: null, errors: [], warnings: [], corrections: [] });
      }),
      { numRuns: Math.ceil(runs / 3) },
    );
  });

  it.skipIf(skipped)('both refuse a group that is declared below the script that is loaded into it', () => {
    const text = [
      'WSGIScriptAlias / /srv/a.wsgi process-group=shop application-group=%{GLOBAL}',
      'WSGIDaemonProcess shop',
      '',
    ].join('\n');
    const opinions = ask(prelude('event') + text);
    expect(opinions.apache).toContain('WSGI process group not yet configured.');
    expect(opinions.errors.map(({ code }) => code)).toEqual(['CFG016']);
  });
});

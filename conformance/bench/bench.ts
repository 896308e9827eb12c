/**
 * `npm run bench:gateway`: the gateway beside its peers, with equal processes and threads on one machine, loaded in turn,
 * several rounds interleaved. What counts is the ratio of neighbouring rounds: machines are shared, and their speed
 * drifts. `npm run bench` is hello world only.
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { applicationText } from './application.ts';
import { type Contestant, type ContestantKind, contestantKinds, end, killFamily } from './contestants.ts';
import { answered, type Measure, measures, type Stage } from './measures.ts';
import { type Figures, markdown, plain } from './report.ts';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    only: { type: 'string', multiple: true },
    write: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (options.help) {
  console.log(`npm run bench:gateway -- [--rounds N] [--only MEASURE]... [--write FILE]
measures: ${measures.map(({ name }) => name).join(', ')}
--write   also writes the results as Markdown, as in docs/benchmarks.md
Needs wrk; measures those of gunicorn, uWSGI and Apache with mod_wsgi that are installed.`);
  process.exit(0);
}
const rounds = Number(options.rounds);
const chosen = measures.filter(({ name }) => options.only?.includes(name) ?? true);
if (!(rounds >= 1) || chosen.length === 0) {
  console.error(`bench: --rounds wants a number from 1, --only one of: ${measures.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

const root = mkdtempSync(join(tmpdir(), 'wsgiscope-bench-'));
chmodSync(root, 0o755); // Apache's children are another user.
const running: { readonly contestant: Contestant; readonly stage: Stage }[] = [];
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    for (const { contestant } of running) killFamily(contestant);
    rmSync(root, { recursive: true, force: true });
    process.exit(1);
  });
try {
  for (const kind of contestantKinds) {
    const version = kind.version();
    if (version === null) console.log(`left out: ${kind.name} is not installed (Debian: ${kind.from})`);
    else running.push(await enter(kind));
  }
  const results: Figures[] = [];
  for (const measure of chosen) {
    const figures = await figuresOf(measure);
    results.push(figures);
    console.log(plain(figures));
  }
  if (options.write !== undefined) writeFileSync(options.write, markdown(results, contestantKinds));
} finally {
  await Promise.all(running.map(({ contestant }) => end(contestant)));
  rmSync(root, { recursive: true, force: true });
}

/** Every contestant in turn, round by round; the first round of a load warms up and is left out. */
async function figuresOf(measure: Measure): Promise<Figures> {
  const values = new Map<string, number[]>(running.map(({ contestant }) => [contestant.kind.name, []]));
  const warming = measure.unit === 'requests/s' ? 1 : 0;
  for (let round = 0; round < rounds + warming; round++)
    for (const { contestant, stage } of running) {
      const value = await measure.take(contestant, stage);
      if (round >= warming) values.get(contestant.kind.name)?.push(value);
    }
  return { measure, values };
}

/** Starts a contestant in a folder of its own. */
async function enter(kind: ContestantKind): Promise<{ contestant: Contestant; stage: Stage }> {
  const folder = join(root, kind.name.replaceAll(/\W+/g, '-'));
  mkdirSync(folder);
  const script = join(folder, 'bench.wsgi');
  writeFileSync(script, applicationText(1));
  const contestant = { kind, ...(await kind.start(folder, script)) };
  await answered(contestant.port, '/hello');
  const startAgain = async (): Promise<number> => {
    const again = join(folder, 'again');
    mkdirSync(again);
    const began = performance.now();
    const other: Contestant = { kind, ...(await kind.start(again, script)) };
    await answered(other.port, '/hello');
    const took = performance.now() - began;
    await end(other);
    rmSync(again, { recursive: true, force: true });
    return took;
  };
  return { contestant, stage: { folder, script, startAgain } };
}

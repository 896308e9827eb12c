/**
 * `npm run soak`: a gateway in chaos from a seed, and then one that lives through many reloads and replacements. Ends
 * with 0 where nothing is to be complained of, and with 1 otherwise; Ctrl-C ends it early, with what it has by then.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { chaos } from './chaos.ts';
import { complaints } from './chaos-account.ts';
import { endurance, enduranceComplaints } from './endurance.ts';
import { chaosText, enduranceText } from './soak-text.ts';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    reloads: { type: 'string', default: '1000' },
    replacements: { type: 'string', default: '10000' },
    python: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (options.help) {
  console.log(`npm run soak -- [--seconds N] [--seed N] [--reloads N] [--replacements N] [--python COMMAND]
--seconds       of chaos: load while processes are killed, stopped, reloaded and the server restarted; default 60
--seed          what happens in the chaos; default any, and it is printed
--reloads       script changes in one gateway; default 1000
--replacements  processes replaced in that gateway; default 10000, which takes ten minutes or more
Needs Linux. 0 seconds, or 0 reloads and 0 replacements, leave that part out.`);
  process.exit(0);
}
const [seconds, seed, reloads, replacements] = [
  options.seconds,
  options.seed,
  options.reloads,
  options.replacements,
].map(Number) as [number, number, number, number];
if (![seconds, seed, reloads, replacements].every((number) => Number.isInteger(number) && number >= 0)) {
  console.error('soak: --seconds, --seed, --reloads and --replacements want whole numbers from 0');
  process.exit(2);
}
if (process.platform !== 'linux') {
  console.error('soak: what is left behind is read from /proc, which only Linux has');
  process.exit(2);
}

const python = options.python === undefined ? {} : { python: options.python };
const stop = new AbortController();
// A second signal means what it always means.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
const found: string[] = [];

if (seconds > 0) {
  console.log(`chaos: ${seconds} s with --seed ${seed}`);
  const end = performance.now() + seconds * 1000;
  const account = await chaos({
    ...python,
    seed,
    goesOn: (requests) => {
      const left = end - performance.now();
      progress(`${requests} requests, ${Math.ceil(left / 1000)} s to go`);
      return left > 0 && !stop.signal.aborted;
    },
  });
  tell(chaosText(account), complaints(account));
}
if (reloads + replacements > 0 && !stop.signal.aborted) {
  console.log(`endurance: ${reloads} reloads and ${replacements} replacements in one gateway`);
  const endured = await endurance({
    ...python,
    reloads,
    replacements,
    signal: stop.signal,
    onProgress: (done) => progress(`${done.reloads} reloads, ${done.replacements} replacements`),
  });
  tell(enduranceText(endured), enduranceComplaints(endured));
}
if (stop.signal.aborted) console.log('interrupted: these are the figures until then');
process.exitCode = found.length > 0 || stop.signal.aborted ? 1 : 0;

function tell(text: string, complaints: readonly string[]): void {
  progress('');
  console.log(text);
  for (const complaint of complaints) console.log(`  COMPLAINT: ${complaint}`);
  if (complaints.length === 0) console.log('  no complaints');
  found.push(...complaints);
}

/** One line that is written over, where somebody looks. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

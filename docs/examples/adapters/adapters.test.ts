import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { contradictions, survivors } from '../../../conformance/adapters/lives.ts';
import { introduced } from '../../../conformance/adapters/protocol.ts';
import { questionSchema, readAnswer } from '../../../conformance/protocol/messages.ts';
import { readTranscript, rehearse } from '../../../conformance/protocol/transcript.ts';
import { at, ownTemporaryDirectory, seenBy, statuses } from '../../../conformance/servers/server-test.ts';
import { protocolTarget } from '../../../conformance/targets/protocol.ts';
import type { Step } from '../../../spec/scenario.ts';
import { eventsOf } from '../../../spec/trace.ts';
import { requestId } from '../../../spec/vocabulary.ts';

const leftovers = ownTemporaryDirectory();
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const adapter = ['python3', here('wsgiref_adapter.py')] as const;
const transcript = readFile(here('without-a-server.transcript'), 'utf8');
const [r1, r2, r3] = [requestId(1), requestId(2), requestId(3)];

/** Runs the wsgiref adapter with one piece of its text changed. */
async function changed<T>(
  from: string,
  to: string,
  use: (command: readonly [string, string]) => Promise<T>,
): Promise<T> {
  const text = await readFile(adapter[1], 'utf8');
  if (!text.includes(from)) throw new Error(`the adapter has no ${from}`);
  const folder = await mkdtemp(join(tmpdir(), 'wsgiscope-changed-'));
  try {
    const file = join(folder, 'changed.py');
    await writeFile(file, text.replace(from, to));
    await chmod(file, 0o755);
    return await use(['python3', file]);
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('the adapter of the tutorial', () => {
  it('is the one that the tutorial prints', async () => {
    const page = await readFile(here('../../adapter-protocol.md'), 'utf8');
    expect(page).toContain(`\`\`\`python\n${await readFile(adapter[1], 'utf8')}\`\`\``);
  });

  it('answers the transcript that needs no server', async () => {
    expect(await rehearse(adapter, readTranscript(await transcript))).toEqual([]);
  });

  it('is caught by the transcript where it answers otherwise', () =>
    changed("{'fail': 'no server was started'}\n        self", "{'ok': {}}\n        self", async (command) => {
      const faults = await rehearse(command, readTranscript(await transcript));
      expect(faults).toEqual([expect.stringContaining('fail is missing')]);
    }));

  it('runs wsgiref through the world of the kit, every message validated', async () => {
    const target = protocolTarget(adapter.join(' '), { validate: true });
    const found = await target.find();
    if (found.kind === 'missing') throw new Error(`${found.what} is missing`);
    expect(found.version).toMatch(/^wsgiref \d.* on Python \d/);
    const [deployment] = fc.sample(target.deployments, { numRuns: 1, seed: 1 });
    if (!deployment) throw new Error('there is always a deployment');
    const steps: readonly Step[] = [
      { do: 'hold', request: r1, to: at() },
      { do: 'crowd', request: r2, to: at() },
      { do: 'release', requests: [r1, r2] },
      { do: 'act', act: { kind: 'server-signal', signal: 'SIGTERM' } },
      { do: 'request', request: r3, to: at() },
    ];
    const trace = await found.world({ seed: 1 }).run({ deployment, steps }, AbortSignal.timeout(60_000));
    expect(statuses(trace)).toEqual([
      [r1, 200],
      [r2, 200],
      [r3, 'ECONNREFUSED'],
    ]);
    expect(seenBy(trace, r2)).toMatchObject({ process: seenBy(trace, r1)?.process, scriptCount: 2, inside: 1 });
    expect(eventsOf(trace, 'process.vanished').length).toBe(1);
    expect(survivors(trace).size).toBe(0);
    expect(contradictions(trace)).toEqual([]);
    expect(await leftovers()).toEqual([]);
  });

  it('leaves neither server nor adapter behind when the run is aborted', async () => {
    const target = protocolTarget(adapter.join(' '));
    const found = await target.find();
    if (found.kind === 'missing') throw new Error(`${found.what} is missing`);
    const [deployment] = fc.sample(target.deployments, { numRuns: 1, seed: 1 });
    if (!deployment) throw new Error('there is always a deployment');
    const controller = new AbortController();
    const world = found.world({
      seed: 1,
      onEvent: ({ kind }) => {
        if (kind === 'observation') controller.abort(new Error('enough'));
      },
    });
    const steps: readonly Step[] = [{ do: 'hold', request: r1, to: at() }];
    await expect(world.run({ deployment, steps }, controller.signal)).rejects.toThrow('enough');
    expect(await leftovers()).toEqual([]);
  });
});

describe('a message that is wrong', () => {
  const environment = { PATH: '/usr/bin:/bin' };
  const tell = (from: string, to: string, validate: boolean): Promise<unknown> =>
    changed(from, to, (words) => introduced({ words, environment, validate }));

  it.each([
    ['a saying', "'says': ['observe']", "'says': ['everything']", 'question 1 (hello) is wrong: ok.says.0'],
    ['a name', "'name': 'wsgiref',", '', 'question 1 (hello) is wrong: ok.name'],
    ['a number', "{'seq': question['seq'], **", "{'seq': 7, **", 'question 1 (hello) is wrong: seq is 7'],
    [
      'an outcome',
      "return {'ok': {\n            'protocol'",
      "return {'done': {\n            'protocol'",
      'exactly one of ok',
    ],
    [
      'an answer',
      'adapter = Adapter()',
      'sys.exit("no Python here")',
      'ended without answering question 1 (hello)\nno',
    ],
  ])('is named, with what is wrong about it: %s', async (_, from, to, message) => {
    await expect(tell(from, to, true)).rejects.toThrow(message);
    expect(await leftovers()).toEqual([]);
  });

  it.each([
    ['a field more', "'protocol': 1,", "'protocol': 1, 'mood': 'good',", 'ok.mood is no field of this answer'],
    ['a greeting', 'adapter = Adapter()', 'adapter = Adapter()\n    print("hello")', 'it is no JSON\n  hello'],
  ])('is let pass unless the adapter is validated: %s', async (_, from, to, message) => {
    await expect(tell(from, to, true)).rejects.toThrow(message);
    await expect(tell(from, to, false)).resolves.toMatchObject({ name: 'wsgiref' });
  });
});

describe('the transcript', () => {
  it('is in the words of the protocol, but for the question that nobody knows', async () => {
    const questions = readTranscript(await transcript).map(({ question }) => JSON.parse(question) as { do: string });
    const known = questions.filter(({ do: asked }) => asked !== 'sing');
    expect(known.length).toBe(questions.length - 1);
    for (const question of known) expect(v.is(questionSchema, question)).toBe(true);
    expect(readAnswer('stop', { seq: 4, ok: {} }, true)).toMatchObject({ kind: 'read' });
  });

  it.each(['hello', '< {}', '> {}\n> {}', '> {}'])('is refused where its lines do not take turns: %s', (text) =>
    expect(() => readTranscript(text)).toThrow(/line \d of the transcript/),
  );
});

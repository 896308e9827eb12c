/** A written conversation with an adapter, and whether an adapter keeps to it: so that one can be tested without a server. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** One question of the kit, and what the adapter must answer. */
export interface Exchange {
  /** Line of the question in the transcript, from 1. */
  readonly line: number;
  readonly question: string;
  readonly answer: unknown;
}

/**
 * Reads a transcript: `>` begins what the kit says, `<` what the adapter answers, `#` what is neither.
 * @throws SyntaxError where a line is none of these, or a question and its answer do not follow each other.
 */
export function readTranscript(text: string): readonly Exchange[] {
  const exchanges: Exchange[] = [];
  let asked: { readonly line: number; readonly question: string } | null = null;
  for (const [index, line] of text.split('\n').entries()) {
    const [, mark, said = ''] = /^([<>]) (.*)$/.exec(line) ?? [];
    if (mark === '>' && asked === null) asked = { line: index + 1, question: said };
    else if (mark === '<' && asked !== null) {
      exchanges.push({ ...asked, answer: JSON.parse(said) });
      asked = null;
    } else if (line.trim() !== '' && !line.startsWith('#'))
      throw new SyntaxError(`line ${index + 1} of the transcript: a question and its answer take turns, got ${line}`);
  }
  if (asked !== null) throw new SyntaxError(`line ${asked.line} of the transcript: nothing answers ${asked.question}`);
  return exchanges;
}

/**
 * Says the kit's part to an adapter.
 * @param atMost - How long it may take altogether, in ms.
 * @returns what it answered otherwise than the transcript, one sentence each.
 */
export async function rehearse(
  [program, ...parameters]: readonly [string, ...string[]],
  transcript: readonly Exchange[],
  atMost = 10_000,
): Promise<readonly string[]> {
  const adapter = spawn(program, parameters, { stdio: ['pipe', 'pipe', 'inherit'], timeout: atMost });
  adapter.stdin.on('error', () => {});
  const ended = once(adapter, 'close');
  try {
    const lines = createInterface({ input: adapter.stdout })[Symbol.asyncIterator]();
    const faults: string[] = [];
    for (const { line, question, answer } of transcript) {
      adapter.stdin.write(`${question}\n`);
      const { value: said, done } = await lines.next();
      const where = `line ${line} of the transcript, ${question}`;
      if (done === true) return [...faults, `${where}: it did not answer`];
      const fault = difference(answer, parsed(said), '');
      if (fault !== null) faults.push(`${where}: ${fault}, in ${said}`);
    }
    return faults;
  } finally {
    adapter.stdin.end();
    adapter.kill();
    await ended;
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return line;
  }
}

/** What is missing or otherwise in `said`; null is nothing. */
function difference(wanted: unknown, said: unknown, at: string): string | null {
  if (wanted === '*') return said === undefined || said === null ? `${at} is missing` : null;
  if (typeof wanted !== 'object' || wanted === null)
    return wanted === said ? null : `${at} must be ${JSON.stringify(wanted)}`;
  if (typeof said !== 'object' || said === null) return `${at === '' ? 'the answer' : at} is no object`;
  for (const [name, value] of Object.entries(wanted)) {
    const fault = difference(value, (said as Record<string, unknown>)[name], at === '' ? name : `${at}.${name}`);
    if (fault !== null) return fault;
  }
  return null;
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Bindings, type ConsoleBlock, type ConsoleCommand, consoleBlocks, matchOutput } from './console.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));
/** The labs, the guide of the gateway, and the page that everybody reads first. */
const pages = [...readdirSync(here).filter((name) => name.endsWith('.md')), '../gateway.md', '../../README.md'];

describe.each(pages)('the page %s', (page) => {
  const blocks = consoleBlocks(readFileSync(here + page, 'utf8'));
  let bindings: Bindings = new Map();

  it('has commands', () => {
    expect(blocks.length).toBeGreaterThan(0);
  });

  it.each(blocks.map((block) => [block[0]?.line, block] as const))('shows what happens, line %i', async (_, block) => {
    bindings = await runBlock(block, bindings);
  });
});

/** Types the commands of one block, one after the other. */
async function runBlock(block: ConsoleBlock, known: Bindings): Promise<Bindings> {
  const background: Typed[] = [];
  let bindings = known;
  try {
    for (const command of block) {
      const typed = new Typed(command);
      // Also where a command never ends and the test runs out of time.
      onTestFinished(() => typed.stop());
      if (command.isBackground) background.push(typed);
      const printed = command.isBackground ? await typed.printed(command, bindings) : await typed.ended();
      const found = matchOutput(command.output, printed, bindings);
      if (!found)
        expect(`${printed}${typed.complaints()}`, `line ${command.line}: $ ${command.command}`).toBe(
          command.output.join('\n'),
        );
      if (!command.isBackground)
        expect(typed.exitCode, `line ${command.line}: $ ${command.command}${typed.complaints()}`).toBe(
          command.exitCode,
        );
      bindings = found ?? bindings;
    }
  } finally {
    for (const typed of background) await typed.stop();
  }
  return bindings;
}

/**
 * In a checkout `npx wsgiscope` runs what was built, but the first time in its life it builds anew, under the feet of every
 * other test. So it is taken at its word here; .ci/run types it once as it is.
 */
const npx = 'npx() { shift; node dist/src/cli/main.js "$@"; }';

/** A command that was typed, in a process group of its own. */
class Typed {
  readonly #child: ChildProcess;
  readonly #end: Promise<unknown>;
  #out = '';
  #err = '';

  constructor({ command }: ConsoleCommand) {
    this.#child = spawn('bash', ['-c', `${npx}\n${command}`], {
      cwd: root,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout?.on('data', (data) => {
      this.#out += data;
    });
    this.#child.stderr?.on('data', (data) => {
      this.#err += data;
    });
    this.#end = once(this.#child, 'close');
  }

  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  async ended(): Promise<string> {
    await this.#end;
    return this.#out;
  }

  /** What it has printed as soon as that is what the page says, or when it has ended. */
  async printed({ output }: ConsoleCommand, bindings: Bindings): Promise<string> {
    let isOver = false;
    const over = this.#end.then(() => {
      isOver = true;
    });
    while (!isOver && matchOutput(output, this.#out, bindings) === null)
      await Promise.race([over, this.#child.stdout && once(this.#child.stdout, 'data')]);
    return this.#out;
  }

  complaints(): string {
    return this.#err === '' ? '' : `\n(standard error)\n${this.#err}`;
  }

  async stop(): Promise<void> {
    const { exitCode, signalCode, pid } = this.#child;
    if (exitCode === null && signalCode === null && pid !== undefined) process.kill(-pid, 'SIGTERM');
    await this.#end;
  }
}

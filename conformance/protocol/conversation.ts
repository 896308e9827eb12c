/** Talks with an adapter: asks one question after the other, and checks what is said. */
import * as v from 'valibot';
import { pause } from '../adapters/pause.ts';
import { ProcessFamily } from '../adapters/process-family.ts';
import { type Asked, type OkOf, type QuestionOf, questionSchemas, readAnswer, whyWrong } from './messages.ts';

export interface ConversationOptions {
  readonly words: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
  /** Is removed with the conversation where this process dies. */
  readonly folder: string;
  /** Every message must be as the protocol has it, in both directions, and nothing else may be said. */
  readonly validate: boolean;
  /** Hears what is no answer: the log of the adapter and of its server. */
  readonly onLog?: (line: string) => void;
}

/** What is asked, without its number and its verb. */
type Details<A extends Asked> = Omit<QuestionOf<A>, 'seq' | 'do'>;

/** The adapter said something that is not in the protocol, or did not do what it was asked. */
export class AdapterFault extends Error {}

export class Conversation {
  readonly #family: ProcessFamily;
  readonly #validate: boolean;
  readonly #onLog: (line: string) => void;
  readonly #lines: string[];
  #heard: () => void = () => {};
  #seq = 0;
  /** Questions whose answers nobody waits for any more. */
  readonly #abandoned = new Set<unknown>();
  #last: Promise<unknown> = Promise.resolve();

  private constructor(family: ProcessFamily, { validate, onLog = () => {} }: ConversationOptions, lines: string[]) {
    this.#family = family;
    this.#validate = validate;
    this.#onLog = onLog;
    this.#lines = lines;
  }

  /** @throws AdapterFault where the adapter cannot be started. */
  static async begin(options: ConversationOptions): Promise<Conversation> {
    const { words, environment, folder, onLog } = options;
    const [program, ...parameters] = words;
    const lines: string[] = [];
    let conversation: Conversation | undefined;
    try {
      const family = await ProcessFamily.start({
        program,
        parameters,
        environment,
        folder,
        ...(onLog ? { onLine: onLog } : {}),
        onAnswer: (line) => {
          lines.push(line);
          if (conversation) conversation.#heard();
        },
      });
      conversation = new Conversation(family, options, lines);
      return conversation;
    } catch (error) {
      throw new AdapterFault(
        `the adapter cannot be started: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  /** The adapter's own process. */
  get pid(): number {
    return this.#family.pid;
  }

  /**
   * Asks, and gives what the adapter answers with `ok`. Questions wait for one another.
   * @param atMost - How long the answer may take, in ms.
   * @throws AdapterFault for any other answer, or none; the reason of `signal` when it is aborted first.
   */
  ask<A extends Asked>(asked: A, details: Details<A>, atMost: number, signal?: AbortSignal): Promise<OkOf<A>> {
    const answer = this.#last.then(
      () => this.#ask(asked, details, atMost, signal),
      () => this.#ask(asked, details, atMost, signal),
    );
    this.#last = answer;
    return answer;
  }

  /** The adapter and all that it started are gone afterwards, whatever it makes of it. */
  async end(): Promise<void> {
    await this.#family.stop({ signal: 'SIGTERM', grace: 0, isNudged: true });
  }

  async #ask<A extends Asked>(asked: A, details: Details<A>, atMost: number, signal?: AbortSignal): Promise<OkOf<A>> {
    signal?.throwIfAborted();
    const seq = ++this.#seq;
    const question = { seq, do: asked, ...details };
    const checked = this.#validate ? v.safeParse(questionSchemas[asked], question) : null;
    const name = `question ${seq} (${asked})`;
    if (checked?.success === false) throw new Error(`the kit's ${name} is wrong: ${whyWrong(checked.issues[0])}`);
    this.#family.write(JSON.stringify(question));
    this.#abandoned.add(seq);
    const value = await this.#answer(seq, name, atMost, signal);
    this.#abandoned.delete(seq);
    const line = JSON.stringify(value);
    const read = readAnswer(asked, value, this.#validate);
    if (read.kind === 'wrong')
      throw new AdapterFault(`the adapter's answer to ${name} is wrong: ${read.why}\n  ${line}`);
    const { answer } = read;
    if (answer.seq !== seq)
      throw new AdapterFault(`the adapter's answer to ${name} is wrong: seq is ${answer.seq}\n  ${line}`);
    if ('ok' in answer) return answer.ok;
    if ('fail' in answer) throw new AdapterFault(`the adapter failed at ${name}: ${answer.fail}`);
    throw new AdapterFault(`the adapter does not know ${name}: ${answer.unknown}`);
  }

  /** The next line that is JSON and answers no question that was given up. */
  async #answer(seq: number, name: string, atMost: number, signal?: AbortSignal): Promise<unknown> {
    const giveUpAt = performance.now() + atMost;
    for (;;) {
      const line = this.#lines.shift();
      if (line !== undefined) {
        const parsed = v.safeParse(v.pipe(v.string(), v.parseJson()), line);
        if (parsed.success) {
          const { seq: answered } = Object(parsed.output) as { seq?: unknown };
          if (answered === seq || !this.#abandoned.delete(answered)) return parsed.output;
          continue;
        }
        if (this.#validate)
          throw new AdapterFault(`the adapter's answer to ${name} is wrong: it is no JSON\n  ${line}`);
        this.#onLog(line);
        continue;
      }
      if (this.#family.hasEnded) {
        await Promise.race([this.#family.whenHeard, pause(200)]);
        if (this.#lines.length > 0) continue;
        throw new AdapterFault(`the adapter ended without answering ${name}\n${this.#family.complaint}`);
      }
      if (performance.now() > giveUpAt)
        throw new AdapterFault(
          `the adapter did not answer ${name} within ${atMost / 1000} s\n${this.#family.complaint}`,
        );
      const isHeard = new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
      await Promise.race([isHeard, pause(50, signal)]);
    }
  }
}

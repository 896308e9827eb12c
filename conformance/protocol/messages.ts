/**
 * What the kit and an adapter say to each other: one JSON value a line, by the adapter's standard input and output. The kit
 * asks, the adapter answers each question once, in the order asked. Published as docs/reference/adapter-protocol.schema.json.
 */
import * as v from 'valibot';
import { serverSignals } from '../../spec/trace.ts';

/** Raised where a message changes its meaning; fields may be added without that. */
export const protocolVersion = 1;

/** The number of a question, which its answer repeats. */
const seq = v.pipe(v.number(), v.integer(), v.minValue(1));
const count = v.pipe(v.number(), v.integer(), v.minValue(1));
const text = v.pipe(v.string(), v.nonEmpty());

export const questionSchemas = {
  /** The first one. */
  hello: v.strictObject({ seq, do: v.literal('hello'), protocol: v.literal(protocolVersion) }),
  /** Answered when the server takes connections on 127.0.0.1, at a port that the adapter has found free. */
  start: v.strictObject({
    seq,
    do: v.literal('start'),
    application: v.strictObject({
      script: text,
      module: text,
      callable: text,
      /** The directory from which the module is imported. */
      importedFrom: text,
    }),
    processes: count,
    threads: count,
    /** An empty directory for whatever files the server needs. The kit removes it. */
    folder: text,
  }),
  /** Which processes may run the application now. Asked only of adapters that say `observe`. */
  observe: v.strictObject({ seq, do: v.literal('observe') }),
  /** Answered when it is done: a server that reloads serves with its new code, one that is stopped is gone. */
  act: v.strictObject({
    seq,
    do: v.literal('act'),
    act: v.strictObject({ kind: v.literal('server-signal'), signal: v.picklist(serverSignals) }),
  }),
  /** The server shall be gone, in the way that is quick. The adapter then ends when its standard input does. */
  stop: v.strictObject({ seq, do: v.literal('stop') }),
} as const;

export type Asked = keyof typeof questionSchemas;
export type QuestionOf<A extends Asked> = v.InferOutput<(typeof questionSchemas)[A]>;
export const questionSchema = v.variant('do', [
  questionSchemas.hello,
  questionSchemas.start,
  questionSchemas.observe,
  questionSchemas.act,
  questionSchemas.stop,
]);
export type Question = v.InferOutput<typeof questionSchema>;

/** What stands in `ok`. A field more than these is let pass, unless the adapter is being validated. */
export const okSchemas = {
  hello: v.object({
    protocol: v.literal(protocolVersion),
    name: text,
    version: text,
    python: text,
    homepage: v.optional(text),
    issues: v.optional(text),
    /** Any of: processes, threads, respawn, reload=HUP (or USR1, USR2), observe. */
    says: v.array(v.pipe(v.string(), v.regex(/^(processes|threads|respawn|observe|reload=(HUP|USR1|USR2))$/))),
  }),
  start: v.object({ port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535)) }),
  observe: v.object({ pids: v.array(count) }),
  act: v.object({}),
  stop: v.object({}),
} as const;
export type OkOf<A extends Asked> = v.InferOutput<(typeof okSchemas)[A]>;

/** It was tried and did not succeed; or the adapter does not know how. In both cases: a sentence. */
const fail = v.object({ seq, fail: text });
const unknown = v.object({ seq, unknown: text });

const answerSchemas = {
  hello: v.union([v.object({ seq, ok: okSchemas.hello }), fail, unknown]),
  start: v.union([v.object({ seq, ok: okSchemas.start }), fail, unknown]),
  observe: v.union([v.object({ seq, ok: okSchemas.observe }), fail, unknown]),
  act: v.union([v.object({ seq, ok: okSchemas.act }), fail, unknown]),
  stop: v.union([v.object({ seq, ok: okSchemas.stop }), fail, unknown]),
} as const;
export type AnswerOf<A extends Asked> =
  | { readonly seq: number; readonly ok: OkOf<A> }
  | v.InferOutput<typeof fail>
  | v.InferOutput<typeof unknown>;

/** The schemas as they are published. */
export const published = { questions: questionSchemas, answers: answerSchemas } as const;

export type ReadAnswer<A extends Asked> =
  | { readonly kind: 'read'; readonly answer: AnswerOf<A> }
  | { readonly kind: 'wrong'; readonly why: string };

/** @param isStrict - A field that the protocol does not have is wrong as well. */
export function readAnswer<A extends Asked>(asked: A, value: unknown, isStrict: boolean): ReadAnswer<A> {
  const [word, ...others] = ['ok', 'fail', 'unknown'].filter(
    (one) => typeof value === 'object' && value !== null && one in value,
  );
  if (word === undefined || others.length > 0) return wrong('it must have exactly one of ok, fail and unknown');
  const schema: v.GenericSchema<unknown, AnswerOf<A>> = word === 'fail'
    ? fail
    : word === 'unknown'
      ? unknown
      : okAnswer(asked);
  const parsed = v.safeParse(schema, value);
  if (!parsed.success) return wrong(whyWrong(parsed.issues[0]));
  const extra = isStrict ? extraField(value, parsed.output, '') : null;
  return extra === null ? { kind: 'read', answer: parsed.output } : wrong(`${extra} is no field of this answer`);
}

const okAnswer = <A extends Asked>(asked: A): v.GenericSchema<unknown, AnswerOf<A>> =>
  v.object({ seq, ok: okSchemas[asked] as unknown as v.GenericSchema<unknown, OkOf<A>> });

/** Where and what: `ok.port: expected number but received "80"`. */
export function whyWrong(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  const message = issue.message.replace(/^Invalid \w+: E/, 'e');
  return path === null ? message : `${path}: ${message}`;
}

/** Parsing has left out what the schema does not have. */
function extraField(given: unknown, kept: unknown, at: string): string | null {
  if (typeof given !== 'object' || given === null || typeof kept !== 'object' || kept === null) return null;
  for (const [name, value] of Object.entries(given)) {
    const path = at === '' ? name : `${at}.${name}`;
    if (!(name in kept)) return path;
    const deeper = extraField(value, (kept as Record<string, unknown>)[name], path);
    if (deeper !== null) return deeper;
  }
  return null;
}

const wrong = (why: string) => ({ kind: 'wrong', why }) as const;

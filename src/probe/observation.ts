/** Reads what the probe answered. Anything else a server may answer (an error page, a file) is not an observation. */
import * as v from 'valibot';
import { programCalls, type Telling } from '../../spec/programs.ts';
import { exitHandlers, type Mark, type Observation, registrations } from '../../spec/trace.ts';

const mark = v.pipe(
  v.string(),
  v.nonEmpty(),
  v.transform((text) => text as Mark),
);
const count = v.pipe(v.number(), v.integer(), v.minValue(1));
const attribute = v.nullable(v.pipe(v.number(), v.integer()));

const natural = v.pipe(v.number(), v.integer(), v.minValue(0));

const numbered = v.strictObject({ id: natural, name: v.nullable(v.string()) });

const observation = v.strictObject({
  process: mark,
  pid: count,
  thread: mark,
  interpreter: mark,
  scriptGlobals: mark,
  importedModule: mark,
  loadedBy: mark,
  scriptCount: count,
  moduleCount: count,
  threadCount: count,
  inside: count,
  processGroup: v.nullable(v.string()),
  applicationGroup: v.nullable(v.string()),
  multithread: v.boolean(),
  multiprocess: v.boolean(),
  runOnce: v.boolean(),
  scriptName: v.string(),
  pathInfo: v.string(),
  moduleName: v.string(),
  maximumProcesses: attribute,
  threadsPerProcess: attribute,
  title: v.nullable(v.string()),
  workingDirectory: v.string(),
  restrictsStdin: v.boolean(),
  restrictsStdout: v.boolean(),
  bodyLength: v.nullable(v.pipe(v.number(), v.integer())),
  registration: v.nullable(v.picklist(registrations)),
  ticks: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0))),
  hasCredentials: v.boolean(),
  given: v.strictObject({
    umask: v.nullable(v.string()),
    lang: v.nullable(v.string()),
    locale: v.nullable(v.string()),
    modulePath: v.array(v.string()),
    pythonPrefix: v.string(),
    startedBy: v.nullable(natural),
    account: v.strictObject({ user: numbered, group: numbered, groups: v.array(numbered) }),
    priority: v.pipe(v.number(), v.integer()),
    dataLimit: v.nullable(natural),
    addressSpaceLimit: v.nullable(natural),
  }),
});

/** What the probe says at the gate in one line, and in its answer: which request, and what it sees. */
const report = v.strictObject({ request: v.string(), seen: observation });
export type Report = { readonly request: string; readonly seen: Observation };

const variable = v.strictObject({ type: v.string(), isEmpty: v.boolean(), fitsLatin1: v.boolean() });
const environ = v.strictObject({
  type: v.string(),
  variables: v.record(v.string(), variable),
  wsgi: v.record(v.string(), v.string()),
  version: v.nullable(v.string()),
  urlScheme: v.nullable(v.string()),
});
const tried = v.variant('kind', [
  v.strictObject({
    kind: v.literal('returned'),
    type: v.string(),
    shows: v.nullable(v.string()),
    is: v.strictObject({ callable: v.boolean(), iterable: v.boolean(), closable: v.boolean() }),
  }),
  v.strictObject({ kind: v.literal('raised'), type: v.string(), message: v.string(), isGiven: v.boolean() }),
]);
const returnable = v.picklist(['iterable', 'file']);
const telling = v.variant('what', [
  v.strictObject({ what: v.literal('environ'), environ }),
  v.strictObject({ what: v.literal('tried'), call: v.picklist(programCalls), outcome: tried }),
  v.strictObject({ what: v.literal('asked'), block: count, awaits: v.nullable(v.pipe(v.number(), v.integer())) }),
  v.strictObject({ what: v.literal('returning'), of: returnable }),
  v.strictObject({ what: v.literal('closed'), of: returnable }),
]);

/** One line of a program. */
const told = v.strictObject({ request: v.string(), told: telling });
export type Told = { readonly request: string; readonly told: Telling };

/** One line of the probe at the end of an interpreter. */
const farewell = v.strictObject({ request: v.string(), handler: v.picklist(exitHandlers) });
export type Farewell = v.InferOutput<typeof farewell>;

/** One line of a script that stalls. */
const stall = v.strictObject({ stalled: v.string() });

/** @returns the script that says in one line that it waits, or null where none wrote it. */
export const readStall = (text: string): string | null => read(stall, text)?.stalled ?? null;

/** @returns what a program tells in one line, or null where none wrote it. */
export const readTold = (text: string): Told | null => read(told, text);

/** @returns what an exit handler says in one line, or null where the probe did not write it. */
export const readFarewell = (text: string): Farewell | null => read(farewell, text);

/** @returns the report in one line from the gate or in a response's body, or null where the probe did not write it. */
export const readReport = (text: string): Report | null => read(report, text);

function read<T>(schema: v.GenericSchema<unknown, T>, text: string): T | null {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), text);
  return parsed.success ? parsed.output : null;
}

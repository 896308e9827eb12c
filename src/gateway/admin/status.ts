/** `/status.json`: the running gateway at one moment, in the shape that programs rely on. Fields may be added; none changes its meaning. */
import * as v from 'valibot';
import { endings } from '../../../spec/trace.ts';

const described = <Schema extends v.GenericSchema>(schema: Schema, text: string) => v.pipe(schema, v.description(text));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const time = described(v.pipe(v.string(), v.isoTimestamp()), 'UTC, ISO 8601.');
const port = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535));

const scriptSchema = v.object({
  script: v.string(),
  state: v.picklist(['loaded', 'failed']),
  at: described(time, 'When it was last executed.'),
  executions: described(count, 'How often it was executed in this interpreter.'),
  error: described(v.nullable(v.string()), 'Why it failed; null where it did not.'),
});

const processSchema = v.object({
  id: described(v.string(), 'Names one process of this run: group#serial. Never reused, as pids are.'),
  pid: count,
  state: described(
    v.picklist(['spawning', 'starting', 'accepting', 'saturated', 'draining', 'stopping', 'exited']),
    'saturated: every thread is busy. draining: it goes as soon as no request is in progress.',
  ),
  leaving: described(v.nullable(v.picklist(endings)), 'Why it is going; null while it is not.'),
  startedAt: v.nullable(time),
  uptimeSeconds: v.nullable(v.pipe(v.number(), v.minValue(0))),
  residentBytes: described(v.nullable(count), 'Memory of the process; null where the system does not say.'),
  threads: count,
  busy: described(count, 'Threads with a request.'),
  served: described(count, 'Requests it has handled.'),
  interpreters: v.array(
    v.object({
      applicationGroup: described(v.string(), 'Empty is the main interpreter.'),
      createdAt: time,
      scripts: v.array(scriptSchema),
    }),
  ),
});

const groupSchema = v.object({
  name: described(
    v.string(),
    'mod_wsgi.process_group; empty is embedded mode, the Apache children, or the workers of gunicorn and uWSGI.',
  ),
  waiting: described(count, 'Requests that wait for a free thread of this group.'),
  processes: v.array(processSchema),
  answered: described(
    v.object({ '1xx': count, '2xx': count, '3xx': count, '4xx': count, '5xx': count }),
    'Requests that are over, by class of status.',
  ),
  aborted: described(count, 'Of them, those whose client was gone before the response was whole.'),
  starts: described(count, 'Processes started.'),
  replacements: described(count, 'Of them, those in the place of one that had ended.'),
  ends: described(v.record(v.string(), count), 'Processes ended, by reason.'),
  loads: described(count, 'Scripts executed for the first time in an interpreter.'),
  reloads: described(count, 'Scripts executed again in the same interpreter.'),
  loadFailures: count,
});

export const statusSchema = v.object({
  version: described(v.literal(1), 'The version of this form.'),
  at: time,
  configuration: described(v.string(), 'As it was named on the command line.'),
  server: v.object({
    state: described(
      v.string(),
      'starting, running, restarting, restartingGracefully, stoppingGracefully, stopping or stopped.',
    ),
    kind: v.picklist(['apache', 'gunicorn', 'uwsgi']),
    follows: described(v.string(), 'The server whose lifecycles are followed.'),
    python: described(v.string(), 'The version of CPython that runs the applications.'),
    pid: count,
    startedAt: time,
    uptimeSeconds: v.pipe(v.number(), v.minValue(0)),
  }),
  listens: v.array(
    v.object({
      configured: port,
      real: described(port, 'Where it listens.'),
      url: described(v.string(), 'To be asked.'),
    }),
  ),
  mounts: v.array(
    v.object({
      host: v.string(),
      port: described(port, 'As configured.'),
      url: v.string(),
      script: v.string(),
      processGroup: described(v.nullable(v.string()), 'null where no application answers.'),
      applicationGroup: v.nullable(v.string()),
    }),
  ),
  requests: v.object({
    total: described(count, 'Requests that are over.'),
    aborted: count,
    unmapped: described(count, 'Of them, those that the server answered without an application.'),
    inFlight: described(count, 'Busy threads and waiting requests.'),
    perSecond: described(v.array(count), 'Ended in each of the last 60 seconds, oldest first.'),
  }),
  groups: v.array(groupSchema),
  former: described(
    v.array(
      v.object({
        id: v.string(),
        processGroup: v.string(),
        pid: count,
        startedAt: time,
        endedAt: time,
        because: v.picklist(endings),
        exit: v.variant('kind', [
          v.object({ kind: v.literal('returned'), code: v.number() }),
          v.object({ kind: v.literal('killed'), by: v.string() }),
        ]),
        served: count,
        wasReady: described(v.boolean(), 'Whether it ever took requests.'),
      }),
    ),
    'Processes that ended, the latest first; the oldest are forgotten.',
  ),
});
export type Status = v.InferOutput<typeof statusSchema>;
export type GroupStatus = Status['groups'][number];
export type ProcessStatus = GroupStatus['processes'][number];

/** How processes without a group of that name are called. */
export const unnamedGroup = ({ server }: Pick<Status, 'server'>): '(embedded)' | '(workers)' =>
  server.kind === 'apache' ? '(embedded)' : '(workers)';

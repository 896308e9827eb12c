/** `explain --json`: the shape that programs rely on. Fields may be added; none changes its meaning. */
import * as v from 'valibot';
import { modWsgiReleases, mpms } from '../../spec/deployments/apache.ts';
import { gunicornWorkerClasses } from '../../spec/deployments/gunicorn.ts';
import { effects } from '../../spec/predict/endings.ts';
import { degrees } from '../../spec/predict/sharing.ts';
import { loads } from '../../spec/predict.ts';
import type { Measured } from '../../spec/quirks/measured.ts';
import { gils } from '../../spec/serving/gil.ts';
import { endings } from '../../spec/trace.ts';
import type { ShownExplanation } from './explanation.ts';

const described = <Schema extends v.GenericSchema>(schema: Schema, text: string) => v.pipe(schema, v.description(text));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const port = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535));
const place = v.pipe(v.number(), v.integer(), v.minValue(1));

const mountSchema = v.object({
  url: described(v.string(), 'A URL path that can be asked.'),
  host: described(
    v.string(),
    'A name for the Host header that reaches the mount; unix:PATH, with port 0, where it is reached by a socket in the file system.',
  ),
  port,
  script: described(v.string(), 'The file that answers.'),
  mode: described(
    v.picklist(['embedded', 'daemon', 'worker']),
    'embedded: in the Apache children. daemon: in a WSGIDaemonProcess group. worker: in a worker of gunicorn or uWSGI.',
  ),
  processGroup: described(v.string(), 'mod_wsgi.process_group; empty in embedded mode, and for workers.'),
  applicationGroup: described(
    v.string(),
    'mod_wsgi.application_group, or the URL of the application for which uWSGI makes an interpreter; empty is the main interpreter.',
  ),
  processes: v.object({
    min: count,
    max: count,
    configured: described(
      v.nullable(count),
      'The number that was written: processes= of WSGIDaemonProcess, workers of gunicorn, processes of uWSGI; null where it is left out or there is no such option.',
    ),
  }),
  threads: described(
    count,
    'Threads in each process, or the greenlets that a gevent worker runs at once; 0 where no application answers.',
  ),
  multithread: described(v.boolean(), 'wsgi.multithread'),
  multiprocess: described(v.boolean(), 'wsgi.multiprocess'),
  runOnce: described(v.boolean(), 'wsgi.run_once'),
  callable: described(v.string(), 'The name of the application object in the script.'),
  scriptReloading: described(v.boolean(), 'Whether the modification time of the script is compared at each request.'),
  gil: described(
    v.picklist(gils),
    'The global interpreter lock: shared by all interpreters of a process, the own of an interpreter (from CPython 3.12 on), or none (a free-threaded build).',
  ),
  loads: described(
    v.picklist(loads),
    'When a process first executes the script; before-fork: the parent does so once, and each process has a copy.',
  ),
  answer: described(
    v.variant('kind', [
      v.object({ kind: v.literal('application') }),
      v.object({ kind: v.literal('refused'), status: count, why: v.string() }),
      v.object({ kind: v.literal('unanswered'), status: count }),
    ]),
    'Who answers. Unless it is the application, processes and threads are 0 and the flags are false.',
  ),
  neverRuns: described(v.array(v.string()), 'Scripts that aliases further down name for this URL.'),
});

/** The output of `explain --json`. The published JSON schema is made from it. */
export const explanationSchema = v.object({
  server: v.object({
    kind: v.picklist(['apache', 'gunicorn', 'uwsgi']),
    version: described(v.string(), 'The line of the server whose sources the prediction follows.'),
    mpm: v.optional(v.picklist(mpms)),
    modWsgi: v.optional(v.picklist(modWsgiReleases)),
    workerClass: v.optional(
      described(
        v.picklist(gunicornWorkerClasses),
        'The class that runs, which need not be the one that was asked for.',
      ),
    ),
  }),
  mounts: described(v.array(mountSchema), 'Empty where the server would not start.'),
  patterns: described(
    v.array(v.object({ host: v.string(), port, url: v.string(), script: v.string() })),
    'Aliases whose URLs only a client knows.',
  ),
  files: described(
    v.array(
      v.object({
        host: described(v.string(), 'A name for the Host header that reaches them.'),
        port,
        match: v.picklist(['prefix', 'pattern']),
        url: described(v.string(), 'A URL prefix, or a regular expression.'),
        path: described(v.string(), 'The file or folder that stands for it; as written where it is a pattern.'),
        answer: described(
          v.picklist(['file', 'cgi', 'denied']),
          'cgi: what is there is run as a CGI program. denied: the server answers 403.',
        ),
      }),
    ),
    'What the server answers with files of its own: Alias, ScriptAlias and DocumentRoot.',
  ),
  sharing: described(
    v.array(
      v.object({
        a: described(v.string(), 'A mount: host:port/url.'),
        b: described(v.string(), 'Another mount.'),
        shares: described(
          v.picklist(degrees),
          'What requests to the two share when one process serves both: each degree includes those behind it.',
        ),
      }),
    ),
    'Every pair of mounts once.',
  ),
  endings: v.array(
    v.object({
      of: described(v.string(), 'A mount: host:port/url.'),
      because: v.picklist(endings),
      after: described(v.string(), 'What must happen, in words.'),
      effect: v.picklist(effects),
    }),
  ),
  diagnostics: v.array(
    v.object({
      code: described(v.pipe(v.string(), v.regex(/^[A-Z]{3}\d{3}$/)), 'Never reused.'),
      severity: described(
        v.picklist(['error', 'warning', 'info']),
        'error: the server refuses to start, or nothing can be read. warning: it starts and then suffers. info: worth knowing.',
      ),
      file: v.string(),
      line: place,
      column: place,
      message: v.string(),
      fix: v.string(),
    }),
  ),
  measured: described(
    v.optional(
      v.nullable(
        v.object({
          file: described(
            v.string(),
            'The profile, with the evidence; its shape is docs/reference/profile.schema.json.',
          ),
          versions: described(
            v.record(v.string(), v.string()),
            'What was measured; a configuration does not say which version will read it.',
          ),
          explainedAs: described(v.string(), 'The line of versions as which the configuration is explained.'),
          isSameLine: described(v.boolean(), 'Whether what was measured belongs to that line.'),
          on: described(v.string(), 'The day.'),
          command: described(v.string(), 'What measures it again.'),
          targets: described(v.array(v.string()), 'The ways to run the server that are nearest to this configuration.'),
          warnings: v.array(
            v.object({
              kind: described(
                v.picklist(['choice', 'fault']),
                'choice: the standard leaves it open, or servers differ. fault: a rule is broken.',
              ),
              id: described(v.string(), 'The question or the rule.'),
              targets: described(v.array(v.string()), 'Those of the targets that it holds for.'),
              message: v.string(),
              evidence: described(v.string(), 'Where it stands.'),
            }),
          ),
        }),
      ),
    ),
    'With --measured: what such a server was measured to do; null where no profile is of such a server.',
  ),
});
export type ExplanationJson = v.InferOutput<typeof explanationSchema>;

/** The explanation in that shape. Where the server would not start there are diagnostics and nothing else. */
export function explanationJson({ server, accepted, diagnostics, measured }: ShownExplanation): ExplanationJson {
  const { mounts, patterns, files, sharing, endings: causes } = accepted?.prediction ?? nothing;
  return {
    server: { ...server },
    mounts: mounts.map(({ url, host, port: at, script, mode, ...more }) => ({
      url,
      host,
      port: at,
      script,
      mode,
      ...more,
      neverRuns: [...more.neverRuns],
    })),
    patterns: [...patterns],
    files: [...files],
    sharing: [...sharing],
    endings: [...causes],
    diagnostics: diagnostics.map(({ code, severity, file, line, column, message, fix }) => ({
      code,
      severity,
      file,
      line,
      column,
      message,
      fix,
    })),
    ...(measured === undefined ? {} : { measured: measured && measuredJson(measured) }),
  };
}

const measuredJson = ({ warnings, targets, ...more }: Measured): NonNullable<ExplanationJson['measured']> => ({
  ...more,
  versions: { ...more.versions },
  targets: [...targets],
  warnings: warnings.map((warning) => ({ ...warning, targets: [...warning.targets] })),
});

const nothing = { mounts: [], patterns: [], files: [], sharing: [], endings: [] };

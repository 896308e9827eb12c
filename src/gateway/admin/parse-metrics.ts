/**
 * For tests: reads Prometheus' text format 0.0.4, and refuses what Prometheus would refuse or its linter complain of.
 * Source: prometheus.io/docs/instrumenting/exposition_formats.
 */

export interface MetricSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Metrics {
  /** The type of each metric, by name. */
  readonly types: ReadonlyMap<string, string>;
  readonly samples: readonly MetricSample[];
}

/** @throws Error at the first line that is wrong. */
export function parseMetrics(text: string): Metrics {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const types = new Map<string, string>();
  const helped = new Set<string>();
  const samples: MetricSample[] = [];
  const seen = new Set<string>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const help = /^# HELP ([a-zA-Z_:][\w:]*) \S.*$/.exec(line);
    const type = /^# TYPE ([a-zA-Z_:][\w:]*) (counter|gauge|histogram)$/.exec(line);
    if (help) helped.add(help[1] ?? '');
    else if (type) {
      const [, name = '', of = ''] = type;
      if (types.has(name)) throw new Error(`${name} has two types`);
      if (!helped.has(name)) throw new Error(`${name} has no help`);
      if ((of === 'counter') !== name.endsWith('_total'))
        throw new Error(`${name}: a counter, and nothing else, ends in _total`);
      types.set(name, of);
    } else samples.push(sampleOf(line, types, seen));
  }
  for (const [name, type] of types) if (type === 'histogram') checkBuckets(name, samples);
  return { types, samples };
}

function sampleOf(line: string, types: ReadonlyMap<string, string>, seen: Set<string>): MetricSample {
  const parsed = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (NaN|[+-]Inf|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.exec(line);
  if (!parsed) throw new Error(`no sample: ${line}`);
  const [, name = '', written = '', value = ''] = parsed;
  const family = types.has(name) ? name : name.replace(/_(?:bucket|sum|count)$/, '');
  const isSeries = family !== name;
  if (!types.has(family) || isSeries !== (types.get(family) === 'histogram')) throw new Error(`${name} has no type`);
  const labels: Record<string, string> = {};
  const pair = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\n"])*)"(,|$)/y;
  while (pair.lastIndex < written.length) {
    const found = pair.exec(written);
    if (!found) throw new Error(`no labels: ${line}`);
    const [, label = '', text = ''] = found;
    if (label in labels) throw new Error(`${label} twice: ${line}`);
    labels[label] = text.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
  }
  const key = `${name}${JSON.stringify(Object.entries(labels).toSorted())}`;
  if (seen.has(key)) throw new Error(`twice: ${line}`);
  seen.add(key);
  return { name, labels, value: value.endsWith('Inf') ? Number(`${value}inity`) : Number(value) };
}

/** Buckets must not shrink, must end in +Inf, and that must be the count. */
function checkBuckets(name: string, samples: readonly MetricSample[]): void {
  for (const { labels, value } of samples.filter((sample) => sample.name === `${name}_count`)) {
    const same = (other: MetricSample): boolean =>
      Object.entries(labels).every(([label, text]) => other.labels[label] === text);
    const buckets = samples.filter((sample) => sample.name === `${name}_bucket` && same(sample));
    const bounds = buckets.map(({ labels: { le } }) => (le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le)));
    for (let index = 1; index < buckets.length; index++)
      if (
        (buckets[index]?.value ?? 0) < (buckets[index - 1]?.value ?? 0) ||
        (bounds[index] ?? 0) <= (bounds[index - 1] ?? 0)
      )
        throw new Error(`the buckets of ${name} shrink`);
    if (bounds.at(-1) !== Number.POSITIVE_INFINITY || buckets.at(-1)?.value !== value)
      throw new Error(`the buckets of ${name} do not end in its count`);
    if (!samples.some((sample) => sample.name === `${name}_sum` && same(sample))) throw new Error(`${name} has no sum`);
  }
}

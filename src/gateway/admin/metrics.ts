/**
 * `/metrics`: the gateway for Prometheus. Nothing is counted here: at each scrape the values are read from what the
 * gateway knows anyway. Names and labels follow prometheus.io/docs/practices/naming.
 */
import { Counter, Gauge, Histogram, type MetricType, Registry } from 'prom-client';
import { type Answers, durationBounds, type Ledger, statusClasses } from './ledger.ts';
import { type Status, unnamedGroup } from './status.ts';

/** What no application answered. */
const server = '(server)';

const processStates = ['spawning', 'starting', 'accepting', 'saturated', 'draining', 'stopping'] as const;

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];

export class Metrics {
  readonly contentType: string;
  readonly #registry = new Registry();
  readonly #ledger: Ledger;
  #status: Status | null = null;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
    this.contentType = this.#registry.contentType;
    this.#counters();
    this.#gauges();
    this.#durations();
  }

  /** The names of all metrics, without the suffixes of a histogram's series. */
  get names(): readonly string[] {
    return this.#registry.getMetricsAsArray().map(({ name }) => name);
  }

  /** The text of one scrape. */
  async text(status: Status): Promise<string> {
    this.#status = status;
    return this.#registry.metrics();
  }

  #counters(): void {
    const group = ['process_group'];
    this.#counter('wsgiscope_requests_total', 'Requests that are over, by class of status.', [...group, 'code'], () =>
      this.#answers().flatMap(([labels, { byClass }]) =>
        statusClasses.map((code, index): Sample => [{ ...labels, code }, byClass[index] ?? 0]),
      ),
    );
    this.#counter(
      'wsgiscope_requests_aborted_total',
      'Requests whose client was gone before the response was whole.',
      group,
      () => this.#answers().map(([labels, { aborted }]) => [labels, aborted]),
    );
    this.#counter('wsgiscope_process_starts_total', 'Processes started.', group, (status) =>
      byGroup(status, ({ starts }) => starts),
    );
    this.#counter(
      'wsgiscope_process_replacements_total',
      'Processes started in the place of one that had ended.',
      group,
      (status) => byGroup(status, ({ replacements }) => replacements),
    );
    this.#counter('wsgiscope_process_ends_total', 'Processes ended, by reason.', [...group, 'reason'], (status) =>
      status.groups.flatMap(({ name, ends }) =>
        Object.entries(ends).map(([reason, n]): Sample => [{ process_group: label(status, name), reason }, n]),
      ),
    );
    this.#counter(
      'wsgiscope_script_loads_total',
      'Scripts executed for the first time in an interpreter.',
      group,
      (status) => byGroup(status, ({ loads }) => loads),
    );
    this.#counter(
      'wsgiscope_script_reloads_total',
      'Scripts executed again in the same interpreter.',
      group,
      (status) => byGroup(status, ({ reloads }) => reloads),
    );
    this.#counter(
      'wsgiscope_script_load_failures_total',
      'Scripts that raised when they were executed.',
      group,
      (status) => byGroup(status, ({ loadFailures }) => loadFailures),
    );
    this.#counter('process_cpu_seconds_total', 'Processor time of the gateway itself, in seconds.', [], () => {
      const { user, system } = process.cpuUsage();
      return [[{}, (user + system) / 1e6]];
    });
  }

  #gauges(): void {
    const group = ['process_group'];
    this.#gauge('wsgiscope_info', 'What runs here; always 1.', ['state', 'python', 'follows'], (status) => {
      const { state, python, follows } = status.server;
      return [[{ state, python, follows }, 1]];
    });
    this.#gauge('wsgiscope_threads', 'Threads that take requests.', group, (status) =>
      byGroup(status, ({ processes }) => sum(processes.map(({ threads }) => threads))),
    );
    this.#gauge('wsgiscope_threads_busy', 'Threads with a request.', group, (status) =>
      byGroup(status, ({ processes }) => sum(processes.map(({ busy }) => busy))),
    );
    this.#gauge('wsgiscope_requests_waiting', 'Requests that wait for a free thread.', group, (status) =>
      byGroup(status, ({ waiting }) => waiting),
    );
    this.#gauge('wsgiscope_requests_in_flight', 'Busy threads and waiting requests.', group, (status) =>
      byGroup(status, ({ waiting, processes }) => waiting + sum(processes.map(({ busy }) => busy))),
    );
    this.#gauge('wsgiscope_processes', 'Processes by state.', [...group, 'state'], (status) =>
      status.groups.flatMap(({ name, processes }) =>
        processStates.map(
          (state): Sample => [
            { process_group: label(status, name), state },
            processes.filter((process) => process.state === state).length,
          ],
        ),
      ),
    );
    this.#gauge(
      'wsgiscope_processes_resident_memory_bytes',
      'Resident memory of all processes of a group, in bytes.',
      group,
      (status) => byGroup(status, ({ processes }) => sum(processes.map(({ residentBytes }) => residentBytes ?? 0))),
    );
    this.#gauge('wsgiscope_interpreters', 'Interpreters in all processes of a group.', group, (status) =>
      byGroup(status, ({ processes }) => sum(processes.map(({ interpreters }) => interpreters.length))),
    );
    this.#gauge('process_start_time_seconds', 'When the gateway started, in seconds since the epoch.', [], (status) => [
      [{}, Date.parse(status.server.startedAt) / 1000],
    ]);
    this.#gauge('process_resident_memory_bytes', 'Resident memory of the gateway itself, in bytes.', [], () => [
      [{}, process.memoryUsage.rss()],
    ]);
  }

  #durations(): void {
    new DurationHistogram(this.#registry, () => this.#answers());
  }

  #counter(name: string, help: string, labelNames: string[], read: (status: Status) => readonly Sample[]): void {
    const status = (): Status | null => this.#status;
    new Counter({
      name,
      help,
      labelNames,
      registers: [this.#registry],
      collect() {
        const now = status();
        this.reset();
        if (now) for (const [labels, value] of read(now)) this.inc(labels, value);
      },
    });
  }

  #gauge(name: string, help: string, labelNames: string[], read: (status: Status) => readonly Sample[]): void {
    const status = (): Status | null => this.#status;
    new Gauge({
      name,
      help,
      labelNames,
      registers: [this.#registry],
      collect() {
        const now = status();
        this.reset();
        if (now) for (const [labels, value] of read(now)) this.set(labels, value);
      },
    });
  }

  #answers(): readonly (readonly [Labels, Answers])[] {
    const status = this.#status;
    if (status === null) return [];
    return [...this.#ledger.answers].map(([name, answers]) => [
      { process_group: name === null ? server : label(status, name) },
      answers,
    ]);
  }
}

const durations = {
  name: 'wsgiscope_request_duration_seconds',
  help: 'From the head of a request to the end of its response, in seconds.',
  labelNames: ['process_group'],
};

/** A histogram whose buckets were filled elsewhere: observing through prom-client would cost each request more. */
class DurationHistogram extends Histogram {
  readonly #answers: () => readonly (readonly [Labels, Answers])[];

  constructor(registry: Registry, answers: () => readonly (readonly [Labels, Answers])[]) {
    super({ ...durations, buckets: [...durationBounds], registers: [registry] });
    this.#answers = answers;
  }

  override async get() {
    const values = this.#answers().flatMap(([labels, { byDuration, seconds }]) => {
      let below = 0;
      const buckets = Array.from(byDuration, (n, index) => {
        below += n;
        const le = durationBounds[index] ?? '+Inf';
        return { labels: { ...labels, le }, value: below, metricName: `${durations.name}_bucket` };
      });
      return [
        ...buckets,
        { labels: { ...labels }, value: seconds, metricName: `${durations.name}_sum` },
        { labels: { ...labels }, value: below, metricName: `${durations.name}_count` },
      ];
    });
    // Prom-client's types call it an enumeration; in its code it is this word.
    const type = 'histogram' as unknown as MetricType;
    return { ...durations, type, aggregator: 'sum' as const, collect: () => {}, values };
  }

  /** What a registry writes. Prom-client's own saves work by labels that series share; there are few series here. */
  getForPromString() {
    return this.get();
  }
}

/** An empty value would be no label at all. */
const label = (status: Status, group: string): string => group || unnamedGroup(status);

const byGroup = (status: Status, read: (group: Status['groups'][number]) => number): readonly Sample[] =>
  status.groups.map((group) => [{ process_group: label(status, group.name) }, read(group)]);

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Ledger } from './ledger.ts';
import { Metrics } from './metrics.ts';

const read = (name: string): string =>
  readFileSync(new URL(`../../../docs/monitoring/${name}`, import.meta.url), 'utf8');
const { names } = new Metrics(new Ledger());
/** As queries write it: a histogram has three series. */
const known = new Set([
  ...names,
  ...['bucket', 'sum', 'count'].map((part) => `wsgiscope_request_duration_seconds_${part}`),
]);
const metricsIn = (text: string): readonly string[] => [
  ...new Set(text.match(/\b(?:wsgiscope|process)_[a-z_]+\b/g) ?? []),
];

describe('the dashboard for Grafana', () => {
  const dashboard = JSON.parse(read('grafana-dashboard.json')) as {
    readonly panels: readonly { readonly id: number; readonly targets: readonly { readonly expr: string }[] }[];
    readonly templating: { readonly list: readonly { readonly query: string }[] };
  };
  const queries = [
    ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    ...dashboard.templating.list.map(({ query }) => query),
  ];

  it('asks for metrics that there are, and for nothing else', () => {
    const asked = queries.flatMap((query) => metricsIn(query).filter((name) => name !== 'process_group'));
    expect(asked.length).toBeGreaterThan(10);
    expect(asked.filter((name) => !known.has(name))).toEqual([]);
  });

  it('numbers each panel once and balances its brackets', () => {
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const query of queries)
      for (const [open, close] of ['()', '{}', '[]'])
        expect(query.split(open ?? '').length, query).toBe(query.split(close ?? '').length);
  });
});

describe('the page about monitoring', () => {
  it('names every metric, and none that there is not', () => {
    const named = new Set(metricsIn(read('README.md')).filter((name) => name !== 'process_group'));
    expect([...named].toSorted()).toEqual([...names].toSorted());
  });
});

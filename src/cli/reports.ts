/** The files that a check leaves, and the options that name them. */
import { accessSync, closeSync, constants, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { splitByTarget } from '../../conformance/kit/split.ts';
import type { CheckHeader, CheckRecord, ResultRecord } from '../../spec/check-record.ts';
import { rules } from '../../spec/rules/catalogue.ts';
import { checkJunit } from '../render/check-junit.ts';
import { checkPage } from '../render/check-page/check-page.ts';
import { checkBadge, checkMarkdown } from '../render/check-summary.ts';
import { Obstacle } from './command.ts';
import { exitCodes } from './exit-codes.ts';

export interface ReportOptions {
  readonly ndjson?: string;
  readonly results?: string;
  readonly html?: string;
  readonly junit?: string;
  readonly markdown?: string;
  readonly badge?: string;
}

export const withReports = (command: Command): Command =>
  command
    .option('--ndjson <file>', 'write every result, one JSON record per line')
    .option('--results <folder>', 'write the same as one file for each target, named after it and its version')
    .option('--html <file>', 'write one page: rules by targets, behind each cell its evidence')
    .option('--junit <file>', 'write JUnit XML')
    .option('--markdown <file>', 'write a table for a pull request')
    .option('--badge <file>', 'write JSON for a badge, as shields.io reads it');

export interface Reports {
  hear(record: CheckRecord): void;
  /** Writes what is written last. Records stand in their file already: a check that is interrupted leaves what it had. */
  close(): void;
}

/** @throws Obstacle when a file cannot be written: before anything is run. */
export function openReports({ ndjson, results, html, junit, markdown, badge }: ReportOptions): Reports {
  const open = (file: string): number => {
    try {
      return openSync(file, 'w');
    } catch (error) {
      throw new Obstacle(
        exitCodes.undecided,
        `the results cannot be written: ${(error as Error).message}\nfix: name a file that can be`,
      );
    }
  };
  const stream = ndjson === undefined ? null : open(ndjson);
  const whole = (
    [
      [html, pageOf],
      [junit, junitOf],
      [markdown, markdownOf],
      [badge, badgeOf],
    ] as const
  ).flatMap(([file, textOf]) => (file === undefined ? [] : [{ descriptor: open(file), textOf }]));
  if (results !== undefined) openFolder(results);
  const records: CheckRecord[] = [];
  return {
    hear: (record) => {
      records.push(record);
      if (stream !== null) writeSync(stream, `${JSON.stringify(record)}\n`);
    },
    close: () => {
      if (stream !== null) closeSync(stream);
      for (const { descriptor, textOf } of whole) {
        writeFileSync(descriptor, textOf(records));
        closeSync(descriptor);
      }
      if (results !== undefined && records.at(-1)?.kind === 'footer') writeResults(results, records);
    },
  };
}

/** @throws Obstacle when nothing can be written there. */
function openFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new Obstacle(
      exitCodes.undecided,
      `the results cannot be written: ${(error as Error).message}\nfix: name a folder that can be`,
    );
  }
}

/** One file for each target: `gunicorn-sync.gunicorn-20.1.0.ndjson`. What is known of another version stays beside it. */
function writeResults(folder: string, records: readonly CheckRecord[]): void {
  for (const { target, records: own } of splitByTarget(records)) {
    const version = (target.version ?? '').toLowerCase().replaceAll(/[^a-z0-9.]+/g, '-');
    writeFileSync(
      join(folder, `${target.id}.${version}.ndjson`),
      own.map((record) => `${JSON.stringify(record)}\n`).join(''),
    );
  }
}

const pageOf = (records: readonly CheckRecord[]): string => checkPage(records, rules);

const junitOf = (records: readonly CheckRecord[]): string => {
  const header = records.find((record): record is CheckHeader => record.kind === 'header');
  return header ? checkJunit(header, resultsIn(records)) : '';
};

const markdownOf = (records: readonly CheckRecord[]): string =>
  checkMarkdown(
    records.flatMap((record) => (record.kind === 'header' ? record.targets : [])),
    resultsIn(records),
  );

const badgeOf = (records: readonly CheckRecord[]): string => checkBadge(resultsIn(records));

const resultsIn = (records: readonly CheckRecord[]): readonly ResultRecord[] =>
  records.filter((record): record is ResultRecord => record.kind === 'result');

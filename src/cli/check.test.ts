import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import puppeteer from 'puppeteer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRecords } from '../../conformance/kit/record-schema.ts';
import { readToken } from '../../conformance/kit/token.ts';
import type { ResultRecord } from '../../spec/check-record.ts';
import { capturedShell } from './captured-shell.ts';
import { findPencil } from './draw-svg.ts';
import { runProgram } from './program.ts';

async function run(...args: readonly string[]) {
  const shell = capturedShell();
  return { code: await runProgram(args, shell), ...shell.written() };
}
let folder = '';
const at = (name: string): string => join(folder, name);
const read = async (name: string) => {
  const text = await readFile(at(name), 'utf8');
  const records = readRecords(text.split('\n'));
  if (records.kind === 'refused') throw new Error(records.message);
  return records.records;
};
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wsgiscope-check-'));
  const files = ['--ndjson', at('all.ndjson'), '--html', at('all.html'), '--junit', at('all.xml')];
  const { code } = await run('check', 'simulator', '--cases', '25', ...files);
  expect(code).toBe(0);
});
afterAll(() => rm(folder, { recursive: true }));

describe('wsgiscope check', () => {
  it('writes what it found as records, from a header to a footer with its own exit code', async () => {
    const records = await read('all.ndjson');
    expect(records[0]).toMatchObject({ kind: 'header', targets: [{ id: 'simulator' }] });
    expect(records[1]).toMatchObject({ kind: 'history', history: 0, cases: 1 });
    expect(records.at(-1)).toMatchObject({ kind: 'footer', exitCode: 0 });
    expect(records.some((record) => record.kind === 'history' && record.driven)).toBe(true);
    expect(await readFile(at('all.xml'), 'utf8')).toContain('<testsuites');
  });

  it.each([
    [['nobody'], 'there is no target nobody'],
    [[], 'name a target'],
    [['simulator', '--rules', 'ODD-01'], 'there is no rule or area ODD-01'],
    [['simulator', '--shard', '3/2'], 'this is no part'],
    [['simulator', '--known', '/nowhere/known.json'], '/nowhere/known.json'],
    [['simulator', '--ndjson', '/nowhere/run.ndjson'], 'the results cannot be written'],
  ])('%j decides nothing and says how to mend it', async (args, message) => {
    const { code, err } = await run('check', ...args);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(err).toMatch(/\n {2}fix: /);
  });

  it('fails where what is known is known no longer', async () => {
    const because = 'it was so once';
    await writeFile(
      at('known.json'),
      JSON.stringify([{ target: 'simulator', rule: 'FLAG-PEP-01', verdict: 'fail', because }]),
    );
    const { code, out } = await run(
      'check',
      'simulator',
      '--cases',
      '0',
      '--rules',
      'flags',
      '--known',
      at('known.json'),
    );
    expect(code).toBe(1);
    expect(out).toContain(because);
  });
});

describe('wsgiscope replay', () => {
  it('runs a token again where it was seen, and says what the rule says', async () => {
    const results = (await read('all.ndjson')).filter((record): record is ResultRecord => record.kind === 'result');
    const token = results.find(({ verdict, rule }) => verdict === 'pass' && rule.startsWith('FLAG'))?.token ?? '';
    expect(readToken(token)).not.toBeNull();
    const { code, out, err } = await run('replay', token, '--on', 'simulator');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('simulator (the simulator): 1 run');
    expect(await run('replay', token, '--on', 'nobody')).toMatchObject({
      code: 2,
      err: expect.stringContaining('there is no target nobody'),
    });
  });

  it.each(['', 'wsgi1-', 'wsgi1-abc', 'wsgi9-eJw', '../etc/passwd'])('refuses %j, which is no token', async (token) => {
    const { code, err } = await run('replay', token);
    expect(code).toBe(2);
    expect(err).toMatch(/this is no token, or not all of it\n {2}fix: /);
  });
});

describe('wsgiscope merge', () => {
  it('makes of parts what one run makes of all', async () => {
    for (const part of ['1/2', '2/2'])
      await run('check', 'simulator', '--cases', '25', '--shard', part, '--ndjson', at(`${part[0]}.ndjson`));
    const { code, out } = await run('merge', at('1.ndjson'), at('2.ndjson'), '--ndjson', at('merged.ndjson'));
    expect(code).toBe(0);
    expect(out).toContain('simulator');
    const verdicts = async (name: string) =>
      (await read(name)).flatMap((record) => (record.kind === 'result' ? [[record.rule, record.verdict]] : []));
    expect(await verdicts('merged.ndjson')).toEqual(await verdicts('all.ndjson'));
  });

  it('decides nothing of a file that is none of its own, and names the line', async () => {
    await writeFile(at('odd.ndjson'), 'hello\n');
    expect(await run('merge', at('odd.ndjson'))).toMatchObject({
      code: 2,
      err: expect.stringMatching(/odd\.ndjson: line 1: it is no JSON.*\n {2}fix: /),
    });
    expect(await run('merge', at('missing.ndjson'))).toMatchObject({
      code: 2,
      err: expect.stringContaining('ENOENT'),
    });
  });
});

const drawing = findPencil(fileURLToPath(new URL('../..', import.meta.url)), process.env);
const note = drawing.pencil === null ? ` (skipped: ${drawing.because})` : '';

describe(`the page of a check in Chromium${note}`, () => {
  it.skipIf(drawing.pencil === null)('shows every rule, and the evidence behind a cell, without an error', async () => {
    const browser = await puppeteer.launch({
      executablePath: drawing.pencil?.chromium ?? '',
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    });
    try {
      const page = await browser.newPage();
      const errors: string[] = [];
      const asked: string[] = [];
      page.on('pageerror', (error) => errors.push(error instanceof Error ? error.message : String(error)));
      page.on('request', (request) => asked.push(request.url()));
      const url = pathToFileURL(at('all.html')).href;
      await page.goto(url);
      const passed = (await read('all.ndjson')).filter(
        (record) => record.kind === 'result' && record.verdict === 'pass',
      ).length;
      expect(await page.$$eval('td button.pass', (cells) => cells.length)).toBe(passed);
      await page.click('td button.pass');
      expect(await page.$eval('#evidence', (dialog) => (dialog as unknown as { open: boolean }).open)).toBe(true);
      expect(await page.$eval('#evidence-title', (title) => title.textContent)).toContain('on simulator: pass');
      expect(errors).toEqual([]);
      expect(asked).toEqual([url]);
    } finally {
      await browser.close();
    }
  });
});

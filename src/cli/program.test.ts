import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { rules } from '../../spec/rules/catalogue.ts';
import { capturedShell } from './captured-shell.ts';
import { runProgram } from './program.ts';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
async function run(...args: readonly string[]) {
  const shell = capturedShell();
  return { code: await runProgram(args, shell), ...shell.written() };
}

describe('the program', () => {
  it('explains itself with examples, asked or not', async () => {
    const [asked, bare] = [await run('--help'), await run()];
    expect(asked).toMatchObject({ code: 0, err: '' });
    expect(bare).toMatchObject({ code: 0, err: '' });
    expect(bare.out).toBe(asked.out);
    for (const command of ['explain', 'list', 'rule', 'doctor'])
      expect(asked.out).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
    expect(asked.out).toContain('Examples:');
  });

  it('explains each command with an example of its own', async () => {
    const { code, out } = await run('explain', '--help');
    expect(code).toBe(0);
    expect(out).toContain('wsgiscope explain docs/examples/two-projects.conf');
    expect(out).toContain('(choices: "4.9", "5", "6", default: "4.9")');
  });

  it('knows its version', async () => {
    const { version } = JSON.parse(readFileSync(`${checkout}package.json`, 'utf8')) as { version: string };
    expect(await run('--version')).toEqual({ code: 0, out: `${version}\n`, err: '' });
  });

  it('decides nothing about a command line that it does not understand, and suggests what was meant', async () => {
    const misspelled = await run('exlpain', 'site.conf');
    expect(misspelled).toMatchObject({ code: 2, out: '' });
    expect(misspelled.err).toMatch(/unknown command 'exlpain'\n\(Did you mean explain\?\)\n {2}fix: /);
    expect(await run('explain')).toMatchObject({
      code: 2,
      err: expect.stringContaining("missing required argument 'config'"),
    });
    expect(await run('explain', 'a.conf', '--jsn')).toMatchObject({ code: 2, err: expect.stringContaining('--json') });
    expect(await run('explain', 'a.conf', '--mpm', 'winnt')).toMatchObject({
      code: 2,
      err: expect.stringContaining('prefork, worker, event'),
    });
  });

  it('takes the blame for a failure of its own, without a stack trace', async () => {
    const shell = capturedShell({
      out: () => {
        throw new Error('the disk is on fire');
      },
    });
    expect(await runProgram(['list', 'rules'], shell)).toBe(3);
    expect(shell.written().err).toMatch(/^wsgiscope: this is a bug of wsgiscope: the disk is on fire\n {2}fix: /);
    expect(shell.written().err).not.toMatch(/^\s+at /m);
  });
});

describe('list and rule', () => {
  it('show every rule, and each of them in full', async () => {
    const listed = JSON.parse((await run('list', 'rules', '--json')).out) as readonly { id: string; says: string }[];
    expect(listed.map(({ id }) => id)).toEqual(rules.map(({ id }) => id));
    for (const { id, says } of listed.slice(0, 5)) {
      const { code, out } = await run('rule', id.toLowerCase());
      expect(code).toBe(0);
      expect(out.replace(/\s+/g, ' ')).toContain(says);
      expect(out).toMatch(/^source: /m);
    }
  });

  it('know codes and options as well', async () => {
    expect((await run('rule', 'HAZ002')).out).toContain('Two sections with one path.');
    expect((await run('rule', 'cfg012')).out).toContain('atoi');
    expect((await run('rule', 'maximum-requests')).out).toMatch(/^default: 0 requests$/m);
    const everything = (await run('list')).out;
    for (const id of ['FLAG-DAEMON-01', 'HAZ001', 'CFG012', 'maximum-requests']) expect(everything).toContain(id);
  });

  it('suggest what was meant', async () => {
    expect(await run('rule', 'HAZ0O1')).toMatchObject({ code: 2, out: '', err: expect.stringContaining('HAZ001') });
    expect(await run('list', 'everything')).toMatchObject({ code: 2, out: '' });
  });
});

describe('doctor', () => {
  it('says what is found and what is missing, with a way to get it', async () => {
    const { out } = await run('doctor', '--json');
    const examined = JSON.parse(out) as readonly { what: string; found: string | null; fix: string }[];
    expect(examined.find(({ what }) => what === 'Node')?.found).toBe(process.versions.node);
    for (const { found, fix } of examined) if (found === null) expect(fix).not.toBe('');
  });

  it('decides nothing on a machine without Python', async () => {
    const { code, out } = await run('doctor', '--python', '/nowhere/python3');
    expect(code).toBe(2);
    expect(out).toMatch(/Python +missing/);
    expect(out.replace(/\s+/g, ' ')).toContain('/nowhere/python3 was not found');
  });
});

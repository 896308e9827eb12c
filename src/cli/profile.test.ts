import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { readProfile } from '../../conformance/quirks/profile-schema.ts';
import type { Profile } from '../../spec/quirks/profile.ts';
import { capturedShell } from './captured-shell.ts';
import { runProgram } from './program.ts';

const folder = mkdtempSync(join(tmpdir(), 'wsgiscope-profile-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function run(...args: readonly string[]) {
  const shell = capturedShell();
  return { code: await runProgram(args, shell), ...shell.written() };
}

describe('profile', () => {
  it('teaches itself', async () => {
    const { code, out } = await run('profile', '--help');
    expect(code).toBe(0);
    for (const word of ['apache, gunicorn, uwsgi', '--write <folder>', '--questions <ids>', 'Exit code 0'])
      expect(out).toContain(word);
  });

  it.each([
    [[], 'name a server'],
    [['apachee'], 'there is no server apachee to measure'],
    [['wsgiref', '--questions', 'weather'], 'there is no question weather'],
  ])('decides nothing about %j, and says what to write', async (args, what) => {
    const { code, out, err } = await run('profile', ...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(new RegExp(`^wsgiscope: ${what}\n  fix: `));
  });

  it('measures a server, tells it, writes it for explain, and leaves nothing behind', async () => {
    const temporary = mkdtempSync(join(tmpdir(), 'wsgiscope-profile-test-'));
    vi.stubEnv('TMPDIR', temporary);
    const asked = ['wsgiref', '--questions', 'keep-alive,no-content-type'];
    const { code, out, err } = await run('profile', ...asked, '--json', '--write', folder);
    expect(code).toBe(0);
    const [profile] = JSON.parse(out) as readonly Profile[];
    expect(readProfile(profile).kind).toBe('read');
    expect(profile).toMatchObject({
      server: 'wsgiref',
      choices: [
        { question: 'keep-alive', answers: [{ answer: 'closed' }] },
        {
          question: 'no-content-type',
          answers: [{ answer: 'invented', evidence: { seen: expect.stringContaining("CONTENT_TYPE = 'text/plain'") } }],
        },
      ],
    });
    expect(err).toMatch(/wsgiref-3\.\d+\.\d+\.json written\n$/);
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/^wsgiref-3\./)]);
    vi.unstubAllEnvs();
    expect(readdirSync(temporary)).toEqual([]);
    rmSync(temporary, { recursive: true });
  });
});

describe('explain --measured', () => {
  const gunicorn = ['explain', 'gunicorn -w 4 --threads 2 shop.wsgi', '--measured'] as const;

  it('warns of what was measured of such a server, and says which version that was', async () => {
    const { code, out } = await run(...gunicorn);
    expect(code).toBe(0);
    expect(out).toMatch(/What such a server was measured to do\n {2}gunicorn [\d.]+, .*run as gunicorn-gthread/);
    expect(out).toMatch(/is explained as one\s+of\s+20\.1/);
    expect(out).toMatch(/\n {2}PEP-START-01: .*\n\s+evidence: conformance\/profiles\/gunicorn-/);
  });

  it('says the same to programs', async () => {
    const { measured } = JSON.parse((await run(...gunicorn, '--json')).out);
    expect(measured).toMatchObject({ explainedAs: '20.1', isSameLine: true, targets: ['gunicorn-gthread'] });
    expect(measured.warnings.map(({ id }: { readonly id: string }) => id)).toContain('PEP-START-01');
    expect(JSON.parse((await run('explain', gunicorn[1], '--json')).out)).not.toHaveProperty('measured');
  });

  it('does not take another version for the same', async () => {
    const { out } = await run('explain', gunicorn[1], '--gunicorn', '26.1', '--measured');
    expect(out).toMatch(/nothing\s+nearer was measured, and the configuration is explained as one of\s+26\.1/);
  });

  it('is silent about HTTP where another server speaks it with the clients', async () => {
    const ids = async (socket: string): Promise<readonly string[]> => {
      const command = `uwsgi ${socket} 127.0.0.1:8000 --master --module shop`;
      const { measured } = JSON.parse((await run('explain', command, '--measured', '--json')).out);
      return measured.warnings.map(({ id }: { readonly id: string }) => id);
    };
    expect(await ids('--http-socket')).toEqual(expect.arrayContaining(['error-before-start', 'long-target']));
    expect(await ids('--socket')).toContain('error-before-start');
    expect(await ids('--socket')).not.toContain('long-target');
  });

  it('goes by the profiles of a folder, and says where it has none of such a server', async () => {
    const { code, out } = await run(...gunicorn, folder);
    expect(code).toBe(0);
    expect(out).toContain('no profile is of such a server');
  });

  it('decides nothing by a folder without profiles, or by a file that is none', async () => {
    const empty = mkdtempSync(join(folder, 'empty-'));
    expect(await run(...gunicorn, empty)).toMatchObject({ code: 2, out: '' });
    writeFileSync(join(empty, 'odd.json'), '{}');
    const { code, err } = await run(...gunicorn, empty);
    expect(code).toBe(2);
    expect(err).toMatch(/odd\.json: version: .*\n {2}fix: /);
  });
});

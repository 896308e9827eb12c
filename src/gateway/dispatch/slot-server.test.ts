import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CannotStart } from '../cannot-start.ts';
import { serve } from '../serving.ts';
import { SlotServer } from './slot-server.ts';

const pid = `
import os
def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [str(os.getpid()).encode()]
`;
const site = `WSGIDaemonProcess shop threads=2\nWSGIScriptAlias / \${here}/app.wsgi process-group=shop\n`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'slots of öthers-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const serveIn = (socketFolder: string) => serve(site, { 'app.wsgi': pid }, { socketFolder });

describe('where sockets are files', () => {
  it('two gateways serve one configuration at once, and each removes its own socket', async () => {
    await using one = await serveIn(folder);
    {
      await using two = await serveIn(folder);
      const [first, second] = await Promise.all([one.ask('/'), two.ask('/')]);
      expect(one.gateway.pids.map(String)).toContain(first.body);
      expect(two.gateway.pids.map(String)).toContain(second.body);
      expect(readdirSync(folder)).toHaveLength(2);
    }
    expect(readdirSync(folder)).toHaveLength(1);
    expect((await one.ask('/')).status).toBe(200);
    await one.gateway.stop();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('a socket that a killed gateway has left is in nobody’s way', async () => {
    const stale = join(folder, 'wsgiscope-stale');
    mkdirSync(stale);
    const die =
      "require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))";
    expect(spawnSync(process.execPath, ['-e', die, join(stale, 'slots')]).signal).toBe('SIGKILL');
    expect(readdirSync(stale)).toEqual(['slots']);
    await using serving = await serveIn(folder);
    expect((await serving.ask('/')).status).toBe(200);
    await serving.gateway.stop();
    expect(readdirSync(folder)).toEqual(['wsgiscope-stale']);
    rmSync(stale, { recursive: true });
  });

  it('a temporary folder that cannot be written stops the start, which says so', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    // Root may write wherever a file system lets it: a file is no folder for root either.
    await expect(serveIn(file)).rejects.toThrow(/cannot make a socket in the temporary folder .*\n {2}fix: set TMPDIR/);
    await expect(SlotServer.listen(() => {}, '/proc')).rejects.toThrow(CannotStart);
    rmSync(file);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('a path too long for a socket stops the start, and leaves nothing', async () => {
    const deep = join(folder, 'x'.repeat(110));
    mkdirSync(deep);
    await expect(SlotServer.listen(() => {}, deep)).rejects.toThrow(/whose path is short/);
    expect(readdirSync(deep)).toEqual([]);
    rmSync(deep, { recursive: true });
  });
});

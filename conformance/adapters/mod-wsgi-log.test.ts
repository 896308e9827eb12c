import { describe, expect, it } from 'vitest';
import { readModWsgiLine } from './mod-wsgi-log.ts';

const at = '[Sat Nov 28 15:12:34.123456 2026]';

describe('what mod_wsgi 4.9.4 writes of its daemon processes', () => {
  it.each([
    [
      `[wsgi:info] [pid 719:tid 719] mod_wsgi (pid=719): Starting process 'my shop' with uid=33, gid=33 and threads=2.`,
      { pid: 719, says: 'began', group: 'my shop' },
    ],
    [
      `[wsgi:debug] [pid 719:tid 719] src/server/mod_wsgi.c(9728): mod_wsgi (pid=719): Starting 2 threads in daemon process 'shop'.`,
      { pid: 719, says: 'ready' },
    ],
    [
      `[wsgi:info] [pid 719:tid 804] mod_wsgi (pid=719): Daemon process idle inactivity timer expired, stopping process 'shop'.`,
      { pid: 719, says: 'stops', because: 'inactivity-timeout' },
    ],
    [
      `[wsgi:info] [pid 719:tid 804] mod_wsgi (pid=719): Maximum requests reached, attempt a graceful shutdown 'shop'.`,
      { pid: 719, says: 'waits', because: 'maximum-requests' },
    ],
    [
      `[wsgi:info] [pid 719:tid 804] mod_wsgi (pid=719): Requests have completed, triggering immediate shutdown 'shop'.`,
      { pid: 719, says: 'stops', because: null },
    ],
    [
      `[wsgi:info] [pid 717:tid 717] mod_wsgi (pid=719): Process 'shop' to be deregistered, as server is restarting or being shutdown.`,
      { pid: 719, says: 'dismissed' },
    ],
    [`[wsgi:info] [pid 719:tid 719] mod_wsgi (pid=719): Exiting process 'shop'.`, { pid: 719, says: 'leaves' }],
    [`[wsgi:info] [pid 719:tid 719] mod_wsgi (pid=719): Aborting process 'shop'.`, { pid: 719, says: 'aborts' }],
    [`[wsgi:info] [pid 719:tid 719] mod_wsgi (pid=719): Destroying interpreters.`, null],
    [`[wsgi:info] [pid 717:tid 717] mod_wsgi (pid=719): Process 'shop' has died, deregister and restart it.`, null],
    [`[mpm_event:notice] [pid 717:tid 717] AH00491: caught SIGTERM, shutting down`, null],
  ])('is understood: %s', (line, word) => {
    expect(readModWsgiLine(`${at} ${line}`)).toEqual(word);
  });

  it('is not believed where an application writes it', () => {
    const line = `mod_wsgi (pid=719): Exiting process 'shop'.`;
    expect(readModWsgiLine(`${at} [wsgi:info] [pid 719:tid 719] ${line}`)).not.toBeNull();
    expect(readModWsgiLine(`${at} [wsgi:error] [pid 719:tid 719] ${line}`)).toBeNull();
    expect(readModWsgiLine(`${at} [wsgi:error] [pid 7:tid 7] [remote 127.0.0.1:1] x [wsgi:info] ${line}`)).toBeNull();
  });
});

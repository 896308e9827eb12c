import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readApache } from '../../src/config/apache/read.ts';
import { filesInMemory } from '../../src/config/source.ts';
import { Gateway } from '../../src/gateway/gateway.ts';
import { freePorts } from '../adapters/free-ports.ts';
import { findApache, serversAreRequired } from './find-apache.ts';

const application = `
import json
def application(environ, start_response):
    told = {key: value if isinstance(value, (str, bool)) else type(value).__name__ for key, value in environ.items()}
    body = json.dumps(told).encode()
    start_response('200 OK', [('Content-Type', 'application/json')])
    return [body]
`;

/** Targets that reach every kind of mount in every way of writing them. */
const targets = [
  ...[
    '/embedded',
    '/embedded/x/dir/y',
    '/prefix',
    '/prefix/',
    '/prefix/x/y',
    '/prefix//x///y',
    '//prefix/x',
    '/prefix/%7Ea?b=c%20d&e',
    '/prefix/x?',
  ],
  ...['/p/one', '/p/one/more', '/p/one//m//n', '/dir/one.wsgi/x', '/dir/sub/two.wsgi', '/dir//one.wsgi//x'],
  ...['/', '//', '/?q', '/x%20y%C3%A9', '/a/../prefix/z', '/prefix/%2e%2e/y', '/prefix;p=1/x'],
];

/** What both must say alike; of the rest, Apache's account of itself and of the moment, only that it is there. */
const compared =
  /^(HTTP_.*|CONTENT_.*|REQUEST_.*|QUERY_STRING|SCRIPT_.*|PATH_INFO|SERVER_(NAME|PORT|ADDR|PROTOCOL|ADMIN|SIGNATURE)|DOCUMENT_ROOT|CONTEXT_.*|PATH_TRANSLATED|REMOTE_ADDR|GATEWAY_INTERFACE|wsgi\..*|mod_wsgi\.(version|process_group|daemon_(connects|restarts)|enable_sendfile|ignore_activity|application_group|callable_object|script_.*(name|reloading)|path_info|request_handler|handler_script|listener_(host|port)))$/;

const found = findApache();

describe.skipIf(!found && !serversAreRequired())('the environ of a request', () => {
  it('is that of a real Apache, for every kind of mount', async () => {
    if (!found) throw new Error('no Apache with mod_wsgi here');
    const here = mkdtempSync(join(tmpdir(), 'wsgiscope-environ-'));
    chmodSync(here, 0o755);
    mkdirSync(join(here, 'dir', 'sub'), { recursive: true });
    for (const name of ['any.wsgi', 'dir/one.wsgi', 'dir/sub/two.wsgi']) writeFileSync(join(here, name), application);
    const port = (await freePorts([8080])).get(8080) ?? 0;
    const text = `Listen 127.0.0.1:${port}
ServerName localhost
ServerAdmin "web master"
DocumentRoot ${here}/dir
WSGIIgnoreActivity On
WSGIDaemonProcess shop threads=1
WSGIProcessGroup shop
WSGIScriptAlias /prefix ${here}/any.wsgi
WSGIScriptAliasMatch ^/p/([a-z]+) ${here}/dir/$1.wsgi
WSGIScriptAlias /dir ${here}/dir
WSGIScriptAlias /embedded ${here}/any.wsgi process-group=%{GLOBAL}
WSGIScriptAlias / ${here}/any.wsgi
`;
    const { deployment } = readApache({ file: `${here}/a.conf`, text, source: filesInMemory({}), modWsgi: '4.9' });
    if (!deployment) throw new Error('the configuration was not read');
    const isDirectory = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
    const gateway = await Gateway.start({ deployment, portFor: () => 0, isDirectory });
    const apache = startApache(found, here, text);
    const ended = once(apache, 'exit');
    try {
      for (const request of requests(port)) {
        const [theirs, ours] = [await ask(port, request), await ask(gateway.ports.get(port) ?? 0, request)];
        expect(theirs, request).toHaveProperty('REQUEST_METHOD');
        expect(ours, request).toEqual(theirs);
      }
    } finally {
      apache.kill('SIGTERM');
      await Promise.all([ended, gateway.stop()]);
      rmSync(here, { recursive: true });
    }
  });
});

function requests(port: number): readonly string[] {
  const fields = `Host: localhost:${port}\r\nConnection: close\r\n`;
  const headers =
    'X-A: 1\r\nx-a: 2\r\nCookie: a=1\r\nCookie: b=2\r\nX_under: 1\r\nProxy: x\r\nAuthorization: Basic x\r\nX-Latin: \xe9\r\n';
  return [
    ...targets.map((target) => `GET ${target} HTTP/1.1\r\n${fields}${headers}\r\n`),
    `GET http://localhost:${port}/prefix/absolute?x HTTP/1.1\r\n${fields}\r\n`,
    `GET /prefix HTTP/1.1\r\nHost: LOCALHOST:81\r\nConnection: close\r\n\r\n`,
    `POST /prefix HTTP/1.1\r\n${fields}Content-Type: text/plain\r\nContent-Length: 3\r\n\r\nabc`,
    'GET /prefix HTTP/1.0\r\n\r\n',
  ];
}

function startApache({ executable, modules }: NonNullable<typeof found>, here: string, text: string): ChildProcess {
  const load = ['mpm_event', 'authz_core', 'wsgi'].map(
    (name) => `LoadModule ${name}_module ${join(modules, `mod_${name}.so`)}\n`,
  );
  const user = process.getuid?.() === 0 ? 'User www-data\nGroup www-data\n' : '';
  const file = join(here, 'apache.conf');
  writeFileSync(
    file,
    `ServerRoot ${here}\n${load.join('')}${user}PidFile pid\nErrorLog error.log\nMutex sem\nWSGISocketPrefix ${here}/wsgi\n${text}`,
  );
  return spawn(executable, ['-f', file, '-D', 'FOREGROUND'], { stdio: 'ignore', detached: true });
}

/** The environ that an answer holds, as far as it is compared. Apache does not say when it listens: it is asked until it does. */
async function ask(port: number, request: string): Promise<Readonly<Record<string, string>>> {
  for (;;) {
    const client = connect(port, '127.0.0.1');
    try {
      await once(client, 'connect');
    } catch {
      await new Promise(setImmediate);
      continue;
    }
    let answer = '';
    client.on('data', (piece: Buffer) => {
      answer += piece.toString('latin1');
    });
    client.write(request, 'latin1');
    await once(client, 'close');
    const body = /\{.*\}/s.exec(answer)?.[0] ?? '{}';
    const entries = Object.entries(JSON.parse(body) as Record<string, string>);
    return Object.fromEntries(
      entries
        // Written by an implementation of its own: what it is called says nothing.
        .filter(([key]) => !/^wsgi\.(errors|input|file_wrapper)$/.test(key))
        .map(([key, value]) => [key, compared.test(key) ? value : 'there']),
    );
  }
}

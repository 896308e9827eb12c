import { describe, expect, it } from 'vitest';
import type { Prediction } from '../../../spec/predict.ts';
import { filesInMemory } from '../source.ts';
import { explainUwsgi } from './explain.ts';

function predicted(lines: string): Prediction {
  const { accepted, diagnostics } = explainUwsgi({
    given: { kind: 'file', file: 'uwsgi.ini', text: `[uwsgi]\nhttp-socket = 127.0.0.1:80\n${lines}` },
    source: filesInMemory({}),
    workingDirectory: '/srv',
  });
  if (accepted === null) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return accepted.prediction;
}

/** Who answers, in which interpreter: `/a a.py (main)`. */
const answers = (lines: string): readonly string[] =>
  predicted(lines).mounts.map(({ port, url, script, applicationGroup, answer }) =>
    answer.kind === 'application'
      ? `${port}${url} ${script.slice('/srv/'.length)} ${applicationGroup || '(main)'}`
      : `${port}${url} 500`,
  );

const endings = (lines: string): readonly string[] =>
  predicted(`wsgi-file = app.py\n${lines}`).endings.map(
    ({ because, after, effect }) => `${because}, ${effect}: ${after}`,
  );

describe('the explanation of a uWSGI configuration', () => {
  const mounts = 'mount = /a=a.py\nmount = /b=b.py\n';

  it('sends requests by HTTP to the first application unless manage-script-name is set', () => {
    expect(answers(mounts)).toEqual(['80/ a.py (main)', '80/a a.py (main)', '80/b a.py (main)']);
    expect(answers(`${mounts}manage-script-name = true\n`)).toEqual([
      '80/a a.py (main)',
      '80/b b.py /b',
      '80/ a.py (main)',
    ]);
    expect(answers(`${mounts}wsgi-file = app.py\nmanage-script-name = true\nsingle-interpreter = true\n`)).toEqual([
      '80/ app.py (main)',
      '80/a a.py (main)',
      '80/b b.py (main)',
    ]);
  });

  it('has no answer but 500 where there is no default application', () => {
    expect(answers(`${mounts}no-default-app = true\n`)).toEqual(['80/ 500', '80/a 500', '80/b 500']);
    expect(answers(`${mounts}no-default-app = true\nmanage-script-name = true\n`)).toEqual([
      '80/a a.py (main)',
      '80/b b.py /b',
      '80/ 500',
    ]);
  });

  it('leaves it to a web server in front to say SCRIPT_NAME', () => {
    expect(answers(`${mounts}socket = :3031\n`).slice(3)).toEqual([
      '3031/a a.py (main)',
      '3031/b b.py /b',
      '3031/ a.py (main)',
    ]);
  });

  it('says which applications share a process and no modules', () => {
    expect(predicted(`${mounts}manage-script-name = true\n`).sharing).toContainEqual({
      a: '127.0.0.1:80/a',
      b: '127.0.0.1:80/b',
      shares: 'process',
    });
  });

  it('tells the number that was written from the number that there is', () => {
    const [mount] = predicted('module = a\ncheaper = 1\nprocesses = 3\n').mounts;
    expect(mount?.processes).toEqual({ min: 1, max: 3, configured: 3 });
    expect(predicted('module = a\n').mounts[0]?.processes).toEqual({ min: 1, max: 1, configured: null });
  });

  it('says when the application is imported', () => {
    expect(predicted('module = a\n').mounts[0]?.loads).toBe('before-fork');
    for (const name of ['lazy-apps', 'lazy'])
      expect(predicted(`module = a\n${name} = true\n`).mounts[0]?.loads).toBe('process-start');
  });

  it('says what ends a worker, and who replaces it', () => {
    expect(endings('master = true\nmax-requests = 5\nharakiri = 3\n')).toEqual([
      'max-requests, process-replaced: 5 requests to one worker, once it is 10 s old; the last one is answered',
      'harakiri, process-replaced: 3 s of one request: the worker is killed, and its clients get no answer',
      expect.stringMatching(/^server-restart, process-replaced: SIGHUP to the master: .* SIGTERM does so at once/),
      expect.stringMatching(/^signal, process-replaced: SIGHUP to the worker/),
      expect.stringMatching(/^server-stop, process-gone: SIGINT or SIGQUIT to the master/),
      expect.stringMatching(/^crash, process-replaced: .* waits 2 s$/),
    ]);
    expect(endings('max-requests = 5\nmax-worker-lifetime = 60\n')).toEqual([
      expect.stringMatching(/^max-requests, process-gone/),
      expect.stringMatching(/^signal, process-gone/),
      expect.stringMatching(/^server-stop, process-gone: SIGINT or SIGTERM to every process/),
      expect.stringMatching(/^crash, process-gone: .* nobody replaces it$/),
    ]);
  });

  it('says what a reload does', () => {
    const of = (cause: string, lines: string): string =>
      endings(`${lines}\n`).find((each) => each.startsWith(cause)) ?? '';
    expect(of('touch-reload', 'touch-reload = /x')).toContain('the master starts anew');
    expect(of('touch-reload', 'touch-reload = /x\nlazy = true')).toContain('all workers are replaced');
    expect(of('touch-reload', 'touch-reload = /x\nexit-on-reload = true')).toMatch(/^touch-reload, server-stops/);
    expect(of('touch-chain-reload', 'touch-chain-reload = /x')).toContain('with the same code');
    expect(of('touch-chain-reload', 'touch-chain-reload = /x\nlazy-apps = 1')).toContain('loads the applications anew');
    expect(of('server-stop', 'master = true\ndie-on-term = true')).toContain('SIGINT or SIGTERM to the master');
    expect(of('surplus', 'cheaper = 1\nprocesses = 4')).toContain('down to 1');
    expect(of('idle', 'idle = 60')).toContain('60 s without a request; the next connection');
    expect(of('harakiri', 'master = true\nharakiri = 5\nthreads = 2')).toContain('none begins or ends in the worker');
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pythonText } from './python-value.ts';
import { readLiterals } from './read-literals.ts';

const read = (text: string) => {
  const { values, unknown } = readLiterals(text, 'gunicorn.conf.py');
  return {
    values: Object.fromEntries(values.map(({ name, value }) => [name, pythonText(value)])),
    unknown: unknown.map(({ name }) => name),
  };
};

describe('a settings file that is not run', () => {
  it('tells what is written as a literal', () => {
    expect(
      read(`# Four workers.
bind = ["127.0.0.1:8000", 'unix:/run/x.sock']  # two places
workers = 4
timeout: int = 0x1e
preload_app = True
worker_class = "gthread"
pidfile = None
env = ('A=B',)

def post_fork(server, worker, *more, key=None):
    workers_seen = 1
`),
    ).toEqual({
      values: {
        bind: "['127.0.0.1:8000', 'unix:/run/x.sock']",
        workers: '4',
        timeout: '30',
        preload_app: 'True',
        worker_class: "'gthread'",
        pidfile: 'None',
        env: "['A=B']",
        post_fork: 'post_fork()',
      },
      unknown: ['workers_seen'],
    });
  });

  it('tells of everything else that only Python knows it', () => {
    expect(
      read(`workers = multiprocessing.cpu_count() * 2 + 1
threads = 2
if production:
    threads = 4
timeout = 30
timeout += 5
bind = f"0.0.0.0:{port}"
name = "a" "b"
late = computed()
late = 3
`),
    ).toEqual({ values: { late: '3' }, unknown: ['workers', 'threads', 'timeout', 'bind', 'name'] });
  });

  it('takes no text for settings', () => {
    expect(read('"""\nworkers = 4\n"""\n\'\'\'x\nthreads = 2\'\'\'\nbacklog = 7\n').values).toEqual({ backlog: '7' });
  });

  it('never fails, and places every name in its line', () =>
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string(), fc.constantFrom('a = 1', 'b = "x"', '"""', "'''", 'def c(d):'))),
        (lines) => {
          const text = lines.join('\n');
          for (const { name, at } of readLiterals(text, 'x').values)
            expect(text.split(/\r?\n/)[at.line - 1]?.slice(at.column - 1)).toContain(name);
        },
      ),
    ));
});

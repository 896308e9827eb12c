import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { filesInMemory } from '../../src/config/source.ts';
import { explainUwsgi } from '../../src/config/uwsgi/explain.ts';
import { anyUwsgiArguments, anyUwsgiIni, uwsgiEnvironment, uwsgiFiles } from './uwsgi-text.ts';

const source = filesInMemory(
  Object.fromEntries(Object.entries(uwsgiFiles).map(([name, text]) => [`/srv/${name}`, text])),
);
const ground = { source, environment: uwsgiEnvironment, workingDirectory: '/srv' };

/** What is said of any text: at places that are there, in whole sentences, each thing once, and always the same. */
function check(explain: () => ReturnType<typeof explainUwsgi>, textOf: (file: string) => string | undefined): void {
  const { accepted, diagnostics } = explain();
  expect(accepted === null).toBe(diagnostics.some(({ severity }) => severity === 'error'));
  for (const { file, line, column, message, fix } of diagnostics) {
    const lines = textOf(file)?.split('\n');
    if (lines) {
      expect(line).toBeLessThanOrEqual(lines.length);
      expect(column).toBeLessThanOrEqual((lines[line - 1] ?? '').length + 1);
    }
    expect(message).not.toMatch(/undefined|NaN|\[object/);
    expect(fix).not.toMatch(/undefined|NaN|\[object/);
  }
  const traps = diagnostics.filter(({ code }) => code.startsWith('HAZ')).map((each) => JSON.stringify(each));
  expect(new Set(traps).size).toBe(traps.length);
  expect(explain()).toEqual({ accepted, diagnostics, server: { kind: 'uwsgi', version: '2.0.21' } });
}

describe('whatever uWSGI is given', () => {
  it('is explained or refused, if it is a file', () => {
    fc.assert(
      fc.property(anyUwsgiIni, (ini) => {
        const text = `${ini}\n[uwsgi]\nhttp-socket = :80\nwsgi-file = app.py\n`;
        const files: Readonly<Record<string, string>> = { ...uwsgiFiles, 'asked.ini': text };
        check(
          () => explainUwsgi({ given: { kind: 'file', file: 'asked.ini', text }, ...ground }),
          (file) => files[file.slice(file.lastIndexOf('/') + 1)],
        );
      }),
    );
  });

  it('is explained or refused, if it is a command line', () => {
    fc.assert(
      fc.property(anyUwsgiArguments, (texts) => {
        const words = ['--http-socket', ':80', '-w', 'app', ...texts].map((text, index) => ({
          text,
          column: index + 1,
        }));
        check(
          () => explainUwsgi({ given: { kind: 'command', words }, ...ground }),
          () => undefined,
        );
      }),
    );
  });
});

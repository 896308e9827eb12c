import { describe, expect, it } from 'vitest';
import { errorLine, errorLog } from './error-log.ts';

const time = { epoch: Date.UTC(2026, 10, 21, 10, 0, 0) + 123.456, offset: 0 };

describe('a line of the error log', () => {
  it('is that of Apache', () => {
    expect(errorLine(time, { level: 'error', pid: 42 }, 'ValueError: "no"')).toBe(
      '[Sat Nov 21 10:00:00.123456 2026] [wsgi:error] [pid 42] ValueError: "no"\n',
    );
    expect(errorLine(time, { level: 'warn', pid: 42, client: { address: '192.0.2.7', port: 50123 } }, 'slow')).toBe(
      '[Sat Nov 21 10:00:00.123456 2026] [wsgi:warn] [pid 42] [client 192.0.2.7:50123] slow\n',
    );
  });

  it('cannot be broken into two by what it says', () => {
    expect(errorLine(time, { level: 'error', pid: 1 }, 'a\nb\u001b[2Jé')).toBe(
      '[Sat Nov 21 10:00:00.123456 2026] [wsgi:error] [pid 1] a\\nb\\x1b[2J\\xc3\\xa9\n',
    );
  });

  it('is left out when it is less grave than the level', () => {
    const lines: string[] = [];
    const sink = { write: (text: string) => lines.push(text), reopen: () => {}, close: async () => {} };
    const say = errorLog(sink, 'warn', () => time.epoch);
    for (const level of ['crit', 'error', 'warn', 'notice', 'info'] as const) say({ level, pid: 1 }, level);
    expect(lines.map((text) => /wsgi:(\w+)/.exec(text)?.[1])).toEqual(['crit', 'error', 'warn']);
  });
});

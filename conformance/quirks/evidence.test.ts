import { describe, expect, it } from 'vitest';
import { neutral } from './evidence.ts';

const place = { folder: '/tmp/a', port: 43210 };

describe('evidence', () => {
  it('says neither when nor where it was gathered', () =>
    expect(
      neutral(
        {
          steps: ['started in /tmp/a'],
          sent: 'GET http://127.0.0.1:43210/ HTTP/1.1\r\n',
          seen: 'Date: Fri, 27 Nov 2026 18:12:40 GMT\r\n',
          ended: 'closed',
        },
        place,
      ),
    ).toEqual({
      steps: ['started in <folder>'],
      sent: 'GET http://127.0.0.1:<port>/ HTTP/1.1\r\n',
      seen: 'Date: <date>\r\n',
      ended: 'closed',
    }));

  it('counts what is there for its length only, and keeps both ends of what is long', () => {
    expect(neutral({ sent: `GET /?${'a'.repeat(6_000)} HTTP/1.1` }, place).sent).toBe('GET /?<6000 times a> HTTP/1.1');
    const { seen = '' } = neutral({ seen: `begin ${'ab'.repeat(1_000)} end` }, place);
    expect(seen).toMatch(/^begin .*<\d+ more>.* end$/);
    expect(seen.length).toBeLessThan(1_000);
  });
});

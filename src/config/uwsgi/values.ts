/** Values as uWSGI reads them, and what it passes over in silence. Source: uWSGI 2.0, core/uwsgi.c, uwsgi_opt_set_*. */
import type { UwsgiOption } from '../../../spec/options/uwsgi-options.ts';
import { atoi, strtol } from '../apache/numbers.ts';
import type { Entry } from './exported.ts';
import type { Reading } from './reading.ts';

/** The number that an option has. After an error it is the default. */
export function readValue(entry: Entry, option: UwsgiOption, reading: Reading): number {
  const { key, at } = entry;
  const value = entry.value ?? '1';
  const { shape } = option;
  if (shape.kind === 'long') {
    const { exact, ignored } = strtol(value);
    remark(entry, option, Number(exact), ignored, reading);
    if (exact >= 0n) return Number(exact);
    reading.report('warning', at, {
      code: 'CFG036',
      message: `uWSGI reads ${key} = ${value} as a number beyond every bound: it has no negative ones`,
      fix: `write ${key} = 0 to switch it off`,
    });
    return Number(2n ** 64n + exact);
  }
  const { value: number, ignored } = atoi(value);
  if (shape.kind === 'integer' && shape.max !== null) {
    // buffer-size is cut to 16 bits, and not refused.
    remark(entry, option, Math.min(number, shape.max), ignored, reading);
    return number < 0 ? shape.max : Math.min(number, shape.max);
  }
  if (number < 0) {
    reading.report('error', at, {
      code: 'CFG089',
      message: `uWSGI exits: invalid value for option "${key}": ${value} is negative`,
      fix: `write ${key} = N with N at least 0`,
    });
    return Number(option.default ?? 0);
  }
  remark(entry, option, number, ignored, reading);
  return number;
}

const secondsIn: Readonly<Record<string, number>> = { s: 1, sec: 1, m: 60, min: 60, h: 3600, d: 86_400 };
const megabytesIn: Readonly<Record<string, number>> = { m: 1, mb: 1, g: 1024, gb: 1024 };

function remark(
  { key, value, at }: Entry,
  { unit }: UwsgiOption,
  number: number,
  ignored: string,
  reading: Reading,
): void {
  const written = value ?? '';
  const counted = unit === null ? '' : ` ${unit}`;
  if (value === null || ignored.trim() === '') {
    if (written !== '' || value === null) return;
    reading.report('warning', at, {
      code: 'CFG013',
      message: `uWSGI reads ${key} without a number as 0`,
      fix: `write ${key} = N`,
    });
  } else if (ignored === written) {
    reading.report('warning', at, {
      code: 'CFG013',
      message: `uWSGI reads ${key} = ${written} as 0: it begins with no digit`,
      fix: `write ${key} = N with a number`,
    });
  } else if (!/^\s*[;#]/.test(ignored)) {
    const factor = (unit === 'megabytes' ? megabytesIn : unit === 'seconds' ? secondsIn : {})[
      ignored.trim().toLowerCase()
    ];
    if (factor === 1) return;
    const meant = factor === undefined ? '' : `write ${key} = ${number * factor} for what was meant, or `;
    reading.report('warning', at, {
      code: 'CFG012',
      message: `uWSGI reads ${key} = ${written} as ${number}${counted}: it stops at the first non-digit`,
      fix: `${meant}write ${key} = ${number} to keep today's behaviour`,
    });
  }
}

/** Whether it is on. What looks like off and is not is remarked upon. */
export function readSwitch({ key, value, at }: Entry, reading: Reading): boolean {
  if (value === null) return true;
  if (/^(?:false|off|no)$/i.test(value) || value === '0') return false;
  if (/^(?:false|off|no|0|n|none|null|disabled?)\b/i.test(value))
    reading.report('warning', at, {
      code: 'CFG070',
      message: `uWSGI takes ${key} = ${value} for true: only false, off, no and 0 alone switch it off`,
      fix: `write ${key} = false`,
    });
  return true;
}

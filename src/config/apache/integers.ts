/** Reads numbers the way the server does, and says where that is not what the writer can have meant. */
import type { ValueShape } from '../../../spec/options/option.ts';
import type { Call } from './call.ts';
import { atoi, type CNumber, strtol } from './numbers.ts';

/** What a number belongs to, for messages: `shutdown-timeout=`, `StartServers `. */
export interface NumberText {
  readonly label: string;
  readonly written: string;
  readonly offset: number;
  readonly unit: string | null;
  /** Who reads it. */
  readonly reader: string;
}

type IntegerShape = Extract<ValueShape, { kind: 'integer' | 'long' }>;

/**
 * The number, or null after an error.
 * @param refusal - What the server says to a number out of bounds.
 */
export function readInteger(call: Call, text: NumberText, shape: IntegerShape, refusal: string): number | null {
  const read = shape.kind === 'integer' ? atoi(text.written) : long(text.written);
  if (!isWithin(shape, read.value)) {
    const why = read.ignored === '' ? '' : `, since ${text.reader} reads it as ${read.value}`;
    call.error(
      {
        code: 'CFG011',
        message: `${refusal} ${text.label}${text.written} is refused${why}`,
        fix: `write ${text.label}N with N ${bounds(shape)}`,
      },
      text.offset,
    );
    return null;
  }
  remarkOn(call, text, read);
  return read.value;
}

const isWithin = (shape: IntegerShape, value: number): boolean => {
  if (shape.kind === 'long') return value >= shape.min;
  if (shape.zero && value === 0) return true;
  return (shape.min === null || value >= shape.min) && (shape.max === null || value <= shape.max);
};

function bounds(shape: IntegerShape): string {
  if (shape.kind === 'long') return `at least ${shape.min}`;
  const zero = shape.zero ? ', or 0' : '';
  if (shape.min !== null && shape.max !== null) return `from ${shape.min} to ${shape.max}${zero}`;
  return shape.min === null ? 'a whole number' : `at least ${shape.min}${zero}`;
}

function long(written: string): CNumber {
  const { exact, ignored, written: meant } = strtol(written);
  return { value: Number(exact), ignored, overflow: exact !== meant };
}

const secondsIn: Readonly<Record<string, number>> = { s: 1, sec: 1, m: 60, min: 60, h: 3600, d: 86_400 };

function remarkOn(call: Call, text: NumberText, read: CNumber): void {
  const { label, written, offset, reader } = text;
  const value = `${label}${written}`;
  const unit = text.unit === null ? '' : ` ${text.unit}`;
  if (read.ignored === written) {
    if (written !== '')
      call.warning(
        {
          code: 'CFG013',
          message: `${reader} reads ${value} as 0: it begins with no digit`,
          fix: `write ${label}N with a number`,
        },
        offset,
      );
  } else if (read.ignored !== '') {
    const meant = text.unit === 'seconds' ? secondsIn[read.ignored.trim().toLowerCase()] : undefined;
    const instead = meant === undefined ? '' : `write ${label}${read.value * meant} for what was meant, or `;
    call.warning(
      {
        code: 'CFG012',
        message: `${reader} reads ${value} as ${read.value}${unit}: it stops at the first non-digit`,
        fix: `${instead}write ${label}${read.value} to keep today's behaviour`,
      },
      offset,
    );
  }
  if (read.overflow)
    call.warning(
      {
        code: 'CFG036',
        message: `${reader} reads ${value} as ${read.value}: the number is too large for it`,
        fix: 'write a smaller number',
      },
      offset,
    );
}

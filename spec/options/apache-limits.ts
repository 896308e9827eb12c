/** The directives of Apache's core that bound what a client may send. Source: httpd 2.4.x, core.c and httpd.h. */
import { plainLimits, type RequestLimits } from '../serving/request-limits.ts';
import type { Option } from './option.ts';

export interface LimitDirective extends Option {
  readonly default: number;
  readonly field: Exclude<keyof RequestLimits, 'header' | 'body'>;
}

const natural = { kind: 'integer', min: 0, max: null, zero: true } as const;

export const limitDirectives: readonly LimitDirective[] = [
  {
    name: 'LimitRequestLine',
    shape: natural,
    unit: 'bytes',
    default: plainLimits.line,
    field: 'line',
    changes: 'The longest request line; a longer one is answered with 414.',
    source: 'httpd 2.4.62, server/core.c set_limit_req_line',
  },
  {
    name: 'LimitRequestFieldSize',
    shape: natural,
    unit: 'bytes',
    default: plainLimits.fieldSize,
    field: 'fieldSize',
    changes: 'The longest header field; a longer one is answered with 400.',
    source: 'httpd 2.4.62, server/core.c set_limit_req_fieldsize',
  },
  {
    name: 'LimitRequestFields',
    shape: natural,
    unit: null,
    default: plainLimits.fields,
    field: 'fields',
    changes: 'How many header fields a request may have; 0 is no limit, and more are answered with 400.',
    source: 'httpd 2.4.62, server/core.c set_limit_req_fields',
  },
  {
    name: 'Timeout',
    shape: { kind: 'integer', min: null, max: null, zero: true },
    unit: 'seconds',
    default: plainLimits.timeout / 1000,
    field: 'timeout',
    changes: 'How long a connection may stand still in the middle of a request or a response before it is cut off.',
    source: 'httpd 2.4.62, server/core.c set_timeout',
  },
];

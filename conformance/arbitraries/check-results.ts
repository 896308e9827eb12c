/** Any results of a check, for the tests of what is drawn of them: every verdict, and the text that servers are able to send. */
import fc from 'fast-check';
import { type CheckHeader, checkVerdicts, type ResultRecord } from '../../spec/check-record.ts';
import { areas } from '../../spec/rules/rule.ts';

/** Text with what each of the forms would take for its own. */
const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom(
    '</script><script>alert(1)</script>',
    '<!--',
    ']]>',
    '& < > " \'',
    'a|b\nc',
    '\u0000\u001b[31m',
    '\ud800',
    '\uffff',
  ),
);

const targets = ['gunicorn-sync', 'apache-event-daemon', 'mine "& yours"'] as const;

export const aHeader: CheckHeader = {
  kind: 'header',
  version: 1,
  tool: '0.1.0',
  began: '2026-01-02T03:04:05.678Z',
  seed: 7,
  cases: 100,
  targets: [
    { id: targets[0], title: 'gunicorn, sync', version: 'gunicorn 20.1.0' },
    {
      id: targets[1],
      title: 'Apache',
      version: null,
      missing: { what: 'apache2', fix: 'apt-get install apache2' },
    },
    { id: targets[2], title: 'mine', version: null },
  ],
};

export const anyResult: fc.Arbitrary<ResultRecord> = fc.record({
  kind: fc.constant('result' as const),
  target: fc.constantFrom(...targets),
  rule: fc.constantFrom('FLAG-PEP-01', 'PEP-START-03', 'LIFE-GUNI-02'),
  level: fc.constantFrom('must', 'should', 'may'),
  area: fc.constantFrom(...areas),
  verdict: fc.constantFrom(...checkVerdicts),
  case: fc.option(anyText),
  token: fc.option(fc.base64String()),
  detail: fc.record({
    exercised: fc.nat(),
    evidence: fc.array(fc.record({ says: anyText, seqs: fc.array(fc.nat()) }), { maxLength: 2 }),
    because: fc.option(anyText),
    again: fc.constant(null),
    story: fc.option(
      fc.record({
        steps: fc.array(anyText, { maxLength: 3 }),
        sequence: anyText,
        configuration: fc.option(anyText),
        log: fc.array(anyText, { maxLength: 2 }),
        simulated: anyText,
      }),
    ),
    known: fc.option(anyText),
  }),
});

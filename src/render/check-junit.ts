/** The results of a check as JUnit XML, as most continuous integrations read it: a suite for each target, a case for each rule. */
import type { CheckHeader, ResultRecord } from '../../spec/check-record.ts';

export function checkJunit(header: CheckHeader, results: readonly ResultRecord[]): string {
  const suites = header.targets.map(({ id, version, missing }) => {
    const own = results.filter(({ target }) => target === id);
    const count = (outcome: Outcome): number => own.filter((result) => outcomeOf(result) === outcome).length;
    const what = missing ? `not here: ${missing.what}` : (version ?? '');
    return [
      `  <testsuite name="${xml(id)}" tests="${own.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}" timestamp="${xml(header.began.slice(0, 19))}">`,
      `    <properties><property name="version" value="${xml(what)}"/><property name="seed" value="${header.seed}"/></properties>`,
      ...own.map(testCase),
      '  </testsuite>',
    ].join('\n');
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="wsgiscope">\n${suites.join('\n')}\n</testsuites>\n`;
}

/** What JUnit knows of a case; a breach that is known is one that is skipped. */
type Outcome = 'passed' | 'failure' | 'error' | 'skipped';

function outcomeOf({ verdict, detail }: ResultRecord): Outcome {
  switch (verdict) {
    case 'harness-failed':
      return 'error';
    case 'fail':
    case 'flaky':
      return detail.known === null ? 'failure' : 'skipped';
    case 'not-exercised':
    case 'not-applicable':
    case 'dependency-failed':
      return 'skipped';
    default:
      return 'passed';
  }
}

function testCase(result: ResultRecord): string {
  const { target, rule, area, verdict, token, detail } = result;
  const open = `    <testcase classname="${xml(`${target}.${area}`)}" name="${xml(rule)}"`;
  const said = detail.evidence.map(({ says }) => says).join(' ') || (detail.because ?? '');
  const again = token === null ? '' : `\nnpx wsgiscope replay ${token}`;
  switch (outcomeOf(result)) {
    case 'error':
      return `${open}><error message="${xml(said)}"/></testcase>`;
    case 'failure':
      return `${open}><failure message="${xml(said)}">${xml(said + again)}</failure></testcase>`;
    case 'skipped': {
      const why = detail.known === null ? `${verdict}: ${said}` : `known: ${detail.known}`;
      return `${open}><skipped message="${xml(why)}"/></testcase>`;
    }
    case 'passed':
      return verdict === 'pass'
        ? `${open}/>`
        : `${open}><system-out>${xml(`${verdict}: ${said}`)}</system-out></testcase>`;
  }
}

/** Text as XML 1.0 may hold it: other control characters, halves of surrogates and U+FFFE are none of it. */
const xml = (text: string): string =>
  text
    .replaceAll(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');

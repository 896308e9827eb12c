/** The results of a check as JUnit XML, as most continuous integrations read it: a suite for each target, a case for each rule. */
import type { CheckHeader, ResultRecord } from '../../spec/check-record.ts';

export function checkJunit(header: CheckHeader, results: readonly ResultRecord[]): string {
  const suites = header.targets.map(({ id, version, missing }) => {
    const own = results.filter(({ target }) => target === id);
    const failed = own.filter(({ verdict, detail }) => isFailure(verdict) && detail.known === null).length;
    const broken = own.filter(({ verdict }) => verdict === 'harness-failed').length;
    const skipped = own.filter(({ verdict }) => isSkipped(verdict)).length;
    const what = missing ? `not here: ${missing.what}` : (version ?? '');
    return [
      `  <testsuite name="${xml(id)}" tests="${own.length}" failures="${failed}" errors="${broken}" skipped="${skipped}" timestamp="${xml(header.began.slice(0, 19))}">`,
      `    <properties><property name="version" value="${xml(what)}"/><property name="seed" value="${header.seed}"/></properties>`,
      ...own.map(testCase),
      '  </testsuite>',
    ].join('\n');
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="wsgiscope">\n${suites.join('\n')}\n</testsuites>\n`;
}

function testCase({ target, rule, area, verdict, token, detail }: ResultRecord): string {
  const open = `    <testcase classname="${xml(`${target}.${area}`)}" name="${xml(rule)}"`;
  const said = detail.evidence.map(({ says }) => says).join(' ') || (detail.because ?? '');
  const again = token === null ? '' : `\nnpx wsgiscope replay ${token}`;
  if (verdict === 'harness-failed') return `${open}><error message="${xml(said)}"/></testcase>`;
  if (isFailure(verdict) && detail.known !== null)
    return `${open}><skipped message="${xml(`known: ${detail.known}`)}"/></testcase>`;
  if (isFailure(verdict)) return `${open}><failure message="${xml(said)}">${xml(said + again)}</failure></testcase>`;
  if (isSkipped(verdict)) return `${open}><skipped message="${xml(`${verdict}: ${said}`)}"/></testcase>`;
  return verdict === 'pass' ? `${open}/>` : `${open}><system-out>${xml(`${verdict}: ${said}`)}</system-out></testcase>`;
}

const isFailure = (verdict: ResultRecord['verdict']): boolean => verdict === 'fail' || verdict === 'flaky';
const isSkipped = (verdict: ResultRecord['verdict']): boolean =>
  verdict === 'not-exercised' || verdict === 'not-applicable' || verdict === 'dependency-failed';

/** Text as XML 1.0 may hold it: other control characters are none of it. */
const xml = (text: string): string =>
  text
    .replaceAll(/\p{Cc}/gu, (control) => ('\t\n\r'.includes(control) ? control : ''))
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');

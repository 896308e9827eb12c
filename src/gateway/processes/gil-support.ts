/**
 * Says at the start what a Python cannot do of what the configuration asks of its locks. mod_wsgi warns and goes on, and
 * so does the gateway. Source: mod_wsgi 6.0.5, wsgi_config.c, messages WSGI0198 and WSGI0200; wsgi_interp.c, WSGI0202.
 */
import { type GilDirective, isFreeThreaded } from '../../../spec/serving/gil.ts';
import type { ProcessGroupName } from '../../../spec/vocabulary.ts';
import type { Python } from './python.ts';

/** The first Python whose interpreters can have a lock of their own (PEP 684). */
export const canHaveOwnGils = ({ version }: Pick<Python, 'version'>): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 3 || (major === 3 && minor >= 12);
};

/** @returns one line for each thing that has no effect in the processes of this group. */
export function gilWarnings(
  directives: readonly GilDirective[],
  processGroup: ProcessGroupName,
  python: Python,
): readonly string[] {
  const where = processGroup === '' ? 'in the children' : `in process group ${processGroup}`;
  const asksForOwn = directives.some(
    ({ directive, on, within }) =>
      directive === 'WSGIPerInterpreterGIL' && on && (within?.processGroup ?? processGroup) === processGroup,
  );
  const asksForNone = isFreeThreaded(directives, processGroup);
  if (asksForNone && !python.isFreeThreaded)
    return [
      `WSGIFreeThreading On has no effect ${where}: ${python.command} is Python ${python.version} and no free-threaded build (PEP 703)`,
      ...(asksForOwn ? [`WSGIPerInterpreterGIL On has no effect ${where}: WSGIFreeThreading On goes before it`] : []),
    ];
  if (asksForNone && asksForOwn)
    return [`WSGIPerInterpreterGIL On has no effect ${where}: without a GIL there is none to give to an interpreter`];
  if (asksForOwn && !canHaveOwnGils(python))
    return [
      `WSGIPerInterpreterGIL On has no effect ${where}: it needs Python 3.12 or later, and ${python.command} is Python ${python.version}`,
    ];
  return [];
}

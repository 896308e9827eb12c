/**
 * The one known way out of the main interpreter. On CPython 3.11 a thread whose first Python work was for a named
 * interpreter of the process runs later `%{GLOBAL}` requests in that one, under the empty name: the thread state made
 * first is also what `PyGILState_Ensure` returns. Probed with mod_wsgi 4.9.4 and 6.0.5; see rule ISO-INTERP-06.
 */
import type { Entry } from '../histories.ts';
import type { Objection } from '../rule.ts';

/**
 * Whether the defect explains what these entries saw: they say they are in the main interpreter, and one of them shares
 * its interpreter with a named group of its process.
 */
export const strayFromMainInterpreter = (
  suspects: readonly Entry[],
  all: readonly Entry[],
): Pick<Objection, 'knownDefect'> =>
  suspects.some(
    ({ seen }) =>
      seen.applicationGroup === '' &&
      all.some(
        ({ seen: other }) =>
          other.process === seen.process && other.interpreter === seen.interpreter && other.applicationGroup !== '',
      ),
  )
    ? { knownDefect: 'mod_wsgi on CPython 3.11 runs some %{GLOBAL} requests in a named interpreter (ISO-INTERP-06)' }
    : {};

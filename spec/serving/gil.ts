/**
 * Which global interpreter lock holds where: mod_wsgi 6 can give an interpreter one of its own, or a process none.
 * Sources: mod_wsgi 6.0.5, wsgi_interp.c, wsgi_resolve_interpreter_options, wsgi_resolve_free_threading; manual,
 * GIL Modes and Free-Threading.
 */
import type { ApplicationGroup, ProcessGroupName } from '../vocabulary.ts';

/** One WSGIPerInterpreterGIL or WSGIFreeThreading. */
export interface GilDirective {
  readonly directive: 'WSGIPerInterpreterGIL' | 'WSGIFreeThreading';
  readonly on: boolean;
  /** What the WSGIInterpreterOptions around it names; null stands outside any. */
  readonly within: InterpreterSelector | null;
}

/** `''` is embedded mode, or the main interpreter; null is every one. */
export interface InterpreterSelector {
  readonly processGroup: ProcessGroupName | null;
  readonly applicationGroup: ApplicationGroup | null;
}

/**
 * `shared`: one for all interpreters of a process. `own`: the interpreter has its own, if Python is 3.12 or later.
 * `none`: the process has none, if Python is a free-threaded build of 3.13 or later.
 */
export const gils = ['shared', 'own', 'none'] as const;
export type Gil = (typeof gils)[number];

/** @param directives - In the order configured. */
export function gilOf(
  directives: readonly GilDirective[],
  processGroup: ProcessGroupName,
  applicationGroup: ApplicationGroup,
): Gil {
  if (isFreeThreaded(directives, processGroup)) return 'none';
  // The main interpreter has the lock of the process, whatever is said of it.
  if (applicationGroup === '') return 'shared';
  const matching = directives.filter(
    ({ directive, within }) =>
      directive === 'WSGIPerInterpreterGIL' && matches(within, processGroup) && isOf(within, applicationGroup),
  );
  return mostSpecific(matching) ? 'own' : 'shared';
}

/** A process has a lock or it has none: what is said of one application group is ignored. */
export const isFreeThreaded = (directives: readonly GilDirective[], processGroup: ProcessGroupName): boolean =>
  mostSpecific(
    directives.filter(
      ({ directive, within }) =>
        directive === 'WSGIFreeThreading' &&
        (within?.applicationGroup ?? null) === null &&
        matches(within, processGroup),
    ),
  );

const matches = (within: InterpreterSelector | null, processGroup: ProcessGroupName): boolean =>
  (within?.processGroup ?? processGroup) === processGroup;

const isOf = (within: InterpreterSelector | null, applicationGroup: ApplicationGroup): boolean =>
  (within?.applicationGroup ?? applicationGroup) === applicationGroup;

/** The more names around it the stronger; of equals the last. */
function mostSpecific(directives: readonly GilDirective[]): boolean {
  const strongest = Math.max(...directives.map(specificity));
  return directives.findLast((one) => specificity(one) === strongest)?.on ?? false;
}

const specificity = ({ within }: GilDirective): number =>
  within === null ? -1 : Number(within.processGroup !== null) + Number(within.applicationGroup !== null);

/** The options that a uWSGI with Python and the router of HTTP knows, whether the model uses them or not. */
import type { UwsgiRelease } from '../../../spec/deployments/uwsgi.ts';
import { type UwsgiTakes, uwsgiOptionName, uwsgiOptionNames } from '../../../spec/options/uwsgi-option-names.ts';
import { type UwsgiImplied, type UwsgiOption, uwsgiOption, uwsgiOptions } from '../../../spec/options/uwsgi-options.ts';

export interface KnownOption {
  /** The first of its names where it has several and the model uses it. */
  readonly name: string;
  readonly takes: UwsgiTakes;
  readonly implies: readonly UwsgiImplied[];
  readonly endsServer: boolean;
  /** Null where it has no effect on the model. */
  readonly modelled: UwsgiOption | null;
}

export function knownOption(name: string, release: UwsgiRelease): KnownOption | null {
  const modelled = uwsgiOption(name, release);
  if (modelled)
    return {
      name: modelled.name,
      takes: takesOf(modelled, release),
      implies: modelled.implies,
      endsServer: false,
      modelled,
    };
  const other = uwsgiOptionName(name, release);
  return other ? { ...other, modelled: null } : null;
}

/** An optional value is what 2.0.28 gave need-app, the only such option that is modelled. */
function takesOf({ argument, shape }: UwsgiOption, release: UwsgiRelease): UwsgiTakes {
  switch (argument) {
    case 'none':
      return 'nothing';
    case 'optional':
      return release === '2.0.21' ? 'nothing' : 'optional';
    case 'required':
      return shape.kind === 'integer' ? 'count' : 'text';
  }
}

/** Every name that a command line may hold in that release. */
export const namesOf = (release: UwsgiRelease): readonly string[] => [
  ...uwsgiOptions
    .filter(({ releases }) => releases.includes(release))
    .flatMap(({ name, aliases }) => [name, ...aliases]),
  ...uwsgiOptionNames.filter(({ releases }) => releases.includes(release)).map(({ name }) => name),
];

/** The option behind a letter. Source: uWSGI 2.0, core/config.c, uwsgi_get_optname_by_index: the first that has it. */
export const optionOfLetter = (letter: string, release: UwsgiRelease): string | null =>
  uwsgiOptions.find(({ short, releases }) => short === letter && releases.includes(release))?.name ??
  uwsgiOptionNames.find(({ short, releases }) => short === letter && releases.includes(release))?.name ??
  null;

/** Names that look like a misspelt one, nearest first. */
export function namesLike(wrong: string, release: UwsgiRelease): readonly string[] {
  const plain = (name: string): string => name.replaceAll(/[-_]/g, '').toLowerCase();
  const wanted = plain(wrong);
  return namesOf(release)
    .map((name) => ({ name, distance: distance(plain(name), wanted) }))
    .filter((each) => each.distance <= Math.max(1, Math.floor(wanted.length / 4)))
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, 2)
    .map(({ name }) => name);
}

/** The Levenshtein distance. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 3) return 4;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(
        Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)),
      );
    row = next;
  }
  return row[b.length] ?? 0;
}

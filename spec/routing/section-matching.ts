/** Which requests a section of a configuration covers, and in which order Apache merges the sections that do. */
import type { Section } from '../deployments/apache.ts';
import { hasWildcard, pattern, wildcard } from './patterns.ts';

/** A file that answers a request. */
export interface RequestedFile {
  readonly path: string;
  /** Whether the URL ends with the file, that is, nothing is left for PATH_INFO. */
  readonly isWhole: boolean;
}

type NamePattern = Pick<Section, 'match' | 'pattern'>;

/**
 * A plain section covers its directory and everything below; one with wildcards covers what is below a directory of
 * just as many parts. Without PATH_INFO the walk steps over the file as if it were one more directory, so that
 * `<Directory /srv/*>` covers `/srv/shop.wsgi` itself, until the URL goes on behind the script. A regular expression is
 * asked about the whole path of the file. Source: httpd, ap_directory_walk (with FollowSymLinks, which is the default);
 * probed with 2.4.71.
 */
export function matchesDirectory(section: NamePattern, file: RequestedFile): boolean {
  if (section.match === 'regex') return pattern(section.pattern)?.test(file.path) ?? false;
  const walked = file.isWhole ? `${file.path}/` : file.path.slice(0, file.path.lastIndexOf('/') + 1);
  const wanted = section.pattern.replace(/\/*$/, '/');
  if (!hasWildcard(wanted)) return walked.startsWith(wanted);
  const directories = walked.slice(0, -1).split('/');
  const sameDepth = directories.slice(0, wanted.split('/').length - 1).join('/');
  return wildcard(wanted, { slashes: false }).test(`${sameDepth}/`);
}

/** Source: httpd, ap_file_walk. */
export function matchesFiles(section: NamePattern & Pick<Section, 'within'>, file: RequestedFile): boolean {
  if (section.within && !matchesDirectory(section.within, file)) return false;
  const name = file.path.slice(file.path.lastIndexOf('/') + 1);
  if (section.match === 'regex') return pattern(section.pattern)?.test(name) ?? false;
  return wildcard(section.pattern, { slashes: false }).test(name);
}

/**
 * `/a` covers `/a` and `/a/…`. Source: httpd, ap_location_walk.
 * @param url - The path as Apache sees it, without runs of slashes.
 */
export function matchesLocation(section: NamePattern, url: string): boolean {
  if (section.match === 'regex') return pattern(section.pattern)?.test(url) ?? false;
  if (hasWildcard(section.pattern)) return wildcard(section.pattern, { slashes: false }).test(url);
  if (!url.startsWith(section.pattern)) return false;
  return section.pattern.endsWith('/') || url.length === section.pattern.length || url[section.pattern.length] === '/';
}

/**
 * Orders Directory sections: plain ones and wildcards from the outside in, then regular expressions. Those, too, are
 * ordered by the slashes in their text, whatever they match; only equals keep the order configured.
 * Source: httpd, core.c, reorder_sorter; probed with 2.4.71.
 */
export function inWalkOrder(a: NamePattern | null, b: NamePattern | null): number {
  if (!a || !b) return 0;
  if (a.match !== b.match) return a.match === 'exact' ? -1 : 1;
  return slashes(a) - slashes(b);
}

const slashes = ({ match, pattern: text }: NamePattern): number =>
  (match === 'exact' ? text.replace(/\/+$/, '') : text).split('/').length;

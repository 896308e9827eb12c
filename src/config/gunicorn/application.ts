/** What gunicorn is told to run: `MODULE`, `MODULE:NAME` or `MODULE:FACTORY(…)`. Source: gunicorn 20.1, util.py, import_app. */

export type ApplicationName =
  | { readonly kind: 'named'; readonly module: string; readonly callable: string }
  | { readonly kind: 'refused'; readonly message: string; readonly fix: string };

/** @param isFile - Whether a path is that of a file, as seen from where the application is imported. */
export function applicationName(uri: string, isFile: (path: string) => boolean): ApplicationName {
  const colon = uri.indexOf(':');
  const module = colon < 0 ? uri : uri.slice(0, colon);
  const callable = colon < 0 ? 'application' : uri.slice(colon + 1);
  const path = module.endsWith('.py') && isFile(module);
  if (path || module.includes('/')) {
    const meant = module.replace(/\.py$/, '').replace(/^\.\//, '').replaceAll('/', '.');
    return {
      kind: 'refused',
      message: `${uri} is a path, and gunicorn imports modules: no worker can start`,
      fix: `write ${meant}${colon < 0 ? '' : `:${callable}`}`,
    };
  }
  if (!/^[\p{ID_Start}_][\p{ID_Continue}]*(?:\.[\p{ID_Start}_][\p{ID_Continue}]*)*$/u.test(module))
    return {
      kind: 'refused',
      message: `'${module}' is no name of a module: no worker can start`,
      fix: 'write MODULE:NAME, such as shop.wsgi:application',
    };
  if (!/^[\p{ID_Start}_][\p{ID_Continue}]*(?:\(.*\))?$/su.test(callable))
    return {
      kind: 'refused',
      message: `'${callable}' is neither a name nor a call: gunicorn stops when it loads the application`,
      fix: 'name a variable of the module, or a factory as in shop.wsgi:create_app()',
    };
  return { kind: 'named', module, callable };
}

/**
 * Where the source of a module may lie below a directory, in the order that Python looks: a package first, then a file.
 * @returns Paths below the directory.
 */
export function sourcesOf(module: string): readonly [string, string] {
  const path = module.replaceAll('.', '/');
  return [`${path}/__init__.py`, `${path}.py`];
}

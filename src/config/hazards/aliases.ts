/** Traps in WSGIScriptAlias. */
import type { ScriptAlias } from '../../../spec/deployments/apache.ts';
import type { Hazard, Trap } from './hazard.ts';
import { aliasSubject } from './scene.ts';
import { elsewhere } from './wording.ts';

export const aliasShadowed: Hazard = {
  code: 'HAZ041',
  title: 'Alias behind another',
  explanation:
    'Aliases are tried in the order written, those of the virtual host before those of the server, and the first that matches answers. An alias for / answers everything, so that all others must stand above it.',
  source: 'rule CONF-ALIAS-03; mod_wsgi 4.9.4, wsgi_hook_intercept',
  find: (scene) =>
    scene.mounts.flatMap((mount) =>
      mount.hidden.map((alias): Trap => {
        const at = scene.place(aliasSubject(scene, alias));
        const before = scene.place(aliasSubject(scene, mount.alias));
        const never =
          mount.alias.match === 'prefix' ? 'no request reaches' : 'a request for this very URL never reaches';
        return {
          at,
          severity: 'warning',
          message: `${never} ${alias.script} through ${alias.url}: the alias ${mount.alias.url} of ${elsewhere(at, before)} answers first, with ${mount.script}`,
          fix: `move the alias ${alias.url} above ${mount.alias.url}, or remove it`,
        };
      }),
    ),
};

export const slashMismatch: Hazard = {
  code: 'HAZ042',
  title: 'Slash at the end of one side only',
  explanation:
    'What follows the URL of an alias is put behind the path of its script without anything between. With a slash at the end of the URL only, a request for /a/x looks for the file script.wsgix, and /a without the slash is not matched at all.',
  source: 'mod_wsgi 4.9.4, wsgi_hook_intercept; probed with Apache 2.4',
  find: (scene) =>
    scene.deployment.hosts
      .flatMap((host) => host.scriptAliases.filter(isGlued))
      .map((alias) => ({
        at: scene.place(aliasSubject(scene, alias)),
        severity: 'warning',
        message: `a request for ${alias.url}x looks for the file ${alias.script}x and is answered with 404; ${alias.url.replace(/\/+$/, '')} without the slash is not matched at all`,
        fix: `write WSGIScriptAlias ${alias.url.replace(/\/+$/, '')} without the slash at the end`,
      })),
};

export const scriptNotAbsolute: Hazard = {
  code: 'HAZ043',
  title: 'Script path that does not begin with a slash',
  explanation:
    'mod_wsgi takes the target of an alias as it is written. It is not looked up below ServerRoot, and typographic quotes are characters of it. Apache starts without complaint and finds no such file.',
  source: 'mod_wsgi 4.9.4, wsgi_add_script_alias; probed with Apache 2.4; the article "mod_wsgi 的两种模式"',
  find: (scene) =>
    scene.deployment.hosts
      .flatMap((host) => host.scriptAliases)
      .filter((alias) => !alias.script.startsWith('/') && !alias.script.startsWith('$'))
      .map((alias) => ({
        at: scene.place(aliasSubject(scene, alias)),
        severity: 'warning',
        message: `every request for ${alias.url} is answered with 404: the path ${alias.script} does not begin with a slash`,
        fix: hasCurlyQuotes(alias.script)
          ? `write "${alias.script.replace(curlyQuotes, '')}" in plain quotes`
          : 'write the absolute path of the script',
      })),
};

export const patternUnknown: Hazard = {
  code: 'HAZ044',
  title: 'URLs that only a client knows',
  explanation:
    'The URLs of an alias with a regular expression cannot be listed, and its script may depend on them. Under the default application group each URL that a client asks for is a mount point of its own and makes an interpreter of its own.',
  source: 'mod_wsgi 4.9.4, wsgi_hook_intercept and wsgi_script_name',
  find: (scene) => {
    const shown = scene.prediction.patterns.map((pattern) => `${pattern.url} ${pattern.script}`);
    return scene.deployment.hosts
      .flatMap((host) => host.scriptAliases)
      .filter((alias) => shown.includes(`${alias.url} ${alias.script}`))
      .map((alias) => ({
        at: scene.place(aliasSubject(scene, alias)),
        severity: 'info',
        message: `nothing is predicted for ${alias.url}: only a request shows which URLs match it`,
        fix: 'write a plain prefix with WSGIScriptAlias where there are few',
      }));
  },
};

const isGlued = ({ match, url, script }: ScriptAlias): boolean =>
  match === 'prefix' && url.length > 1 && url.endsWith('/') && !script.endsWith('/');

const curlyQuotes = /[“”„‟‘’‚‛«»]/g;
const hasCurlyQuotes = (text: string): boolean => text.search(curlyQuotes) >= 0;

/** Files that the server answers with itself: what Alias, AliasMatch and DocumentRoot lead to. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import send from 'send';
import type { RoutedFile } from '../../../spec/routing/route.ts';
import { answerError } from './error-page.ts';

/**
 * Answers with a file, a part of it or 304, or with what is wrong. There is no listing of directories: Apache without
 * mod_autoindex answers 404 for one, and with it 403 unless Options Indexes.
 * Sources: httpd 2.4, core.c, default_handler (405, 404 for what follows a file); mod_dir.c, fixup_dir (the slash).
 * @param path - What was asked for, one character per byte, for the redirection of a directory to itself with a slash.
 */
export function answerFile(
  request: IncomingMessage,
  response: ServerResponse,
  file: RoutedFile,
  { path, query }: { readonly path: string; readonly query: string },
  log: (line: string) => void,
): void {
  const refuse = (status: number, why: string, headers: readonly string[] = []): void => {
    log(`${status} for ${file.path}: ${why}`);
    answerError(response, status, headers);
  };
  // No file of a configuration's folders: its name is no UTF-8.
  if (/[\udc80-\udcff]/u.test(file.path)) answerError(response, 404);
  else if (file.access === 'denied') refuse(403, 'access-denied');
  // What Debian's configuration denies everywhere is denied here whatever the configuration says.
  else if (/\/\.ht[^/]*(?:\/|$)/i.test(file.path)) refuse(403, 'a file of the server itself');
  else if (file.isCgi) refuse(501, 'CGI programs are not run here');
  // Nor shown: its text is not for clients.
  else if (file.isScript) refuse(501, 'scripts are run here for WSGIScriptAlias alone');
  else if (request.method !== 'GET' && request.method !== 'HEAD')
    refuse(405, `the method ${request.method}`, ['Allow', 'GET,HEAD']);
  else
    send(request, encodeURI(file.path).replace(/[?#]/g, encodeURIComponent), {
      dotfiles: 'allow',
      cacheControl: false,
      index: file.directoryIndex.length > 0 ? [...file.directoryIndex] : false,
    })
      .on('error', (error: NodeJS.ErrnoException & { readonly status?: number }) => {
        const headers = error.status === 416 ? ['Content-Range', String(response.getHeader('Content-Range'))] : [];
        for (const name of response.getHeaderNames()) response.removeHeader(name);
        refuse(statusOf(error), error.code ?? error.message, headers);
      })
      .on('directory', () => {
        if (path.endsWith('/')) refuse(404, 'a directory');
        else answerError(response, 301, ['Location', `${escaped(path)}/${query === '' ? '' : `?${query}`}`]);
      })
      .pipe(response);
}

/** Source: httpd 2.4, util.c, ap_escape_uri. */
const escaped = (path: string): string =>
  path.replace(
    /[^\w.~!$&'()*+,;=:@/-]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`,
  );

/** Source: httpd 2.4, request.c, ap_directory_walk: what may not be read is 403. */
function statusOf({ code, status }: NodeJS.ErrnoException & { readonly status?: number }): number {
  if (code === 'EACCES' || code === 'EPERM') return 403;
  if (code === 'EMFILE' || code === 'ENFILE') return 503;
  return status ?? 500;
}

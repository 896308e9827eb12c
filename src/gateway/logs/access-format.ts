/**
 * Lines of an access log, by a format of LogFormat. It is read once; what is done for a request is to join what it names.
 * Source: httpd 2.4, mod_log_config.c: parse_log_item, process_item and the log_* functions.
 */
import { escapeLogItem } from './escape-log-item.ts';
import { clfTime, localTime, strftime } from './log-time.ts';

/** A finished request, as far as formats ask for it. Text has one character for each byte. */
export interface AccessEntry {
  readonly clientAddress: string;
  readonly clientPort: number;
  readonly localAddress: string;
  /** The port that the client connected to. */
  readonly localPort: number;
  /** The port as configured: the server's own. */
  readonly port: number;
  readonly serverName: string;
  readonly method: string;
  /** As the request line has it. */
  readonly target: string;
  /** `HTTP/1.1` */
  readonly protocol: string;
  readonly status: number;
  /** Of the body, as sent. */
  readonly bytes: number;
  /** When it came in: milliseconds since the epoch. */
  readonly began: number;
  /** In milliseconds. */
  readonly took: number;
  readonly isAborted: boolean;
  readonly keepsAlive: boolean;
  /** The file that answered; null where no application did. */
  readonly script: string | null;
  /** The front's process. */
  readonly pid: number;
  requestHeader(name: string): string | undefined;
  responseHeader(name: string): string | undefined;
}

/** What a directive stands for; undefined is written as `-`. */
type Item = (entry: AccessEntry) => string | undefined;

/** Directives that ask for what there is not here, or not yet, are written as `-`. */
export function accessFormat(format: string): (entry: AccessEntry) => string {
  const items: Item[] = [];
  let rest = format;
  while (rest !== '') {
    const directive = /^%([!,\d<>]*)(?:\{([^}]*)\})?([!,\d<>]*)(\^t[io]|.)/s.exec(rest);
    if (directive) {
      const [whole, before = '', argument = null, after = '', letter = ''] = directive;
      items.push(onlyFor(before + after, letter === '%' ? () => '%' : itemOf(letter, argument)));
      rest = rest.slice(whole.length);
      continue;
    }
    const [text = ''] = /^(?:%$|[^%]+)/s.exec(rest) ?? [];
    const literal = text.replace(/\\([nt\\])/g, (_, letter: string) => escapes[letter] ?? '');
    items.push(() => literal);
    rest = rest.slice(text.length);
  }
  return (entry) => `${items.map((item) => item(entry) ?? '-').join('')}\n`;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', '\\': '\\' };

/** `%400,501{…}i` and `%!200{…}i`: a directive for some statuses only. */
function onlyFor(modifiers: string, item: Item): Item {
  const statuses = new Set(modifiers.match(/\d+/g)?.map(Number));
  if (statuses.size === 0) return item;
  const wants = !modifiers.includes('!');
  return (entry) => (statuses.has(entry.status) === wants ? item(entry) : undefined);
}

function itemOf(letter: string, argument: string | null): Item {
  switch (letter) {
    case 'h':
    case 'a':
      return ({ clientAddress }) => clientAddress;
    case 'A':
      return ({ localAddress }) => localAddress;
    case 'b':
      return ({ bytes }) => (bytes === 0 ? undefined : String(bytes));
    case 'B':
      return ({ bytes }) => String(bytes);
    case 'C':
      return cookie(argument ?? '');
    case 'D':
      return ({ took }) => String(Math.round(took * 1000));
    case 'f':
      return ({ script }) => (script === null ? undefined : escapeLogItem(Buffer.from(script).toString('latin1')));
    case 'H':
      return ({ protocol }) => escapeLogItem(protocol);
    case 'i':
      return ({ requestHeader }) => escapedOr(requestHeader((argument ?? '').toLowerCase()));
    case 'm':
      return ({ method }) => escapeLogItem(method);
    case 'o':
      return ({ responseHeader }) => escapedOr(responseHeader((argument ?? '').toLowerCase()));
    case 'p':
      return portOf(argument);
    case 'P':
      return ({ pid }) => (argument === null || argument === 'pid' ? String(pid) : undefined);
    case 'q':
      return ({ target }) => escapeLogItem(/\?.*/s.exec(target)?.[0] ?? '');
    case 'r':
      return ({ method, target, protocol }) => escapeLogItem(`${method} ${target} ${protocol}`);
    case 'R':
      return ({ script }) => (script === null ? undefined : 'wsgi-script');
    case 's':
      return ({ status }) => String(status);
    case 't':
      return timeOf(argument);
    case 'T':
      return secondsOf(argument);
    case 'U':
      return ({ target }) => escapeLogItem(decoded(target.replace(/\?.*/s, '')));
    case 'v':
    case 'V':
      return ({ serverName }) => escapeLogItem(serverName);
    case 'X':
      return ({ isAborted, keepsAlive }) => (isAborted ? 'X' : keepsAlive ? '+' : '-');
    default:
      return () => undefined;
  }
}

const escapedOr = (text: string | undefined): string | undefined => (text === undefined ? text : escapeLogItem(text));

/** The path as Apache has it after reading the request: decoded, or as sent where that cannot be. */
const decoded = (path: string): string =>
  path.replace(/%([\da-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));

const portOf = (which: string | null): Item =>
  which === 'remote'
    ? ({ clientPort }) => String(clientPort)
    : which === 'local'
      ? ({ localPort }) => String(localPort)
      : ({ port }) => String(port);

function secondsOf(unit: string | null): Item {
  if (unit === 'us') return ({ took }) => String(Math.round(took * 1000));
  if (unit === 'ms') return ({ took }) => String(Math.floor(took));
  return ({ took }) => String(Math.floor(took / 1000));
}

function timeOf(argument: string | null): Item {
  if (argument === null || argument === '') return clfTimeOfEntry();
  const isEnd = argument.startsWith('end:');
  const format = argument.replace(/^(?:begin|end):/, '');
  const moment = ({ began, took }: AccessEntry): number => (isEnd ? began + took : began);
  const fraction = (n: number, digits: number): string => String(n).padStart(digits, '0');
  switch (format) {
    case 'sec':
      return (entry) => String(Math.floor(moment(entry) / 1000));
    case 'msec':
      return (entry) => String(Math.floor(moment(entry)));
    case 'usec':
      return (entry) => String(Math.floor(moment(entry) * 1000));
    case 'msec_frac':
      return (entry) => fraction(Math.floor(moment(entry) % 1000), 3);
    case 'usec_frac':
      return (entry) => fraction(Math.floor((moment(entry) * 1000) % 1e6), 6);
    default:
      return (entry) => strftime(format, localTime(moment(entry)));
  }
}

/** Requests of one second share its text, as in Apache. Source: mod_log_config.c, log_request_time, cached_request_time. */
function clfTimeOfEntry(): Item {
  let second = Number.NaN;
  let text = '';
  return ({ began }) => {
    const now = Math.floor(began / 1000);
    if (now !== second) {
      second = now;
      text = clfTime(localTime(began));
    }
    return text;
  };
}

function cookie(name: string): Item {
  return ({ requestHeader }) => {
    for (const pair of (requestHeader('cookie') ?? '').split(';')) {
      const equals = pair.indexOf('=');
      if (equals > 0 && pair.slice(0, equals).trim() === name) return escapeLogItem(pair.slice(equals + 1).trim());
    }
    return undefined;
  };
}

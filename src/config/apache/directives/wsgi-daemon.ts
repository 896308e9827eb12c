/** WSGIDaemonProcess. Source: mod_wsgi 4.9.4 to 6.0.5, `wsgi_add_daemon_process`. */
import type { DaemonGroup } from '../../../../spec/deployments/apache.ts';
import { type DaemonOption, daemonOption, daemonOptions } from '../../../../spec/options/mod-wsgi-daemon-options.ts';
import { fromSeconds } from '../../../../spec/vocabulary.ts';
import type { Call } from '../call.ts';
import { readInteger } from '../integers.ts';
import { atoi } from '../numbers.ts';
import { takeWord } from '../words.ts';
import { eachOption, nonEmpty, onOff, unknownOption, type WsgiOption } from './wsgi-options.ts';

const invalid = 'Invalid option to WSGI daemon process definition.';

/** The fields of a group, as far as options set them; durations still in seconds. */
type Fields = Partial<Record<NonNullable<DaemonOption['field']>, number | string>>;

export function daemonProcess(call: Call): void {
  const { word: name, rest } = takeWord(call.directive.args);
  if (name.text === '') {
    call.error({
      code: 'CFG018',
      message: 'Name of WSGI daemon process not supplied.',
      fix: 'write WSGIDaemonProcess NAME, then its options',
    });
    return;
  }
  const fields: Fields = {};
  const others: Record<string, string> = {};
  const given = new Map<string, WsgiOption>();
  const ok = eachOption(call, rest, invalid, (option) => {
    const known = daemonOption(option.name, call.reading.modWsgi);
    if (!known) return unknownDaemonOption(call, option);
    const value = readValue(call, known, option);
    if (value === null) return false;
    given.set(option.name, option);
    call.wrote({ kind: 'daemon-option', name: name.text, option: option.name }, option.offset);
    if (known.field === null) others[option.name] = option.value.text;
    else fields[known.field] = value;
    return true;
  });
  const accepted = ok && notBothScriptOwners(call, given) && isNew(call, name.text, name.offset);
  const group = accepted ? daemonGroup(name.text, call.scope.host.index, fields, others) : null;
  if (!call.draft.daemons.has(name.text)) {
    call.wrote({ kind: 'daemon', name: name.text });
    call.draft.daemons.set(name.text, { host: call.scope.host, group });
  }
  if (group?.threads === 0) takesNothing(call, given.get('threads'));
}

function unknownDaemonOption(call: Call, option: WsgiOption): false {
  const elsewhere = daemonOptions.find((row) => row.name === option.name);
  if (elsewhere) {
    const when = elsewhere.until === null ? `came with ${elsewhere.since}` : `left in ${elsewhere.until}`;
    call.error(
      {
        code: 'CFG014',
        message: `${invalid} mod_wsgi ${call.reading.modWsgi} has no option '${option.name}': it ${when}`,
        fix: 'remove it, or run another release of mod_wsgi',
      },
      option.offset,
    );
    return false;
  }
  const known = daemonOptions.filter((row) => row.releases.includes(call.reading.modWsgi)).map((row) => row.name);
  return unknownOption(call, option, invalid, known);
}

/** The value as the C code reads it; null after an error. */
function readValue(call: Call, known: DaemonOption, option: WsgiOption): number | string | null {
  const { shape } = known;
  const refusal = known.refusal ?? invalid;
  const { text } = option.value;
  const refuse = (message: string, fix: string): null => {
    call.error({ code: 'CFG011', message, fix }, option.offset);
    return null;
  };
  if (shape.kind === 'text') return text;
  if (shape.kind === 'absolute-path') {
    if (option.name === 'chroot')
      call.warning(
        { code: 'CFG041', message: 'chroot works only when Apache is started by root', fix: 'start Apache as root' },
        option.offset,
      );
    return text.startsWith('/')
      ? text
      : refuse(`${refusal} ${option.name}=${text} does not begin with /`, 'write an absolute path');
  }
  if (nonEmpty(call, option, refusal) === null) return null;
  switch (shape.kind) {
    case 'integer':
    case 'long':
      return readInteger(
        call,
        { label: `${option.name}=`, written: text, offset: option.offset, unit: known.unit, reader: 'mod_wsgi' },
        shape,
        refusal,
      );
    case 'octal':
      return isOctalMask(text)
        ? text
        : refuse(`${refusal} ${option.name}=${text} is not an octal number`, 'write for example umask=0022');
    case 'flag':
      return onOff(call, option, refusal) === null ? null : text;
    case 'decimal':
      return isPositiveDecimal(text)
        ? text
        : refuse(
            `${refusal} ${option.name}=${text} is not a positive number`,
            `write for example ${option.name}=0.005`,
          );
    case 'name':
      return accountName(call, option, refuse);
  }
}

/** What `strtol(value, &end, 8)` reads to the end without overflow or a negative result. */
const isOctalMask = (text: string): boolean => /^\s*(?:\+?0*[0-7]{1,21}|-0+)$/.test(text);

export const isPositiveDecimal = (text: string): boolean =>
  /^\s*\+?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/.test(text) && Number(text) > 0;

/** Source: httpd, `ap_uname2id`: `#NUMBER` is an id, anything else a name that must exist. */
function accountName(call: Call, option: WsgiOption, refuse: (message: string, fix: string) => null): string | null {
  const { text } = option.value;
  if (option.name === 'user' && (text === 'root' || (text.startsWith('#') && atoi(text.slice(1)).value === 0)))
    return refuse(`WSGI process blocked from running as root. user=${text} is root`, 'name another user');
  const kind = option.name.includes('group') ? 'group' : 'user';
  if (!text.startsWith('#'))
    call.info(
      {
        code: 'CFG040',
        message: `there must be a ${kind} ${text} on the machine that runs Apache`,
        fix: `check it there with: getent ${kind === 'user' ? 'passwd' : 'group'} ${text}`,
      },
      option.offset,
    );
  return text;
}

function notBothScriptOwners(call: Call, given: ReadonlyMap<string, WsgiOption>): boolean {
  if (!given.has('script-user') || !given.has('script-group')) return true;
  call.error(
    { code: 'CFG011', message: 'Only one of script-user and script-group allowed.', fix: 'remove one of the two' },
    given.get('script-group')?.offset,
  );
  return false;
}

function isNew(call: Call, name: string, offset: number): boolean {
  if (!call.draft.daemons.has(name)) return true;
  call.error(
    {
      code: 'CFG015',
      message: `Name duplicates previous WSGI daemon definition. There is already a group '${name}'`,
      fix: 'give each group a name of its own, in whatever virtual host it stands',
    },
    offset,
  );
  return false;
}

function takesNothing(call: Call, threads: WsgiOption | undefined): void {
  call.warning(
    {
      code: 'CFG034',
      message: 'with no threads the processes of this group take no request; a request sent to the group fails',
      fix: 'write threads=N with N at least 1, unless the group is to run import scripts only',
    },
    threads?.offset,
  );
}

function daemonGroup(
  name: string,
  host: number,
  fields: Fields,
  others: Readonly<Record<string, string>>,
): DaemonGroup {
  const number = (field: keyof Fields): number => Number(fields[field] ?? defaultOf(field) ?? 0);
  const text = (field: keyof Fields): string | null => (fields[field] === undefined ? null : String(fields[field]));
  const seconds = (field: keyof Fields) => fromSeconds(number(field));
  return {
    name,
    host,
    // Written at all, even as 1, it makes wsgi.multiprocess True, so that its absence must be remembered.
    processes: fields.processes === undefined ? null : number('processes'),
    threads: number('threads'),
    maximumRequests: number('maximumRequests'),
    restartInterval: seconds('restartInterval'),
    inactivityTimeout: seconds('inactivityTimeout'),
    requestTimeout: seconds('requestTimeout'),
    interruptTimeout: seconds('interruptTimeout'),
    gracefulTimeout: seconds('gracefulTimeout'),
    evictionTimeout: seconds('evictionTimeout'),
    shutdownTimeout: seconds('shutdownTimeout'),
    deadlockTimeout: seconds('deadlockTimeout'),
    startupTimeout: seconds('startupTimeout'),
    queueTimeout: seconds('queueTimeout'),
    connectTimeout: seconds('connectTimeout'),
    socketTimeout: seconds('socketTimeout'),
    cpuTimeLimit: seconds('cpuTimeLimit'),
    listenBacklog: number('listenBacklog'),
    headerBufferSize: number('headerBufferSize'),
    user: text('user'),
    group: text('group'),
    supplementaryGroups: text('supplementaryGroups'),
    umask: text('umask'),
    displayName: text('displayName'),
    home: text('home'),
    lang: text('lang'),
    locale: text('locale'),
    pythonHome: text('pythonHome'),
    pythonPath: text('pythonPath'),
    pythonEggs: text('pythonEggs'),
    stackSize: fields.stackSize === undefined ? null : number('stackSize'),
    cpuPriority: number('cpuPriority'),
    memoryLimit: number('memoryLimit'),
    virtualMemoryLimit: number('virtualMemoryLimit'),
    others,
  };
}

const defaultOf = (field: keyof Fields): DaemonOption['default'] =>
  daemonOptions.find((option) => option.field === field)?.default ?? null;

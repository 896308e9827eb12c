/**
 * All options of a configuration in the order uWSGI meets them, whatever file or command line they come from. Some take
 * effect at once: they read files, open blocks, load plugins. The others wait until their placeholders are replaced.
 * Source: uWSGI 2.0, core/config.c, add_exported_option_do, uwsgi_apply_config_pass and uwsgi_configure.
 */
import type { UwsgiImplied } from '../../../spec/options/uwsgi-options.ts';
import { atoi } from '../apache/numbers.ts';
import type { Position } from '../diagnostic.ts';
import { readIni, type Setting } from './ini.ts';
import { knownOption } from './known-options.ts';
import { type Block, blockEnds, blockOf } from './logic.ts';
import { type MagicFile, magicTable, replaceMagic } from './magic.ts';
import { placeholder, replaceAll } from './passes.ts';
import { absolute } from './paths.ts';
import type { Reading } from './reading.ts';

/** One option as uWSGI knows it in the end: placeholders are replaced. */
export interface Entry extends Setting {
  /** Whether uWSGI sets something by it: its name is that of an option, and it did not take effect at once. */
  readonly isOption: boolean;
}

/** uWSGI has no limit but its stack, and its memory. */
const mostFiles = 200;
const mostOptions = 20_000;

export class Exported {
  /** What the names of options alone switched on. */
  readonly implied = new Set<UwsgiImplied>();
  /** The plugins that were asked for, in order. */
  readonly plugins: { readonly name: string; readonly at: Position }[] = [];
  /** `listen`, which takes effect at once: before its placeholders are replaced. */
  readonly atOnce: Setting[] = [];
  /** Options that somebody declared. */
  readonly declared = new Set<string>();
  isStrict = false;

  readonly #reading: Reading;
  readonly #entries: { key: string; value: string | null; readonly at: Position; done: boolean }[] = [];
  #block: Block | null = null;
  #blockAt: Position | null = null;
  /** While a block takes an option: what that option reads from files is not taken by the block again. */
  #isInItem = false;
  #first: MagicFile | null = null;
  #filesOpen = 0;
  /** Names that are asked for by `%(name)` or a condition. */
  readonly #asked = new Set<string>();
  #lastFile: string | null = null;

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  /** Meets one option. */
  add({ key, value, at }: Setting): void {
    if (this.#reading.stopped) return;
    if (this.#isInItem) {
      this.#take({ key, value, at }, false);
      return;
    }
    if (blockEnds.has(key)) this.#block = null;
    if (this.#block === null) {
      this.#take({ key, value, at }, false);
      return;
    }
    const items = this.#block.items(this.#reading, (name) => this.#ask(name));
    this.#isInItem = true;
    for (const item of items)
      this.#take({ key, value: item === null ? value : (value?.replaceAll('%(_)', () => item) ?? null), at }, false);
    this.#isInItem = false;
  }

  /** The first option of that name has it; null is none. Source: uwsgi_get_exported_opt. */
  valueOf(name: string): string | null {
    return this.#entries.find(({ key }) => key === name)?.value ?? null;
  }

  /** Reads a configuration file, and adds what stands in it. */
  load(written: string, at: Position): void {
    const reading = this.#reading;
    const file = this.#fileOf(written);
    if (file === null) {
      reading.stop(at, {
        code: 'CFG071',
        message: `${written} names a section of the file being read, and no file is being read`,
        fix: 'write the name of the file before the colon',
      });
      return;
    }
    const text = reading.source.read(file.path);
    if (text === null) {
      reading.stop(at, {
        code: 'CFG071',
        message: `uWSGI exits: ${file.path} cannot be read`,
        fix: `check the path: relative ones begin at the directory uWSGI is started in, ${reading.workingDirectory}`,
      });
      return;
    }
    this.loadText(file, text, this.#shownAs(written, file), at);
  }

  /** A configuration that is named without an option. */
  loadNamed(written: string, at: Position): void {
    this.#loadAny({ key: 'include', value: written, at });
  }

  /** Whether a value asks for the option of that name, or it was set to be asked for. */
  isPlaceholder(name: string): boolean {
    return this.#asked.has(name);
  }

  /** Adds what stands in a text. */
  loadText(file: MagicFile, text: string, shown: string, at: Position): void {
    const reading = this.#reading;
    if (++this.#filesOpen > mostFiles) {
      reading.stop(at, {
        code: 'CFG072',
        message: `files include one another without end: ${file.path} leads back to itself`,
        fix: 'remove the ini or include that leads back to a file being read',
      });
      return;
    }
    this.#first ??= file;
    this.#lastFile = file.path;
    const table = magicTable(file, this.#first, reading.machine, reading.workingDirectory);
    const { placed, lost, local } = replaceMagic(shown, text, table);
    for (const { character, at: place } of lost)
      reading.report('warning', place, {
        code: 'CFG073',
        message:
          character === '\n' || character === '\r'
            ? 'uWSGI takes the % and the end of the line away: the next line becomes part of this one'
            : `uWSGI takes %${character} away: it stands for nothing`,
        fix: `write %%${character.trim()} for a % that is meant`,
      });
    for (const { character, at: place, value } of local)
      reading.report('info', place, {
        code: 'CFG074',
        message: `%${character} depends on the machine: it is taken for '${value}' here`,
        fix: 'nothing, if the server runs on this machine',
      });
    const { sections, settings } = readIni(placed, file.section);
    if (settings.length === 0)
      reading.report(
        'warning',
        { file: shown, line: 1, column: 1 },
        {
          code: 'CFG075',
          message: `there is nothing in a section [${file.section}]: uWSGI reads no other and goes on without`,
          fix:
            sections.length === 0
              ? `write [${file.section}] above the options`
              : `name the section behind the file, as in ${file.written}:${sections[0]}, or rename it`,
        },
      );
    for (const setting of settings) this.add(setting);
    this.#filesOpen--;
  }

  /** Replaces placeholders, and takes the options that add others. */
  finish(): readonly Entry[] {
    const reading = this.#reading;
    this.#pass('$', (name) => reading.environment[name] ?? null);
    this.#pass('@', (name, at) => this.#contentOf(name, at));
    this.#pass('%', (name) => placeholder(name, (option) => this.#ask(option)));
    if (this.#block !== null && this.#blockAt !== null && !reading.stopped)
      reading.report('warning', this.#blockAt, {
        code: 'CFG076',
        message: `this ${this.#block.name} is never closed: it holds for every option that follows, in other files too`,
        fix: `write ${this.#block.name.startsWith('for') ? 'endfor' : 'endif'} = behind the last option it is meant for`,
      });
    // What inherit adds comes after everything else, and without another look for placeholders.
    for (let index = 0; index < this.#entries.length && !reading.stopped; index++) {
      const entry = this.#entries[index];
      if (entry && !entry.done && entry.key === 'inherit') {
        entry.done = true;
        this.#loadAny({ ...entry, value: entry.value ?? '' });
      }
    }
    this.#refuseUnknown();
    return this.#entries.map(({ key, value, at, done }) => ({
      key,
      value,
      at,
      isOption: !done && knownOption(key, reading.release) !== null,
    }));
  }

  #ask(name: string): string | null {
    this.#asked.add(name);
    return this.valueOf(name);
  }

  /** With strict, wherever it was written, uWSGI exits at a name it does not know when it sets its options. */
  #refuseUnknown(): void {
    const unknown = this.#entries.find(({ key, done }) => !done && !this.#isKnown(key));
    if (this.isStrict && unknown && !this.#reading.stopped) this.#refuse(unknown);
  }

  #isKnown(key: string): boolean {
    return knownOption(key, this.#reading.release) !== null || this.declared.has(key);
  }

  #refuse({ key, at }: Setting): void {
    this.#reading.stop(at, {
      code: 'CFG078',
      message: `uWSGI exits: it knows no option ${key}, and strict is set`,
      fix: 'correct the name, set a placeholder by set-placeholder, or load the plugin that has the option first',
    });
  }

  #take(setting: Setting, isPlaceholder: boolean): void {
    const reading = this.#reading;
    const { key, value, at } = setting;
    if (reading.stopped) return;
    if (this.#entries.length >= mostOptions) {
      reading.stop(at, {
        code: 'CFG072',
        message: `there are more than ${mostOptions} options: this reader goes no further`,
        fix: 'look for a loop that doubles them',
      });
      return;
    }
    const entry = { key, value, at, done: isPlaceholder };
    this.#entries.push(entry);
    if (isPlaceholder) this.#asked.add(key);
    const known = knownOption(key, reading.release);
    if (isPlaceholder) {
      if (known)
        reading.stop(at, {
          code: 'CFG077',
          message: `uWSGI exits: ${key} is the name of an option, and no placeholder can have it`,
          fix: 'choose another name, or use set',
        });
      return;
    }
    if (known === null) {
      if (this.isStrict && !this.#isKnown(key)) this.#refuse(setting);
      return;
    }
    for (const each of known.implies) this.implied.add(each);
    entry.done = this.#takeAtOnce({ key, value: value ?? '', at });
  }

  /** Source: the options with UWSGI_OPT_IMMEDIATE in core/uwsgi.c. Returns whether the option was one of them. */
  #takeAtOnce(setting: Setting & { readonly value: string }): boolean {
    const { key, value, at } = setting;
    switch (key) {
      case 'ini':
        this.load(value, at);
        return true;
      case 'include':
      case 'config':
      case 'xml':
      case 'xmlconfig':
      case 'yaml':
      case 'yml':
      case 'json':
      case 'js':
        this.#loadAny(setting);
        return true;
      case 'set':
      case 'set-placeholder':
      case 'set-ph':
        this.#set(setting);
        return true;
      case 'strict':
        this.isStrict = isOn(value);
        return true;
      case 'plugin':
      case 'plugins':
      case 'need-plugin':
      case 'need-plugins':
        for (const name of value.split(',').filter(Boolean)) this.plugins.push({ name, at });
        return true;
      case 'declare-option':
        this.#declare(setting);
        return true;
      case 'listen':
        this.atOnce.push(setting);
        return true;
      default:
        break;
    }
    const block = blockOf(key, value);
    if (block === null) return blockEnds.has(key);
    if (this.#block !== null)
      this.#reading.stop(at, {
        code: 'CFG079',
        message: `uWSGI exits: ${key} inside ${this.#block.name}; a block cannot hold another`,
        fix: `close ${this.#block.name} first`,
      });
    this.#block = block;
    this.#blockAt = at;
    return true;
  }

  #set({ value, key, at }: Setting & { readonly value: string }): void {
    const equals = value.indexOf('=');
    if (equals < 0) {
      this.#reading.stop(at, {
        code: 'CFG077',
        message: `uWSGI exits: ${key} needs NAME=VALUE, and found '${value}'`,
        fix: `write ${key} = NAME=VALUE`,
      });
      return;
    }
    const placed = { key: value.slice(0, equals), value: value.slice(equals + 1), at };
    if (key === 'set') this.add(placed);
    else this.#take(placed, true);
  }

  #declare({ value, at }: Setting & { readonly value: string }): void {
    const equals = value.indexOf('=');
    if (equals < 0)
      this.#reading.stop(at, {
        code: 'CFG077',
        message: `uWSGI exits: declare-option needs NAME=TEMPLATE, and found '${value}'`,
        fix: 'write declare-option = NAME=TEMPLATE',
      });
    else {
      this.declared.add(value.slice(0, equals));
      this.#reading.report('warning', at, {
        code: 'CFG080',
        message: `what ${value.slice(0, equals)} stands for is left out of the prediction`,
        fix: 'write the options themselves',
      });
    }
  }

  /** A file by its ending. Source: uWSGI 2.0, core/uwsgi.c, uwsgi_opt_load. */
  #loadAny({ key, value, at }: Setting & { readonly value: string }): void {
    const isIni = value.endsWith('.ini');
    const other = /\.(xml|ya?ml|json|js)$/.exec(value)?.[1] ?? (/^(?:xml|ya?ml|js)/.test(key) ? key : null);
    if (isIni && !/^(?:xml|ya?ml|js)/.test(key)) {
      this.load(value, at);
      return;
    }
    this.#reading.stop(
      at,
      other === null
        ? {
            code: 'CFG071',
            message: `uWSGI exits: it cannot load a configuration from ${value}, by the end of its name`,
            fix: 'name a file that ends in .ini',
          }
        : {
            code: 'CFG090',
            message: `${value} cannot be read: of the configurations of uWSGI only .ini files and command lines can`,
            fix: 'write the same options into a .ini file: all formats have the same ones',
          },
    );
  }

  #fileOf(written: string): MagicFile | null {
    const colon = written.lastIndexOf(':');
    const name = colon < 0 ? written : written.slice(0, colon);
    const section = colon < 0 ? '' : written.slice(colon + 1);
    const path = colon === 0 ? this.#lastFile : absolute(name, this.#reading.workingDirectory);
    return path === null ? null : { written: name, path, section: section || 'uwsgi' };
  }

  /** What messages call the file: as it was written, or by its whole path where only a section was. */
  #shownAs(written: string, file: MagicFile): string {
    return written.startsWith(':') ? file.path : file.written;
  }

  /** Source: uWSGI 2.0, core/uwsgi.c, uwsgi_at_file_read: the whole file, without the last character if it ends a line. */
  #contentOf(path: string, at: Position): string | null {
    const text = this.#reading.source.read(absolute(path, this.#reading.workingDirectory));
    if (text === null)
      this.#reading.stop(at, {
        code: 'CFG071',
        message: `uWSGI exits: @(${path}) cannot be read`,
        fix: 'check the path: relative ones begin at the directory uWSGI is started in',
      });
    return text?.replace(/[\r\n]$/, '') ?? null;
  }

  #pass(symbol: '$' | '@' | '%', lookUp: (name: string, at: Position) => string | null): void {
    for (const entry of this.#entries) {
      if (entry.value === null || entry.done || this.#reading.stopped) continue;
      const value = replaceAll(entry.value, symbol, (name) => lookUp(name, entry.at));
      if (this.#reading.stopped) return;
      if (value === null)
        this.#reading.stop(entry.at, {
          code: 'CFG072',
          message: `uWSGI never starts: the placeholders in ${entry.key} lead back to themselves`,
          fix: 'write the value itself',
        });
      else entry.value = value;
    }
  }
}

/** Source: uWSGI 2.0, core/uwsgi.c, uwsgi_opt_true. */
export const isOn = (value: string | null): boolean =>
  value === null || !(/^(?:false|off|no)$/i.test(value) || value === '0');

/** The number that an option without digits behind it has is 0. */
export const countOf = (value: string | null): number => (value === null ? 1 : atoi(value).value);

/** Which modules a server has loaded, and so which directives it knows. */
import type { Mpm } from '../../../spec/deployments/apache.ts';
import { type ApacheDirective, type ApacheModule, apacheModules } from '../../../spec/options/apache-directives.ts';

/** What became of a LoadModule. */
export type LoadResult = 'loaded' | 'already-loaded' | 'built-in' | 'wrong-file' | 'unknown-module';

const mpmSymbols: Readonly<Record<Mpm, string>> = {
  prefork: 'mpm_prefork_module',
  worker: 'mpm_worker_module',
  event: 'mpm_event_module',
};

const bySymbol = new Map(apacheModules.map((module) => [module.symbol, module]));
const wsgi = { symbol: 'wsgi_module', file: 'mod_wsgi.c' };

/**
 * The modules of one reading. A file that loads no module is a part of a larger configuration: then every module of
 * Apache counts as loaded, of the MPMs only `assumedMpm`. mod_wsgi always counts as loaded.
 */
export class Modules {
  readonly everything: boolean;
  readonly assumedMpm: Mpm | null;
  /** Every LoadModule there was, in order, each with whether it named a module that Apache does not have. */
  readonly loaded: string[] = [];
  readonly #mpms: Mpm[] = [];
  #unknown = false;

  constructor(everything: boolean, assumedMpm: Mpm | null) {
    this.everything = everything;
    this.assumedMpm = assumedMpm;
  }

  load(symbol: string, path: string): LoadResult {
    if (this.loaded.includes(symbol)) return 'already-loaded';
    const module = bySymbol.get(symbol);
    if (module?.builtIn) return 'built-in';
    const inFile = /(?:^|\/)mod_([^/]*)\.so$/.exec(path)?.[1];
    if (inFile !== undefined && bySymbol.has(`${inFile}_module`) && `${inFile}_module` !== symbol) return 'wrong-file';
    this.loaded.push(symbol);
    const mpm = (['prefork', 'worker', 'event'] as const).find((name) => mpmSymbols[name] === symbol);
    if (mpm) this.#mpms.push(mpm);
    if (module || symbol === wsgi.symbol) return 'loaded';
    this.#unknown = true;
    return 'unknown-module';
  }

  /** The MPMs that were loaded, in order; a server needs exactly one. */
  get loadedMpms(): readonly Mpm[] {
    return this.#mpms;
  }

  get mpm(): Mpm {
    return this.#mpms[0] ?? this.assumedMpm ?? 'event';
  }

  /** Whether some module is loaded whose directives cannot be known. */
  get hasUnknown(): boolean {
    return this.#unknown;
  }

  /** What `<IfModule name>` asks; both kinds of name count, and case matters. */
  has(name: string): boolean {
    if (name === wsgi.symbol || name === wsgi.file) return true;
    const module = apacheModules.find((candidate) => candidate.symbol === name || candidate.file === name);
    return module ? this.#isLoaded(module) : this.loaded.includes(name);
  }

  /** The directives of that name, in any case, of all loaded modules. A section's name begins with `<`. */
  directives(name: string): readonly ApacheDirective[] {
    return (directivesByName.get(name.toLowerCase()) ?? []).flatMap(({ module, directive }) =>
      this.#isLoaded(module) ? [directive] : [],
    );
  }

  #isLoaded(module: ApacheModule): boolean {
    const mpm = (['prefork', 'worker', 'event'] as const).find((name) => mpmSymbols[name] === module.symbol);
    if (mpm) return this.#mpms.length > 0 ? this.#mpms.includes(mpm) : this.assumedMpm === mpm;
    return this.everything || module.builtIn || this.loaded.includes(module.symbol);
  }
}

/** The modules of Apache that have a directive of that name, loaded or not: what to load to make it known. */
export const modulesWith = (name: string): readonly ApacheModule[] =>
  (directivesByName.get(name.toLowerCase()) ?? []).map(({ module }) => module);

const directivesByName = new Map<string, { readonly module: ApacheModule; readonly directive: ApacheDirective }[]>();
for (const module of apacheModules)
  for (const directive of module.directives) {
    const key = directive.name.toLowerCase();
    directivesByName.set(key, [...(directivesByName.get(key) ?? []), { module, directive }]);
  }

/** Every name of a directive that Apache's own modules have. */
export const directiveNames: readonly string[] = [...directivesByName.values()].flatMap((entries) =>
  entries.slice(0, 1).map(({ directive }) => directive.name),
);

/** The directives that give every process what a deployment says; what equals a default is left out. */
import type { GilDirective } from '../../../spec/serving/gil.ts';
import { plainServer, type ServerSurroundings } from '../../../spec/serving/surroundings.ts';
import { quoteWord } from './words.ts';

type Name = Exclude<keyof ServerSurroundings, 'pythonWarnings' | 'gil'>;

const directives: Readonly<Record<Name, string>> = {
  user: 'User',
  group: 'Group',
  pythonHome: 'WSGIPythonHome',
  pythonPath: 'WSGIPythonPath',
  pythonEggs: 'WSGIPythonEggs',
  pythonOptimize: 'WSGIPythonOptimize',
  pythonHashSeed: 'WSGIPythonHashSeed',
  dontWriteBytecode: 'WSGIDontWriteBytecode',
  lazyInitialization: 'WSGILazyInitialization',
  restrictStdin: 'WSGIRestrictStdin',
  restrictStdout: 'WSGIRestrictStdout',
  restrictSignal: 'WSGIRestrictSignal',
  destroyInterpreter: 'WSGIDestroyInterpreter',
  socketRotation: 'WSGISocketRotation',
};

export const surroundingsLines = (surroundings: ServerSurroundings): readonly string[] => [
  ...(Object.keys(directives) as Name[]).flatMap((name) => {
    const value = surroundings[name];
    return value === null || value === plainServer[name] ? [] : [`${directives[name]} ${quoteWord(text(value))}`];
  }),
  ...surroundings.pythonWarnings.map((filter) => `WSGIPythonWarnings ${quoteWord(filter)}`),
  ...surroundings.gil.flatMap(gilLines),
];

function gilLines({ directive, on, within }: GilDirective): readonly string[] {
  const line = `${directive} ${text(on)}`;
  if (within === null) return [line];
  const selector = (key: string, name: string | null): string =>
    name === null ? '' : ` ${quoteWord(`${key}=${name || '%{GLOBAL}'}`)}`;
  const named = `${selector('process-group', within.processGroup)}${selector('application-group', within.applicationGroup)}`;
  return [`<WSGIInterpreterOptions${named}>`, `  ${line}`, '</WSGIInterpreterOptions>'];
}

const text = (value: string | number | boolean): string =>
  typeof value === 'boolean' ? (value ? 'On' : 'Off') : String(value);

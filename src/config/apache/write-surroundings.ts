/** The directives that give every process what a deployment says; what equals a default is left out. */
import { plainServer, type ServerSurroundings } from '../../../spec/surroundings.ts';
import { quoteWord } from './words.ts';

type Name = Exclude<keyof ServerSurroundings, 'pythonWarnings'>;

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
};

export const surroundingsLines = (surroundings: ServerSurroundings): readonly string[] => [
  ...(Object.keys(directives) as Name[]).flatMap((name) => {
    const value = surroundings[name];
    return value === null || value === plainServer[name] ? [] : [`${directives[name]} ${quoteWord(text(value))}`];
  }),
  ...surroundings.pythonWarnings.map((filter) => `WSGIPythonWarnings ${quoteWord(filter)}`),
];

const text = (value: string | number | boolean): string =>
  typeof value === 'boolean' ? (value ? 'On' : 'Off') : String(value);

/** What any server is asked to show how it keeps PEP 3333: each program once, and that it goes on serving after an error. */
import { programNames } from '../../spec/programs.ts';
import type { Address } from '../../spec/trace.ts';
import type { Asking, Situation } from './situations.ts';

/** Each program at this address, one after the other; it leaves the server as it is, and serving. */
export const pepSituations = (to: Address, asking: Asking): readonly Situation[] => [
  {
    name: `${beginning} ${to.path}`,
    steps: programNames.flatMap((program) => {
      const performed = asking.request(to, { kind: 'perform', program });
      return program.startsWith('raises-') ? [performed, asking.request(to)] : [performed];
    }),
  },
];

const beginning = 'programs are performed at';

/** Whether it is one of these situations. */
export const isPerforming = ({ name }: Situation): boolean => name.startsWith(beginning);

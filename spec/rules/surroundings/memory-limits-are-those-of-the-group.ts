import type { ApacheRule } from '../rule.ts';
import { judgeGifts } from './given.ts';

export const memoryLimitsAreThoseOfTheGroup: ApacheRule = {
  id: 'CONF-MEMORY-01',
  level: 'must',
  area: 'surroundings',
  says: 'memory-limit bounds the data segment of every process of the group, and virtual-memory-limit its address space, both in bytes.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation'],
  source: [
    'mod_wsgi 4.9.4, mod_wsgi.c, wsgi_start_process: RLIMIT_DATA and RLIMIT_AS',
    'mod_wsgi manual, WSGIDaemonProcess, memory-limit=nnn and virtual-memory-limit=nnn',
  ],
  why: 'An application that grows without end gets MemoryError before the machine has none left for the others.',
  judge: (run) =>
    judgeGifts(run, 'no process was seen whose group has a memory-limit or a virtual-memory-limit', [
      {
        option: 'memory-limit',
        wanted: ({ memoryLimit }) => (memoryLimit > 0 ? String(memoryLimit) : null),
        found: ({ given }) => told(given.dataLimit),
      },
      {
        option: 'virtual-memory-limit',
        wanted: ({ virtualMemoryLimit }) => (virtualMemoryLimit > 0 ? String(virtualMemoryLimit) : null),
        found: ({ given }) => told(given.addressSpaceLimit),
      },
    ]),
};

const told = (limit: number | null): string => (limit === null ? 'no limit' : String(limit));

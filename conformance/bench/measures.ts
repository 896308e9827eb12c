/** What is measured of each contestant, and how: each measure gives one number a round. */
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { applicationText } from './application.ts';
import { type Contestant, family } from './contestants.ts';
import { type Load, requestsPerSecond } from './wrk.ts';

export interface Measure {
  readonly name: string;
  readonly title: string;
  readonly unit: 'requests/s' | 'ms' | 'MiB';
  /** What the gateway is to reach, as a ratio to the contestant of that name; of ms and MiB less is better. */
  readonly targets: Readonly<Record<string, number>>;
  readonly take: (contestant: Contestant, stage: Stage) => Promise<number>;
}

/** What a measure may use beside the running contestant. */
export interface Stage {
  /** The contestant's folder. */
  readonly folder: string;
  /** The file of its application. */
  readonly script: string;
  /** From the start of the program to its first response, in ms, of a start made for this round. */
  readonly startAgain: () => Promise<number>;
}

const under =
  (load: Load) =>
  (contestant: Contestant, { folder }: Stage) =>
    requestsPerSecond(contestant.port, load, folder);

export const measures: readonly Measure[] = [
  {
    name: 'hello',
    title: 'hello world, 32 connections',
    unit: 'requests/s',
    targets: {
      'Apache + mod_wsgi daemon': 1.5,
      'gunicorn gthread': 1.5,
      'uWSGI http': 0.7,
      'uWSGI http11-socket': 0.7,
    },
    take: under({ path: '/hello', connections: 32, seconds: 3 }),
  },
  {
    name: 'json',
    title: '64 KiB of JSON, 32 connections',
    unit: 'requests/s',
    targets: {},
    take: under({ path: '/json', connections: 32, seconds: 2 }),
  },
  {
    name: 'stream',
    title: 'a stream of 10 MiB, 8 connections',
    unit: 'requests/s',
    targets: { 'gunicorn gthread': 1 },
    take: under({ path: '/stream', connections: 8, seconds: 3 }),
  },
  {
    name: 'upload',
    title: 'an upload of 1 MiB, 8 connections',
    unit: 'requests/s',
    targets: { 'gunicorn gthread': 1 },
    take: under({ path: '/upload', connections: 8, seconds: 3, upload: 1 << 20 }),
  },
  {
    name: 'sleepers',
    title: '200 connections, each request sleeps 50 ms',
    unit: 'requests/s',
    targets: {},
    take: under({ path: '/sleep', connections: 200, seconds: 3 }),
  },
  {
    name: 'start',
    title: 'from the start of the server to its first response',
    unit: 'ms',
    targets: { 'gunicorn gthread': 1 },
    take: (_, { startAgain }) => startAgain(),
  },
  {
    name: 'reload',
    title: 'from new code to its first response',
    unit: 'ms',
    targets: { 'Apache + mod_wsgi daemon': 1 },
    take: async (contestant, { script }) => {
      const { port } = contestant;
      const edition = Number(await answered(port, '/edition')) + 1;
      const began = performance.now();
      writeFileSync(script, applicationText(edition));
      contestant.reload();
      while ((await answered(port, '/edition')) !== String(edition));
      return performance.now() - began;
    },
  },
  {
    name: 'memory',
    title: 'peak memory of a process that runs the application, after all of the above',
    unit: 'MiB',
    targets: { 'gunicorn gthread': 1.2 },
    take: async (contestant) => {
      const { workers } = family(contestant);
      return workers.reduce((sum, pid) => sum + peak(pid), 0) / workers.length;
    },
  },
  {
    name: 'memory-parent',
    title: 'peak memory of the parent, after all of the above',
    unit: 'MiB',
    targets: {},
    take: async (contestant) => peak(family(contestant).parent),
  },
];

/** The most memory a process ever had resident, in MiB. */
const peak = (pid: number): number =>
  Number(/^VmHWM:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

/** Asks on a new connection until there is an answer: a server that starts or reloads may refuse. */
export async function answered(port: number, path: string): Promise<string> {
  const giveUp = performance.now() + 30_000;
  for (;;)
    try {
      return await ask(port, path);
    } catch (error) {
      if (performance.now() > giveUp) throw error;
    }
}

const ask = (port: number, path: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (block: string) => {
        text += block;
      });
      response.on('error', reject);
      response.on('end', () =>
        response.statusCode === 200 ? resolve(text) : reject(new Error(`${path} gave ${response.statusCode}`)),
      );
    });
    asked.on('error', reject);
    asked.end();
  });

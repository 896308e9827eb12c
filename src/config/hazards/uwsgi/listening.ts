/** Traps in where and how the server listens. */
import type { UwsgiListen } from '../../../../spec/deployments/uwsgi.ts';
import { usualSomaxconn as usualMost } from '../../../../spec/serving/somaxconn.ts';
import { counted } from '../wording.ts';
import type { UwsgiHazard, UwsgiScene } from './scene.ts';

const isOpen = ({ address }: UwsgiListen): boolean => /^(?:\*|0\.0\.0\.0|::|\[::\])$/.test(address);

const placeOf = ({ protocol }: UwsgiListen, scene: UwsgiScene) =>
  protocol === 'uwsgi' ? scene.place('socket') : scene.place(protocol);

export const uwsgiForEverybody: UwsgiHazard = {
  code: 'HAZ241',
  title: 'The protocol of uWSGI for everybody',
  explanation:
    'Who can connect to a socket that speaks the uwsgi protocol can name a file to be loaded as an application: it is a way to run any code. It belongs between a web server and uWSGI and to nobody else.',
  source: 'uWSGI manual, Things to know',
  find: (scene) =>
    scene.deployment.listens
      .filter((listen) => listen.protocol === 'uwsgi' && isOpen(listen))
      .map((listen) => ({
        at: placeOf(listen, scene),
        severity: 'warning',
        message: `port ${listen.port} speaks the uwsgi protocol on every address of the machine: whoever reaches it can have any code run`,
        fix: `write socket = 127.0.0.1:${listen.port}, or a socket in the file system`,
      })),
};

export const workersServeClients: UwsgiHazard = {
  code: 'HAZ242',
  title: 'Workers that speak HTTP with everybody',
  explanation:
    'http-socket makes each worker read and write the connection itself: a client that sends or reads slowly keeps a worker, or one of its threads, for as long. It is meant for a web server in front. http puts a router before the workers, which does that for them.',
  source: 'uWSGI manual, Things to know and HTTP support',
  find: (scene) =>
    scene.deployment.listens
      .filter((listen) => /^http(?:11)?-socket$/.test(listen.protocol) && isOpen(listen))
      .map((listen) => {
        const { processes, threads } = scene.deployment;
        return {
          at: placeOf(listen, scene),
          severity: 'warning',
          message: `${counted(processes * threads, 'slow client')} of port ${listen.port} ${processes * threads === 1 ? 'keeps' : 'keep'} this server from answering anybody`,
          fix: `write http = :${listen.port} where there is no web server in front, or http-socket = 127.0.0.1:${listen.port} where there is one`,
        };
      }),
};

export const longQueue: UwsgiHazard = {
  code: 'HAZ243',
  title: 'A queue longer than the kernel allows',
  explanation:
    'On Linux uWSGI does not start where listen is more than net.core.somaxconn: 4096 since Linux 5.4, and 128 before and in containers that say so. Elsewhere the kernel cuts it without a word.',
  source: 'rule LIFE-UWSGI-09; uWSGI 2.0, core/socket.c',
  find: ({ deployment, place }) =>
    deployment.listen <= usualMost.before
      ? []
      : [
          {
            at: place('listen'),
            severity: deployment.listen > usualMost.now ? 'warning' : 'info',
            message: `the server does not start where net.core.somaxconn is below ${deployment.listen}; it is ${deployment.listen > usualMost.now ? usualMost.now : usualMost.before} on many machines`,
            fix: `set net.core.somaxconn to ${deployment.listen} on the machine that runs it`,
          },
        ],
};

export const numberTakenForFile: UwsgiHazard = {
  code: 'HAZ244',
  title: 'A port without a colon is a file',
  explanation:
    'An address without a colon is the name of a socket in the file system: socket = 8001 makes a file of the name 8001 in the directory the server is started in, and nothing listens on port 8001.',
  source: 'uWSGI 2.0, core/socket.c, uwsgi_bind_sockets',
  find: (scene) =>
    scene.deployment.listens.flatMap((listen) => {
      const [, name] = /^unix:.*\/(\d+)$/.exec(listen.address) ?? [];
      return name === undefined
        ? []
        : [
            {
              at: placeOf(listen, scene),
              severity: 'warning' as const,
              message: `nothing listens on port ${name}: an address without a colon is the name of a file, here ${listen.address.slice('unix:'.length)}`,
              fix: `write :${name}, or 127.0.0.1:${name}`,
            },
          ];
    }),
};

export const socketStays: UwsgiHazard = {
  code: 'HAZ245',
  title: 'The file of the socket stays',
  explanation:
    'Without vacuum the file of a socket is still there when the server is not. A web server in front then gets "connection refused" instead of "no such file", and scripts that wait for the file are misled.',
  source: 'uWSGI 2.0, core/uwsgi.c, vacuum; manual, Options',
  find: (scene) =>
    scene.isOn('vacuum')
      ? []
      : scene.deployment.listens
          .filter(({ address }) => address.startsWith('unix:') && !address.startsWith('unix:@'))
          .map((listen) => ({
            at: placeOf(listen, scene),
            severity: 'info',
            message: `${listen.address.slice('unix:'.length)} stays when the server stops`,
            fix: 'write vacuum = true',
          })),
};

export const smallBuffer: UwsgiHazard = {
  code: 'HAZ246',
  title: 'Long headers are refused',
  explanation:
    'The line and all headers of a request must fit into buffer-size, 4096 bytes unless said otherwise. Requests with large cookies or tokens are refused; the log says "invalid request block size".',
  source: 'uWSGI manual, Things to know; core/init.c',
  find: ({ all, place }) =>
    all('buffer-size').length > 0
      ? []
      : [
          {
            at: place('buffer-size', 'http-socket', 'http', 'socket'),
            severity: 'info',
            message: 'a request whose headers take more than 4096 bytes, cookies included, is refused',
            fix: 'write buffer-size = 32768 where there are large cookies or tokens',
          },
        ],
};

/** Traps in what is in front of gunicorn, and around it. */
import { type GunicornHazard, isPublic } from './scene.ts';

export const slowClients: GunicornHazard = {
  code: 'HAZ161',
  title: 'Slow clients keep sync workers',
  explanation:
    'A sync worker reads the request and writes the response itself, at the speed of the client. A few slow ones keep all workers; the manual wants a proxy in front that buffers.',
  source: 'gunicorn manual, Deploying Gunicorn and Design: Sync Workers',
  find: ({ deployment, place }) =>
    deployment.workerClass === 'sync' && isPublic(deployment)
      ? [
          {
            at: place('bind'),
            severity: 'info',
            message: `${deployment.workers === 1 ? 'one slow client keeps the only worker' : `${deployment.workers} slow clients keep all workers`}, if they can reach this address`,
            fix: 'put a proxy that buffers in front, or use threads',
          },
        ]
      : [],
};

export const believesAnybody: GunicornHazard = {
  code: 'HAZ162',
  title: 'Believes anybody about HTTPS',
  explanation:
    "With forwarded_allow_ips = '*' gunicorn believes whoever connects that a request came by HTTPS, and wsgi.url_scheme is what they say. Where clients can reach gunicorn beside the proxy, redirects and secure cookies can be deceived.",
  source: 'gunicorn manual, Settings, forwarded_allow_ips and secure_scheme_headers',
  find: ({ deployment, written }) => {
    const allowed = written('forwarded_allow_ips');
    const all =
      allowed?.value.kind === 'list' && allowed.value.items.some((item) => item.kind === 'str' && item.value === '*');
    return allowed && all && isPublic(deployment)
      ? [
          {
            at: allowed.at,
            severity: 'warning',
            message: 'any client that reaches this address can say that its request came by HTTPS',
            fix: 'name the addresses of the proxy, or listen where only it can connect: 127.0.0.1 or a socket',
          },
        ]
      : [];
  },
};

export const daemonWithoutLog: GunicornHazard = {
  code: 'HAZ163',
  title: 'A daemon whose errors nobody sees',
  explanation:
    'A daemon has no terminal: the error log, which goes to standard error unless errorlog names a file, is lost, and with it why a worker does not start. Under systemd or in a container gunicorn must not be a daemon at all, for these follow the process that they started.',
  source: 'gunicorn 20.1, util.py, daemonize; manual, Deploying Gunicorn, Monitoring',
  find: ({ deployment, written, place }) => {
    const log = written('errorlog')?.value;
    const isFile = log?.kind === 'str' && log.value !== '-' && log.value !== '';
    const goesElsewhere = ['syslog', 'logconfig', 'logconfig_dict', 'logconfig_json', 'enable_stdio_inheritance'];
    if (!deployment.daemon || isFile || goesElsewhere.some((name) => written(name) !== null)) return [];
    return [
      {
        at: place('daemon'),
        severity: 'warning',
        message: 'a daemon writes its error log to nowhere: why a worker does not start is not to be seen',
        fix: 'set errorlog to a file, or leave daemon out and let systemd or a container run it',
      },
    ];
  },
};

export const inheritedAlone: GunicornHazard = {
  code: 'HAZ164',
  title: 'Addresses beside an inherited socket',
  explanation: 'Where one bind is fd://, gunicorn opens none of the others.',
  source: 'gunicorn 20.1, sock.py, create_sockets',
  find: ({ written }) => {
    const bind = written('bind');
    const texts =
      bind?.value.kind === 'list' ? bind.value.items.map((item) => (item.kind === 'str' ? item.value : '')) : [];
    const own = texts.filter((text) => !text.startsWith('fd://'));
    return bind && own.length > 0 && own.length < texts.length
      ? [
          {
            at: bind.at,
            severity: 'warning',
            message: `gunicorn does not listen on ${own.join(' and ')}: with an inherited socket it opens none of its own`,
            fix: 'let whoever passes the socket open the others too',
          },
        ]
      : [];
  },
};

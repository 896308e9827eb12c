/** Which class runs the requests. Sources: gunicorn 20.1, config.py, worker_class; util.py, load_class; workers/__init__.py. */
import type { GunicornRelease, GunicornWorkerClass } from '../../../spec/deployments/gunicorn.ts';
import { type PythonValue, pythonText } from './python-value.ts';

export type WorkerClass =
  | {
      readonly kind: 'modelled';
      readonly workerClass: GunicornWorkerClass;
      readonly requestedClass: GunicornWorkerClass;
    }
  /** gunicorn may well start; nothing is known of such workers here. */
  | { readonly kind: 'unknown'; readonly message: string; readonly fix: string }
  | { readonly kind: 'refused'; readonly message: string; readonly fix: string };

const modelled: Readonly<Record<string, GunicornWorkerClass>> = {
  sync: 'sync',
  'gunicorn.workers.sync.SyncWorker': 'sync',
  gthread: 'gthread',
  'gunicorn.workers.gthread.ThreadWorker': 'gthread',
  gevent: 'gevent',
  'gunicorn.workers.ggevent.GeventWorker': 'gevent',
};

/** The bundled ones that are not modelled, with the releases that have them. */
const bundled: Readonly<Record<string, readonly GunicornRelease[]>> = {
  eventlet: ['20.1'],
  gevent_wsgi: ['20.1', '26.1'],
  gevent_pywsgi: ['20.1', '26.1'],
  tornado: ['20.1', '26.1'],
  asgi: ['26.1'],
};

export function workerClassOf(value: PythonValue, threads: number, release: GunicornRelease): WorkerClass {
  if (value.kind === 'class' && release === '20.1')
    return {
      kind: 'refused',
      message: `worker_class is the class ${value.name}, and gunicorn 20.1 stops when it wants to write its name to the log`,
      fix: `write it as a text: worker_class = '${value.name}'`,
    };
  const name = value.kind === 'class' ? value.name : value.kind === 'str' ? value.value.replace(/^#+/, '') : null;
  if (name === null)
    return {
      kind: 'refused',
      message: `worker_class is ${pythonText(value)}`,
      fix: "write 'sync', 'gthread' or 'gevent'",
    };
  const isSync = name === 'sync' || name.endsWith('SyncWorker');
  if (isSync && threads > 1) return { kind: 'modelled', workerClass: 'gthread', requestedClass: 'sync' };
  const known = Object.hasOwn(modelled, name) ? modelled[name] : undefined;
  if (known) return { kind: 'modelled', workerClass: known, requestedClass: known };
  const releases = Object.hasOwn(bundled, name) ? bundled[name] : undefined;
  if (!name.includes('.') && !name.startsWith('egg:') && !releases?.includes(release))
    return {
      kind: 'refused',
      message: `gunicorn ${release} has no worker class '${name}'`,
      fix: "write 'sync', 'gthread' or 'gevent', or the path of a class",
    };
  return {
    kind: 'unknown',
    message: `workers of class '${name}' are not modelled: ${reasonFor(name)}`,
    fix: "explain the deployment with worker_class 'sync', 'gthread' or 'gevent', and take it for that class",
  };
}

function reasonFor(name: string): string {
  if (/uvicorn|asgi|hypercorn|daphne/i.test(name))
    return 'they run ASGI applications, in one event loop for each process';
  if (/tornado|aiohttp/i.test(name)) return 'they run one event loop in each process, and a WSGI application blocks it';
  if (/eventlet|meinheld|pywsgi|gevent_wsgi/i.test(name)) return 'they run greenlets under a server of their own';
  return 'what such a class does with processes and threads is its own affair';
}

/** A server that runs already, by its URL. */
import fc from 'fast-check';
import type { PlainDeployment } from '../../spec/deployments/plain.ts';
import { readReport } from '../../src/probe/observation.ts';
import { requestIdHeader } from '../../src/probe/target.ts';
import { urlWorld } from '../adapters/url.ts';
import type { Found, KitTarget } from '../kit/target.ts';

export interface UrlTargetOptions {
  /** `http://127.0.0.1:8000/shop`: where the probe answers. */
  readonly url: string;
  /** How it was configured, as its user says; of what is not said no rule asks anything. */
  readonly processes?: number;
  readonly threads?: number;
}

export type UrlTarget =
  | { readonly kind: 'read'; readonly target: KitTarget }
  | { readonly kind: 'rejected'; readonly message: string; readonly fix: string };

/** How long the probe is given to answer once, in ms. */
const patience = 10_000;

export function urlTarget({ url: text, processes, threads }: UrlTargetOptions): UrlTarget {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.protocol !== 'http:')
    return {
      kind: 'rejected',
      message: `'${text}' is no URL at which a server can be asked by HTTP`,
      fix: 'write it as http://HOST:PORT/PATH; what stands in front of the server, such as TLS, is left aside',
    };
  const path = url.pathname === '/' ? '' : url.pathname.replace(/\/$/, '');
  const port = Number(url.port || 80);
  const deployment: PlainDeployment = {
    kind: 'plain',
    server: url.host,
    listens: [{ address: url.hostname, port }],
    application: { url: path, script: '/probe.py', module: null, callable: 'application' },
    processes: processes ?? 1,
    threads: threads ?? 1,
    promises: {
      countsProcesses: processes !== undefined,
      countsThreads: threads !== undefined,
      replacesProcesses: false,
      reloadsOn: null,
    },
  };
  return {
    kind: 'read',
    target: {
      id: `url-${url.host}`,
      title: `the server at ${url}`,
      find: () => find(url),
      deployments: fc.constant(deployment),
    },
  };
}

async function find(url: URL): Promise<Found> {
  try {
    const response = await fetch(url, {
      headers: { [requestIdHeader]: 'r0', connection: 'close' },
      signal: AbortSignal.timeout(patience),
    });
    const body = await response.text();
    if (readReport(body) === null)
      return {
        kind: 'missing',
        what: `the probe at ${url}: what answers there with status ${response.status} is something else`,
        fix: 'run the server with the probe script of this very release as its application',
      };
    const server = response.headers.get('server');
    return {
      kind: 'found',
      version: server === null ? `the server at ${url.host}` : `${server} at ${url.host}`,
      world: ({ onEvent }) => urlWorld({ url, ...(onEvent ? { onEvent } : {}) }),
    };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return {
      kind: 'missing',
      what: `the server at ${url}: ${cause instanceof Error ? cause.message : String(cause)}`,
      fix: 'start it there, with the probe script as its application',
    };
  }
}

/** Writes one line for each finished request, in the format of the host that it was for. */
import { AccountedResponse, type RequestAccount } from '../front/request-account.ts';
import { type AccessEntry, accessFormat } from './access-format.ts';
import type { LineSink } from './line-sink.ts';

/** One log of one host. */
export interface HostAccessLog {
  /** Index into the deployment's hosts. */
  readonly host: number;
  readonly format: string;
  readonly sink: LineSink;
}

/**
 * @param serverNames - Of the deployment's hosts.
 * @param now - On the clock of `account.began`, in ms.
 * @param wallClock - Milliseconds since the epoch.
 */
export function accessLog(
  logs: readonly HostAccessLog[],
  serverNames: readonly string[],
  { now, wallClock }: { readonly now: () => number; readonly wallClock: () => number },
): (account: RequestAccount) => void {
  const lines = logs.map(({ host, format, sink }) => ({ host, line: accessFormat(format), sink }));
  const byHost = new Map(lines.map(({ host }) => [host, lines.filter((other) => other.host === host)]));
  return (account) => {
    const host = account.mount?.host ?? 0;
    const wanted = byHost.get(host);
    if (!wanted) return;
    const took = now() - account.began;
    const entry = entryOf(account, serverNames[host] ?? 'localhost', wallClock() - took, took);
    for (const { line, sink } of wanted) sink.write(line(entry));
  };
}

function entryOf(
  { request, response, port, client, mount }: RequestAccount,
  serverName: string,
  began: number,
  took: number,
): AccessEntry {
  const { headers } = request;
  const sent = response instanceof AccountedResponse ? response : null;
  return {
    clientAddress: client.address,
    clientPort: client.port,
    localAddress: client.localAddress,
    localPort: client.localPort,
    port,
    serverName,
    method: request.method ?? '',
    target: request.url ?? '',
    protocol: `HTTP/${request.httpVersion}`,
    status: response.statusCode,
    bytes: sent?.bodyBytes ?? 0,
    began,
    took,
    isAborted: !response.writableFinished,
    keepsAlive: response.shouldKeepAlive,
    script: mount?.script ?? null,
    pid: process.pid,
    requestHeader: (name) => joined(headers[name]),
    responseHeader: (name) => sent?.sentHeader(name),
  };
}

const joined = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === 'object' ? value.join(', ') : value;

/** Finds ports of 127.0.0.1 that nobody listens on. */
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Gives each port of a configuration a free one. They are held together and then let go, so they differ; somebody else
 * may still take one before the server does, and the server then says so.
 */
export async function freePorts(configured: readonly number[]): Promise<ReadonlyMap<number, number>> {
  const servers = await Promise.all(
    configured.map(async (port) => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return { port, server };
    }),
  );
  const found = new Map<number, number>();
  for (const { port, server } of servers) {
    const address = server.address();
    if (address !== null && typeof address === 'object') found.set(port, address.port);
    server.close();
    await once(server, 'close');
  }
  return found;
}

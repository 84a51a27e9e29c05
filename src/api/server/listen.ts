import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { ControlApp } from './app.js';

/**
 * Serves on a descriptor that listens. `accept` hears of each connection before anything is read from it, and may
 * destroy it.
 */
export async function listen(
  app: ControlApp,
  descriptor: number,
  accept: (socket: Socket) => void,
): Promise<Server> {
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  server.requestTimeout = 0;
  // Node carries out all requests that were sent in a row on one connection before it looks at anything else.
  server.maxRequestsPerSocket = 1;
  const serve = server.listeners('connection') as ((this: Server, socket: Socket) => void)[];
  server.removeAllListeners('connection');
  server.on('connection', (socket) => {
    accept(socket);
    if (!socket.destroyed) for (const each of serve) each.call(server, socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ fd: descriptor }, resolve);
  });
  return server;
}

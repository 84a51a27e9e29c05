/** The keeper's socket. Whoever connects is told the keeper's state, and nothing that it sends is read. */
import { createServer, type Server } from 'node:net';
import type { KeeperState } from '../../api/keeper-state.js';
import { isOwnPeer } from '../processes/peer-credentials.js';

/** An answer fits into the socket's buffer, so a connection lasts for a moment; beyond this they are dropped. */
const mostConnections = 64;
const answerLimit = 2_000;

export class KeeperSocket {
  readonly #server: Server;
  /** It listens: whoever gets a copy can answer callers, too. */
  readonly descriptor: number;

  constructor(descriptor: number, state: () => KeeperState) {
    this.descriptor = descriptor;
    this.#server = createServer({ pauseOnConnect: true }, (socket) => {
      socket.on('error', () => socket.destroy());
      if (!isOwnPeer(socket)) return void socket.destroy();
      socket.setTimeout(answerLimit, () => socket.destroy());
      socket.end(`${JSON.stringify(state())}\n`, () => socket.destroy());
    });
    this.#server.maxConnections = mostConnections;
    // No descriptors left: those who wait in the queue are answered later.
    this.#server.on('error', () => {});
    this.#server.listen({ fd: descriptor });
  }

  /** Leaves the socket's file. */
  close(): void {
    this.#server.close();
  }
}

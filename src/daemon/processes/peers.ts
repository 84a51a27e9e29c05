/** The process at the other end of a connection of the control socket, and whether it is still there. */
import { closeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { native } from '../../fuse/native.js';
import { descriptorOf, isOwnPeer, peerCredentials } from './peer-credentials.js';
import { processImage } from './process.js';

export interface Peer {
  /** 0: it cannot be seen from here. */
  readonly pid: number;
  /** Whether `pid` has ended, or is another process by now. */
  hasEnded(): boolean;
}

export class Peers {
  readonly #known = new WeakMap<Socket, Peer>();

  /** For each new connection, as soon as it is there. One of another user ends here. */
  accept(socket: Socket): void {
    const credentials = isOwnPeer(socket) ? peerCredentials(socket) : null;
    if (credentials === null) return void socket.destroy();
    const { pid } = credentials;
    const started = pid === 0 ? undefined : processImage(pid)?.started;
    const hasEnded = (): boolean => pid !== 0 && (connectorHasEnded(socket) ?? isAnother(pid, started));
    this.#known.set(socket, { pid, hasEnded });
  }

  /** Undefined: the connection was not accepted. */
  of(socket: Socket): Peer | undefined {
    return this.#known.get(socket);
  }
}

/**
 * By a descriptor of the process (SO_PEERPIDFD), taken anew each time, so that idle connections hold one descriptor and not
 * two. Null: the kernel has none.
 */
function connectorHasEnded(socket: Socket): boolean | null {
  const descriptor = descriptorOf(socket);
  if (descriptor === undefined) return true;
  let pidfd: number;
  try {
    pidfd = native().peerPidfd(descriptor);
  } catch {
    return true;
  }
  if (pidfd < 0) return null;
  try {
    return native().hasEnded(pidfd);
  } finally {
    closeSync(pidfd);
  }
}

/** Linux before 6.5: the process that has the pid when the connection is accepted is taken for the one that made it. */
const isAnother = (pid: number, started: string | undefined): boolean =>
  started === undefined || processImage(pid)?.started !== started;

/** Who is at the other end of a connection of the control socket, and whether that process is still there. */
import { closeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { descriptorOf } from './peer-credentials.js';
import { processImage } from './process.js';

/** What the addon tells of a connected Unix socket. */
export interface PeerSystem {
  peerCredentials(descriptor: number): { readonly pid: number; readonly uid: number };
  /** -1 where the kernel cannot give one; throws when the process is gone. */
  peerPidfd(descriptor: number): number;
  hasEnded(pidfd: number): boolean;
}

export interface Peer {
  /** 0: it cannot be seen from here. */
  readonly pid: number;
  /** Whether `pid` has ended, or is another process by now. */
  hasEnded(): boolean;
}

export class Peers {
  readonly #system: PeerSystem;
  readonly #uid: number;
  readonly #known = new WeakMap<Socket, Peer>();

  /** `uid`: the owner's. */
  constructor(system: PeerSystem, uid: number) {
    this.#system = system;
    this.#uid = uid;
  }

  /** For each new connection, as soon as it is there. One of another user ends here. */
  accept(socket: Socket): void {
    const peer = this.#peerOf(socket);
    if (peer === null) socket.destroy();
    else this.#known.set(socket, peer);
  }

  /** Undefined: the connection was not accepted, or is closed. */
  of(socket: Socket): Peer | undefined {
    return this.#known.get(socket);
  }

  /** Null: it is another user's, or gone. */
  #peerOf(socket: Socket): Peer | null {
    const descriptor = descriptorOf(socket);
    if (descriptor === undefined) return null;
    const { pid, uid } = this.#system.peerCredentials(descriptor);
    if (uid !== this.#uid) return null;
    if (pid === 0) return { pid, hasEnded: () => false };
    const started = processImage(pid)?.started;
    return { pid, hasEnded: () => this.#hasEnded(socket) ?? isAnother(pid, started) };
  }

  /** Asked anew each time, so that idle connections hold one descriptor, not two. Null: the kernel cannot tell. */
  #hasEnded(socket: Socket): boolean | null {
    const descriptor = descriptorOf(socket);
    if (descriptor === undefined) return true;
    let pidfd: number;
    try {
      pidfd = this.#system.peerPidfd(descriptor);
    } catch {
      return true;
    }
    if (pidfd < 0) return null;
    try {
      return this.#system.hasEnded(pidfd);
    } finally {
      closeSync(pidfd);
    }
  }
}

/** Linux before 6.5: the process that has the pid when the connection is accepted is taken for the one that made it. */
const isAnother = (pid: number, started: string | undefined): boolean =>
  started === undefined || processImage(pid)?.started !== started;

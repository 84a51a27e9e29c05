/** The kernel as keeper and engine need it; wired to `src/fuse` and the addon in wiring.ts. */
import type { MemfsError } from '../../core/errors.js';
import type { MountIdentity } from '../../fuse/mountinfo.js';
import type { FileSystem, KernelNotifier } from '../../vfs/filesystem.js';
import type { MountOrder } from '../keeper/messages.js';

/** A mount of this keeper's, with all that it needs to find and to end that one and no other. */
export interface KernelMount {
  /** The connection. */
  readonly descriptor: number;
  /** Writing to it ends the connection; null where there is no such file. */
  readonly control: number | null;
  /** As in mountinfo. */
  readonly id: number;
  readonly source: string;
  readonly minor: number;
}

/** The keeper's part: mounting. Nothing here waits for the engine without a limit. */
export interface KernelMounts {
  /** Mounts and gives the connection's descriptor. A dead memfsd mount at the same path is detached first. */
  mount(order: MountOrder): Promise<KernelMount>;
  /**
   * Does nothing when it is gone already. Throws `busy` when something else is mounted over it or in it, or files are
   * open below and `lazy` is false.
   */
  unmount(mount: MountIdentity, lazy: boolean): Promise<void>;
  /** Ends the connection: every call under way gets an error. False: not possible but by closing all descriptors. */
  abort(mount: MountIdentity & Pick<KernelMount, 'control'>): Promise<boolean>;
}

/** A socket that carries messages and descriptors. */
export interface MessageSocket {
  send(bytes: Uint8Array, descriptors: readonly number[]): void;
  close(): void;
}

export type OpenMessageSocket = (
  descriptor: number,
  onMessage: (bytes: Uint8Array, descriptors: number[]) => void,
  onEnd: () => void,
) => MessageSocket;

/** The engine's part: serving one connection. */
export interface ConnectionSetup {
  readonly descriptor: number;
  readonly connection: number;
  /** The agreement of an earlier engine, as it wrote it; null for a new mount. */
  readonly negotiated: string | null;
  attach(notifier: KernelNotifier): FileSystem;
  /** Called before INIT is answered. */
  onNegotiated(state: string, resend: boolean): void;
  /** A request is answered with an error. `pid`: the thread that made it; 0: it is not seen from here. */
  failed?(pid: number, error: MemfsError): void;
  /** The mount is gone. */
  onEnd(): void;
}

export interface KernelConnection {
  /** False until INIT was answered, and on kernels that repeat nothing. */
  readonly hasResend: boolean;
  /** False until INIT was answered, and on kernels that cannot be made to ask for a name again. */
  readonly hasExpiry: boolean;
  /** Asks the kernel to repeat what the last engine did not answer. */
  resend(): void;
  /**
   * Takes no more calls and answers those it has within `limit` milliseconds, but for those that wait for what other
   * processes do. Returns whether it has answered them.
   */
  leave(limit: number): Promise<boolean>;
  /** Calls that wait for what other processes do, as the kernel asked. */
  readonly waiting: readonly Uint8Array[];
  /** Takes such calls up from an engine that has left; where the kernel repeats nothing. */
  takeUp(requests: readonly Uint8Array[]): void;
  close(): void;
}

export type ServeConnection = (setup: ConnectionSetup) => KernelConnection;

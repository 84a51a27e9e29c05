/** What keeper and engine need of the kernel, as they see it; wired to `src/fuse` and the addon in wiring.ts. */
import type { MemfsError } from '../core/errors.js';
import type { FileSystem, KernelNotifier } from '../vfs/filesystem.js';
import type { MountOrder } from './messages.js';

/** The keeper's part: mounting. Nothing here waits for the engine without a limit. */
export interface KernelMounts {
  /** Mounts and gives the connection's descriptor. A dead memfsd mount at the same path is detached first. */
  mount(order: MountOrder): Promise<{ descriptor: number; minor: number }>;
  /** Throws `busy` when files are open below and `lazy` is false. */
  unmount(path: string, lazy: boolean): Promise<void>;
  /** Ends the connection: every call under way gets an error. */
  abort(minor: number): void;
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
  /** What an earlier engine negotiated, as it wrote it; null for a new mount. */
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
  close(): void;
}

export type ServeConnection = (setup: ConnectionSetup) => KernelConnection;

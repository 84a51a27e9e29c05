/** Nodes of the control tree. They are made anew for each request; none has state that a crash may lose. */
import type { Timestamp } from '../../core/model.js';
import type { Deferred, RequestContext } from '../filesystem.js';

export interface NodeAttributes {
  /** With the file type (stat(2)). */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes; 0 where it is not known before reading, as below /proc. */
  readonly size: number;
  readonly mtime: Timestamp;
}

export interface ControlEntry {
  readonly name: Buffer;
  /** The file type is enough. */
  readonly mode: number;
  /** From 3; the same in every listing, whatever comes and goes. */
  readonly offset: number;
}

interface AnyNode {
  attributes(): NodeAttributes;
  /** Its content never changes: the kernel may cache for a moment what it was told of it. */
  readonly fixed?: boolean;
}

export interface ControlDirectory extends AnyNode {
  readonly kind: 'directory';
  /** Null: no such name. */
  find(name: Buffer): ControlNode | null;
  /** In the order of their offsets. */
  list(): readonly ControlEntry[];
}

export interface ReadRequest {
  readonly context: RequestContext;
  readonly handle: number;
  readonly offset: number;
  /** At most so many bytes; fewer do not mean the end. */
  readonly size: number;
}

export interface ControlFile extends AnyNode {
  readonly kind: 'file';
  /** `cached`: the size is known and the pages may be mapped; `direct`: every read(2) comes here. */
  readonly access: 'cached' | 'direct';
  /** The handle of a file that needs to know what there was at its open; others are given any. */
  open?(): number;
  /** Nothing: the end of the file. */
  read(request: ReadRequest): Deferred<readonly Uint8Array[]>;
}

export interface ControlLink extends AnyNode {
  readonly kind: 'symlink';
  readonly target: Buffer;
}

/** A device, a FIFO, a socket: it has attributes and is never opened here. */
export interface ControlSpecial extends AnyNode {
  readonly kind: 'special';
}

export type ControlNode = ControlDirectory | ControlFile | ControlLink | ControlSpecial;

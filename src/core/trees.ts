import type { Timestamp } from './model.js';

/** One node of a tree, for import and export. */
export interface TreeEntry {
  /** `/`-rooted raw bytes. */
  readonly path: Buffer;
  readonly kind: 'file' | 'directory' | 'symlink' | 'link';
  /** Permission bits only (07777). */
  readonly mode: number;
  readonly mtime: Timestamp;
  readonly size: number;
  /** Content of a file. */
  readonly chunks?: Iterable<Uint8Array>;
  /** Of an export: what the content should have, in lowercase hex; empty when even that is lost. */
  readonly sha256?: string;
  /** Target of a symlink, or the path of the first name of a hard link. */
  readonly target?: Buffer;
}

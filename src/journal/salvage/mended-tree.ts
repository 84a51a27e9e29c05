import type { Branch } from '../branches/branches.js';
import type { SqliteDatabase, Statement } from '../database.js';
import type { RecordLog } from '../records/records.js';
import { type InodeRow, InodeTable } from '../tree/inodes.js';
import type { Loss } from './loss.js';
import type { TreeReplay } from './tree-replay.js';
import { PresentEntries } from './wanted-tree.js';

export interface TreeParts {
  readonly database: SqliteDatabase;
  readonly records: RecordLog;
  readonly branch: Branch;
  readonly replay: TreeReplay;
  readonly loss: Loss;
  readonly isWhole: boolean;
  /** Whether rows of entries may be lost. */
  readonly areEntriesHurt: boolean;
  readonly nowMs: number;
  readonly newIno: () => number;
}

/** The content that a file is to hold. `isNew`: no record says so. */
export interface Holding {
  readonly content: number | null;
  readonly isNew: boolean;
}

export interface ContentRow {
  readonly id: number;
  /** Null: of an unversioned file. */
  readonly sha256: Buffer | null;
  readonly size: number;
}

type PastInode = Pick<InodeRow, 'mode' | 'uid' | 'gid' | 'target'>;

/** A branch that is being mended: its rows, and what is decided about them. */
export class MendedTree {
  readonly parts: TreeParts;
  readonly entries: PresentEntries;
  readonly inodes: InodeTable;
  /** By memory. */
  readonly holdings = new Map<number, Holding>();
  /** Entries that stay, by id. */
  readonly kept = new Set<number>();
  /** Inodes that something leads to. */
  readonly used = new Set<number>();
  readonly #content: Statement;
  readonly #past: Statement;

  constructor(parts: TreeParts) {
    const { database, branch } = parts;
    this.parts = parts;
    this.entries = new PresentEntries(database, branch.id);
    this.inodes = new InodeTable(database, branch);
    this.#content = database.prepare('SELECT id, sha256, size FROM contents WHERE id = ?');
    this.#past = database.prepare(
      'SELECT mode, uid, gid, target FROM inode_history WHERE branch = ? AND ino = ? ORDER BY to_seq DESC LIMIT 1',
    );
  }

  noteLoss(missing: Parameters<Loss['add']>[0]): void {
    const { branch, loss } = this.parts;
    loss.add({ branch: branch.name, ...missing });
  }

  content(id: number): ContentRow | undefined {
    return this.#content.get(id) as ContentRow | undefined;
  }

  /** How the inode was before it was changed last. */
  pastOf(ino: number): PastInode | undefined {
    return this.#past.get(this.parts.branch.id, ino) as PastInode | undefined;
  }
}

/** For a person: the bytes of a path as text. */
export const shown = (path: string): string => Buffer.from(path, 'latin1').toString();

import { refusal } from '../../core/errors.js';
import type { BranchLedger } from '../store/branch-ledger.js';
import { fromBinaryString } from '../store/operation.js';
import type { Workspace } from '../store/workspace.js';
import type { MountView } from '../store.js';

/** Node ids from here on are of the control tree; inodes of a store count up from 1 and never get here. */
export const firstControlId = 2 ** 52;
/** Below this the ids are fixed: those of names that every control tree has. */
const firstNumbered = firstControlId + 1000;

interface KnownNode {
  readonly path: string;
  /** Lookups that the kernel has not forgotten; null when an earlier engine answered some of them. */
  lookups: number | null;
}

/**
 * The node ids of one connection: a number for each path that its kernel has looked up, kept in the store until the
 * kernel forgets it, so that the next engine knows what is meant. Paths are binary strings without `.memfs/`.
 */
export class NodeIds {
  readonly #workspace: Workspace;
  readonly #ledger: BranchLedger;
  readonly #view: MountView;
  readonly #fixed: ReadonlyMap<string, number>;
  readonly #fixedPaths: ReadonlyMap<number, string>;
  readonly #known = new Map<number, KnownNode>();
  /** Given out while the store takes no mutation; unlike any id of another engine. */
  readonly #unstored = new Map<string, number>();
  #nextUnstored: number;

  /** `fixed`: paths with ids of their own, below `firstNumbered`. */
  constructor(
    workspace: Workspace,
    ledger: BranchLedger,
    view: MountView,
    fixed: ReadonlyMap<string, number>,
  ) {
    this.#workspace = workspace;
    this.#ledger = ledger;
    this.#view = view;
    this.#fixed = fixed;
    this.#fixedPaths = new Map([...fixed].map(([path, id]) => [id, path]));
    const { sec, nsec } = ledger.now();
    this.#nextUnstored = firstControlId + sec * 1e6 + Math.floor(nsec / 1000);
  }

  /** The id of a path, which the kernel is about to be told. */
  lookup(path: string): number {
    const fixed = this.#fixed.get(path);
    if (fixed !== undefined) return fixed;
    const wasKnown = this.#workspace.controlNodes.idOf(this.#view.connection, fromBinaryString(path));
    const id = wasKnown === undefined ? this.#name(path) : firstNumbered + wasKnown;
    const node = this.#known.get(id) ?? { path, lookups: wasKnown === undefined ? 0 : null };
    if (node.lookups !== null) node.lookups++;
    this.#known.set(id, node);
    return id;
  }

  #name(path: string): number {
    const unstored = this.#unstored.get(path);
    if (unstored !== undefined) return unstored;
    const { connection, actor } = this.#view;
    try {
      const origin = { connection, actor, unique: 0n, resent: false };
      return firstNumbered + this.#ledger.run('nameControlNode', origin, { path });
    } catch {
      // Damaged, or the disk is full: an id that dies with this engine is better than none.
      this.#unstored.set(path, this.#nextUnstored);
      return this.#nextUnstored++;
    }
  }

  /** Throws `gone` for an id that this connection was never given, or has forgotten. */
  pathOf(id: number): string {
    const path = this.#fixedPaths.get(id) ?? this.#known.get(id)?.path ?? this.#stored(id);
    if (path === undefined) throw refusal('gone', `no node ${id}`);
    return path;
  }

  #stored(id: number): string | undefined {
    const { connection } = this.#view;
    const path = this.#workspace.controlNodes.pathOf(connection, id - firstNumbered)?.toString('latin1');
    if (path !== undefined) this.#known.set(id, { path, lookups: null });
    return path;
  }

  forget(id: number, count: number): void {
    const node = this.#known.get(id);
    if (node === undefined || node.lookups === null) return;
    node.lookups -= count;
    if (node.lookups > 0) return;
    this.#known.delete(id);
    if (this.#unstored.delete(node.path)) return;
    const { connection, actor } = this.#view;
    try {
      const origin = { connection, actor, unique: 0n, resent: false };
      this.#ledger.run('forgetControlNode', origin, { id: id - firstNumbered });
    } catch {
      // It goes with the connection.
    }
  }
}

import { ofLine } from '../branches/branches.js';
import type { Statement } from '../database.js';
import { operations } from '../records/records.js';
import { fileType, linkType, typeMask } from './file-types.js';
import { type MendedTree, shown } from './mended-tree.js';
import type { DirectoryNode } from './tree-replay.js';

interface StateRow {
  readonly seq: number;
  readonly content: number | null;
  readonly removed_by: number | null;
  readonly time_ms: number;
  readonly agent: string;
  readonly session: string;
}

/** Decides what each file is to hold, and takes names out of which nothing is left. */
export class FileHoldings {
  readonly #tree: MendedTree;
  readonly #state: Statement;
  readonly #older: Statement;

  constructor(tree: MendedTree) {
    const { database, branch } = tree.parts;
    this.#tree = tree;
    const state = `SELECT r.seq, r.content, r.removed_by, r.time_ms, a.agent, a.session
      FROM records r JOIN actors a ON a.id = r.actor WHERE`;
    this.#state = database.prepare(`${state} r.seq = ?`);
    this.#older = database.prepare(
      `${state} r.memory = ? AND r.content IS NOT NULL AND ${ofLine(branch, 'r.')} ORDER BY r.seq DESC LIMIT 1`,
    );
  }

  decide(directory: DirectoryNode, path: string): void {
    for (const [name, node] of directory.names) {
      const at = `${path}/${name}`;
      if (node.kind === 'directory') this.decide(node, at);
      else if (
        node.memory === null ? !this.#hasNode(node.ino, at) : !this.#hasContent(node.ino, node.memory, at)
      )
        directory.names.delete(name);
    }
  }

  #hasNode(ino: number, path: string): boolean {
    const inode = this.#tree.inodes.get(ino);
    const past = this.#tree.pastOf(ino);
    const mode = (inode?.mode ?? past?.mode ?? 0) & typeMask;
    const isGood =
      mode === linkType ? (inode?.target ?? past?.target) != null : mode !== 0 && mode !== fileType;
    if (!isGood)
      this.#tree.noteLoss({
        kind: 'node',
        what: `${shown(path)}: what the name stood for, a symbolic link or the like`,
        why: 'its inode is lost',
        path: shown(path),
      });
    return isGood;
  }

  #hasContent(ino: number, memory: number, path: string): boolean {
    const known = this.#tree.holdings.get(memory);
    if (known !== undefined) return true;
    const newest = this.#tree.parts.replay.newest.get(memory)?.seq;
    const state = newest === undefined ? undefined : (this.#state.get(newest) as StateRow);
    const inode = this.#tree.inodes.get(ino);
    // Of what is lost the inode may know more than the record.
    const isLost = state?.content == null && !(state !== undefined && this.#isRemovedOnPurpose(state));
    const version = inode?.memory === memory ? (inode.version ?? 0) : -1;
    const isLater =
      !this.#tree.parts.isWhole && (version > (state?.seq ?? 0) || (isLost && version === state?.seq));
    const found = isLater ? this.#soundContent(inode!.content) : (state?.content ?? null);
    if (found !== null) {
      this.#tree.holdings.set(memory, { content: found, isNew: found !== state?.content });
      return true;
    }
    if (!isLater && state !== undefined && this.#isRemovedOnPurpose(state)) {
      this.#tree.holdings.set(memory, { content: null, isNew: false });
      return true;
    }
    return this.#fallBack(memory, path, { seq: isLater ? version : newest, state });
  }

  /** The newest version that is there takes the place of one that is not. */
  #fallBack(
    memory: number,
    path: string,
    { seq, state }: { seq: number | undefined; state: StateRow | undefined },
  ) {
    const older = this.#older.get(memory) as StateRow | undefined;
    const isGone = older === undefined;
    this.#tree.noteLoss({
      kind: isGone ? 'memory' : 'version',
      what: isGone
        ? `${shown(path)}: no version of it is left`
        : `${shown(path)}: its newest version; the one of record ${older.seq} stands in for it`,
      why:
        seq === undefined || state?.seq !== seq
          ? 'its record and its content are lost'
          : 'its content is lost',
      path: shown(path),
      ...(seq === undefined ? {} : { seq }),
      ...(state === undefined || state.seq !== seq
        ? {}
        : { time: new Date(state.time_ms).toISOString(), agent: state.agent, session: state.session }),
      stands_in: older?.seq ?? null,
    });
    if (isGone) return false;
    this.#tree.holdings.set(memory, { content: older.content, isNew: true });
    return true;
  }

  #soundContent(id: number | null): number | null {
    const content = id === null ? undefined : this.#tree.content(id);
    return content === undefined || content.sha256 === null ? null : id;
  }

  #isRemovedOnPurpose({ removed_by: by }: StateRow): boolean {
    if (by === null) return false;
    const operation = this.#tree.parts.database
      .prepare('SELECT operation FROM records WHERE seq = ?')
      .pluck()
      .get(by) as number;
    return operations[operation] === 'redacted' || operations[operation] === 'pruned';
  }
}

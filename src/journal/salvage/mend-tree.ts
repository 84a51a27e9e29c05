/**
 * Makes the present of a branch again: names, inodes and contents that fit together and that the journal describes. What
 * it did not say is added to it, in the salvage's name.
 */
import { randomBytes } from 'node:crypto';
import type { Operation } from '../../core/model.js';
import { type Branch, ofLine } from '../branches/branches.js';
import type { SqliteDatabase, Statement } from '../database.js';
import { operations, type RecordLog } from '../records/records.js';
import { type InodeRow, InodeTable } from '../tree/inodes.js';
import { countLinks } from '../tree/link-counts.js';
import type { Loss } from './loss.js';
import { salvager } from './salvager.js';
import { type DirectoryNode, memoryOf, type TreeNode, type TreeReplay } from './tree-replay.js';
import { type EntryRow, PresentEntries, wantedTree } from './wanted-tree.js';

const typeMask = 0o170000;
const directoryType = 0o040000;
const fileType = 0o100000;
const linkType = 0o120000;

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

interface StateRow {
  readonly seq: number;
  readonly content: number | null;
  readonly removed_by: number | null;
  readonly time_ms: number;
  readonly agent: string;
  readonly session: string;
}

/** What a file is to hold. `isNew`: no record says so. */
interface Holding {
  readonly content: number | null;
  readonly isNew: boolean;
}

export class TreeMender {
  readonly #parts: TreeParts;
  readonly #entries: PresentEntries;
  readonly #inodes: InodeTable;
  readonly #holdings = new Map<number, Holding>();
  readonly #memories = new Set<number>();
  readonly #state: Statement;
  readonly #older: Statement;
  readonly #content: Statement;
  readonly #kept = new Set<number>();
  readonly #used = new Set<number>();

  constructor(parts: TreeParts) {
    const { database, branch } = parts;
    this.#parts = parts;
    this.#entries = new PresentEntries(database, branch.id);
    this.#inodes = new InodeTable(database, branch);
    const state = `SELECT r.seq, r.content, r.removed_by, r.time_ms, a.agent, a.session
      FROM records r JOIN actors a ON a.id = r.actor WHERE`;
    this.#state = database.prepare(`${state} r.seq = ?`);
    this.#older = database.prepare(
      `${state} r.memory = ? AND r.content IS NOT NULL AND ${ofLine(branch, 'r.')} ORDER BY r.seq DESC LIMIT 1`,
    );
    this.#content = database.prepare('SELECT id, sha256, size FROM contents WHERE id = ?');
  }

  run(): void {
    const { database, branch, replay } = this.#parts;
    const wanted = wantedTree({ ...this.#parts, branch: branch.id, entries: this.#entries });
    this.#decide(wanted, '');
    this.#record(wanted, replay.root, '');
    this.#write(wanted, '');
    this.#writeUnversioned(wanted, '');
    this.#dropRest();
    if (this.#parts.areEntriesHurt) this.#writePast();
    countLinks(database, `branch = ${branch.id}`);
  }

  #add(missing: Parameters<Loss['add']>[0]): void {
    const { branch, loss } = this.#parts;
    loss.add({ branch: branch.name, ...missing });
  }

  // What each file is to hold, and whether it can be there at all.

  #decide(directory: DirectoryNode, path: string): void {
    for (const [name, node] of directory.names) {
      const at = `${path}/${name}`;
      if (node.kind === 'directory') this.#decide(node, at);
      else if (
        node.memory === null ? !this.#hasNode(node.ino, at) : !this.#hasContent(node.ino, node.memory, at)
      )
        directory.names.delete(name);
      else if (node.memory !== null) this.#memories.add(node.memory);
    }
  }

  #hasNode(ino: number, path: string): boolean {
    const inode = this.#inodes.get(ino);
    const past = this.#pastOf(ino);
    const mode = (inode?.mode ?? past?.mode ?? 0) & typeMask;
    const isGood =
      mode === linkType ? (inode?.target ?? past?.target) != null : mode !== 0 && mode !== fileType;
    if (!isGood)
      this.#add({
        kind: 'node',
        what: `${shown(path)}: what the name stood for, a symbolic link or the like`,
        why: 'its inode is lost',
        path: shown(path),
      });
    return isGood;
  }

  #hasContent(ino: number, memory: number, path: string): boolean {
    const known = this.#holdings.get(memory);
    if (known !== undefined) return true;
    const newest = this.#parts.replay.newest.get(memory)?.seq;
    const state = newest === undefined ? undefined : (this.#state.get(newest) as StateRow);
    const inode = this.#inodes.get(ino);
    // Of what is lost the inode may know more than the record.
    const isLost = state?.content == null && !(state !== undefined && this.#isRemovedOnPurpose(state));
    const version = inode?.memory === memory ? (inode.version ?? 0) : -1;
    const isLater =
      !this.#parts.isWhole && (version > (state?.seq ?? 0) || (isLost && version === state?.seq));
    const found = isLater ? this.#soundContent(inode!.content) : (state?.content ?? null);
    if (found !== null) {
      this.#holdings.set(memory, { content: found, isNew: found !== state?.content });
      return true;
    }
    if (!isLater && state !== undefined && this.#isRemovedOnPurpose(state)) {
      this.#holdings.set(memory, { content: null, isNew: false });
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
    this.#add({
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
    this.#holdings.set(memory, { content: older.content, isNew: true });
    return true;
  }

  #soundContent(id: number | null): number | null {
    const content =
      id === null ? undefined : (this.#content.get(id) as { sha256: Buffer | null } | undefined);
    return content === undefined || content.sha256 === null ? null : id;
  }

  #isRemovedOnPurpose({ removed_by: by }: StateRow): boolean {
    if (by === null) return false;
    const operation = this.#parts.database
      .prepare('SELECT operation FROM records WHERE seq = ?')
      .pluck()
      .get(by) as number;
    return operations[operation] === 'redacted' || operations[operation] === 'pruned';
  }

  // Records of what the journal does not say.

  #record(wanted: DirectoryNode, recorded: DirectoryNode, path: string): void {
    for (const [name, node] of wanted.names) {
      const at = `${path}/${name}`;
      const there = recorded.names.get(name);
      if (node.kind === 'directory') {
        if (there?.kind === 'leaf') this.#remove(there, at);
        if (there?.kind !== 'directory') this.#append('mkdir', at, node.ino, null);
        this.#record(node, recorded.names.get(name) as DirectoryNode, at);
        continue;
      }
      const isSame = there?.kind === 'leaf' && there.memory === node.memory;
      if (there !== undefined && !isSame) this.#remove(there, at);
      this.#recordLeaf(node.ino, node.memory, at, isSame);
    }
    for (const [name, node] of [...recorded.names])
      if (!wanted.names.has(name)) this.#remove(node, `${path}/${name}`);
  }

  #recordLeaf(ino: number, memory: number | null, path: string, isSame: boolean): void {
    if (memory === null) {
      const mode = this.#inodes.get(ino)?.mode ?? this.#pastOf(ino)?.mode ?? 0;
      if (!isSame) this.#append((mode & typeMask) === linkType ? 'symlink' : 'mknod', path, ino, null);
      return;
    }
    const { content, isNew } = this.#holdings.get(memory)!;
    const isKnown = this.#parts.replay.newest.has(memory);
    if (isNew) {
      this.#append(isKnown ? 'modified' : 'created', path, ino, memory, content);
      this.#holdings.set(memory, { content, isNew: false });
    } else if (!isSame) this.#append('link', path, ino, memory);
  }

  #remove(node: TreeNode, path: string): void {
    if (node.kind === 'directory') {
      for (const [name, child] of [...node.names]) this.#remove(child, `${path}/${name}`);
      this.#append('rmdir', path, node.ino, null);
      return;
    }
    const { ino, memory } = node;
    this.#append(memory !== null && this.#memories.has(memory) ? 'unlink' : 'deleted', path, ino, memory);
  }

  #append(
    operation: Operation,
    at: string,
    ino: number,
    memory: number | null,
    content: number | null = null,
  ): void {
    const { records, branch, replay, nowMs } = this.#parts;
    const path = Buffer.from(at, 'latin1');
    const row =
      content === null ? null : (this.#content.get(content) as { id: number; sha256: Buffer; size: number });
    const seq = records.append({
      operation,
      branch: branch.id,
      timeMs: nowMs,
      actor: salvager,
      ino,
      memory,
      parent: memory === null ? null : (replay.newest.get(memory)?.seq ?? null),
      path,
      previousPath: null,
      content: row === null ? null : { ...row, segments: [], owned: [] },
      mount: 0,
      flags: ['salvaged'],
      salt: randomBytes(16),
    });
    const code = operations.indexOf(operation);
    replay.apply({ seq, operation: code, path, previous_path: null, ino, memory, content, removed_by: null });
  }

  // Rows of the present.

  #write(directory: DirectoryNode, path: string): void {
    const { replay } = this.#parts;
    this.#writeInode(directory, path === '' ? '/' : path);
    for (const [name, node] of directory.names) {
      const at = `${path}/${name}`;
      this.#writeEntry(directory.ino, name, node, this.#nodeAt(replay.root, at)?.since ?? node.since);
      if (node.kind === 'directory') this.#write(node, at);
      else this.#writeInode(node, at);
    }
  }

  #nodeAt(root: DirectoryNode, path: string): TreeNode | undefined {
    let node: TreeNode | undefined = root;
    for (const name of path.split('/').slice(1))
      node = node?.kind === 'directory' ? node.names.get(name) : undefined;
    return node;
  }

  #writeEntry(parent: number, name: string, node: TreeNode, since: number): void {
    const { database, branch } = this.#parts;
    const there = this.#entries.of(parent).get(name);
    if (there?.ino === node.ino && there.from_seq !== null) {
      this.#kept.add(there.id);
      if (there.memory !== memoryOf(node))
        database.prepare('UPDATE entries SET memory = ? WHERE id = ?').run(memoryOf(node), there.id);
      return;
    }
    if (there !== undefined) database.prepare('DELETE FROM entries WHERE id = ?').run(there.id);
    const { lastInsertRowid } = database
      .prepare('INSERT INTO entries (branch, parent, name, ino, memory, from_seq) VALUES (?, ?, ?, ?, ?, ?)')
      .run(branch.id, parent, Buffer.from(name, 'latin1'), node.ino, memoryOf(node), since);
    this.#kept.add(Number(lastInsertRowid));
  }

  #writeInode(node: TreeNode, path: string): void {
    const { ino } = node;
    if (this.#used.has(ino)) return;
    this.#used.add(ino);
    const memory = memoryOf(node);
    const known = this.#inodes.get(ino);
    const isRight = known !== undefined && isOfKind(known.mode, node, memory);
    const inode = isRight ? known : this.#newInode(node, path);
    if (memory === null) {
      if (!isRight) this.#inodes.put(inode);
      return;
    }
    const { content } = this.#holdings.get(memory)!;
    const size = content === null ? 0 : (this.#content.get(content) as { size: number }).size;
    const version = this.#parts.replay.newest.get(memory)!.seq;
    if (
      inode.content === content &&
      inode.version === version &&
      inode.memory === memory &&
      inode.size === size
    )
      if (isRight) return;
    this.#inodes.put({ ...inode, content, size, version, memory, since: inode.since ?? version });
  }

  /** What is known of an inode that is lost. */
  #newInode(node: TreeNode, path: string): InodeRow {
    const { nowMs, records } = this.#parts;
    const past = this.#pastOf(node.ino);
    const owner = this.#inodes.get(1);
    const newest = memoryOf(node) === null ? undefined : this.#parts.replay.newest.get(memoryOf(node)!)?.seq;
    const timeMs = (this.#state.get(newest ?? node.since) as StateRow | undefined)?.time_ms ?? nowMs;
    const [sec, nsec] = [Math.floor(timeMs / 1000), (timeMs % 1000) * 1_000_000];
    // A directory that the salvage made has none to lose.
    if (node.since <= records.head && node.since !== 0)
      this.#add({
        kind: 'attributes',
        what: `${shown(path)}: mode, owner and times${past === undefined ? '' : ' since they were changed last'}`,
        why: 'its inode is lost',
        path: shown(path),
      });
    const standard = node.kind === 'directory' ? directoryType | 0o755 : fileType | 0o644;
    return {
      ino: node.ino,
      mode: past !== undefined && isOfKind(past.mode, node, memoryOf(node)) ? past.mode : standard,
      uid: past?.uid ?? owner?.uid ?? process.getuid?.() ?? 0,
      gid: past?.gid ?? owner?.gid ?? process.getgid?.() ?? 0,
      rdev: 0,
      nlink: 1,
      size: past?.target?.length ?? 0,
      atime_sec: sec,
      atime_nsec: nsec,
      mtime_sec: sec,
      mtime_nsec: nsec,
      ctime_sec: sec,
      ctime_nsec: nsec,
      content: null,
      memory: null,
      version: null,
      since: node.since,
      target: past?.target ?? null,
    };
  }

  #pastOf(ino: number): Pick<InodeRow, 'mode' | 'uid' | 'gid' | 'target'> | undefined {
    return this.#parts.database
      .prepare(
        'SELECT mode, uid, gid, target FROM inode_history WHERE branch = ? AND ino = ? ORDER BY to_seq DESC LIMIT 1',
      )
      .get(this.#parts.branch.id, ino) as Pick<InodeRow, 'mode' | 'uid' | 'gid' | 'target'> | undefined;
  }

  /** Unversioned names below what is there, with what they stand for. */
  #writeUnversioned(directory: DirectoryNode, path: string): void {
    for (const [name, entry] of this.#entries.of(directory.ino))
      if (entry.from_seq === null && !directory.names.has(name))
        this.#keepUnversioned(entry, `${path}/${name}`);
    for (const [name, node] of directory.names)
      if (node.kind === 'directory') this.#writeUnversioned(node, `${path}/${name}`);
  }

  #keepUnversioned({ id, ino }: EntryRow, path: string): void {
    const inode = this.#inodes.get(ino);
    const isThere =
      inode !== undefined && (inode.content === null || this.#content.get(inode.content) !== undefined);
    if (!isThere) {
      this.#add({
        kind: 'unversioned',
        what: `${shown(path)}, an unversioned file`,
        why: inode === undefined ? 'its inode is lost' : 'its content is lost',
        path: shown(path),
      });
      return;
    }
    this.#kept.add(id);
    if (this.#used.has(ino)) return;
    this.#used.add(ino);
    if ((inode.mode & typeMask) !== directoryType) return;
    for (const [name, entry] of this.#entries.of(ino)) this.#keepUnversioned(entry, `${path}/${name}`);
  }

  /** Names and inodes that nothing leads to. */
  #dropRest(): void {
    const { database, branch, records, isWhole } = this.#parts;
    const end = database.prepare('UPDATE entries SET to_seq = ? WHERE id = ?');
    const remove = database.prepare('DELETE FROM entries WHERE id = ?');
    for (const { id, from_seq: from } of this.#entries.all) {
      if (this.#kept.has(id)) continue;
      if (!isWhole && from !== null && from < records.head) end.run(records.head, id);
      else remove.run(id);
    }
    const rows = database
      .prepare('SELECT ino, content, nlink FROM inodes WHERE branch = ?')
      .all(branch.id) as Pick<InodeRow, 'ino' | 'content' | 'nlink'>[];
    for (const { ino, content, nlink } of rows) {
      if (this.#used.has(ino)) continue;
      const isUnversioned =
        content !== null &&
        (this.#content.get(content) as { sha256: Buffer | null } | undefined)?.sha256 === null;
      if (isUnversioned && nlink > 0)
        this.#add({
          kind: 'unversioned',
          what: `the name of an unversioned file (inode ${ino})`,
          why: 'nothing leads to it any more',
        });
      this.#inodes.delete(ino);
      database.prepare('DELETE FROM xattrs WHERE branch = ? AND ino = ?').run(branch.id, ino);
    }
    database
      .prepare(
        'DELETE FROM xattrs WHERE branch = @id AND ino NOT IN (SELECT ino FROM inodes WHERE branch = @id)',
      )
      .run({ id: branch.id });
  }

  /** Names of the past as the journal has them, where their rows are gone. */
  #writePast(): void {
    const { database, branch, replay } = this.#parts;
    const known = database
      .prepare('SELECT 1 FROM entries WHERE branch = ? AND parent = ? AND name = ? AND from_seq = ?')
      .pluck();
    const insert = database.prepare(
      'INSERT INTO entries (branch, parent, name, ino, memory, from_seq, to_seq) VALUES (?, ?, ?, ?, ?, ?, ?)',
    );
    for (const { parent, name, ino, memory, from, to } of replay.past ?? []) {
      const bytes = Buffer.from(name, 'latin1');
      if (known.get(branch.id, parent, bytes, from) === undefined)
        insert.run(branch.id, parent, bytes, ino, memory, from, to);
    }
  }
}

function isOfKind(mode: number, node: TreeNode, memory: number | null): boolean {
  const type = mode & typeMask;
  if (node.kind === 'directory') return type === directoryType;
  return memory === null ? type !== directoryType && type !== fileType : type === fileType;
}

/** For a person: the bytes of a path as text. */
const shown = (path: string): string => Buffer.from(path, 'latin1').toString();

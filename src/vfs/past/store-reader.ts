import { asMemfsError, MemfsError, mayPass, refusal } from '../../core/errors.js';
import type { LogPage, LogQuery, LogRecord } from '../../core/records.js';
import type { ScopeMatcher } from '../../core/scope.js';
import type { TreeEntry } from '../../core/trees.js';
import type { DiffEntry, SessionRead, VersionContent, VersionSelector } from '../../core/versions.js';
import { isAboutBranch, isOfLine } from '../../journal/branches/branches.js';
import { decodeNumbers } from '../../journal/number-list.js';
import { operations, type RecordRow } from '../../journal/records/records.js';
import { showsDirectory, visibleRecord } from '../scope/visible-records.js';
import { FileType, isDirectory, permissionBits } from '../store/mode.js';
import { memoryId, parseVersionId, versionId } from '../store/public-ids.js';
import { rootIno, type Workspace } from '../store/workspace.js';
import { changedPaths } from './changed-paths.js';
import { mtimeOf, type NodeAt, split, TreeAt } from './tree-at.js';

const pageRecords = 500;

/** Operations that leave a memory in a new state; the others have no version id. */
const makesVersion = new Set(['created', 'modified', 'merged', 'deleted', 'renamed']);

/** Everything that only reads a store, as far as a scope shows it: log, show, diff, export. */
export class StoreReader {
  readonly #workspace: Workspace;

  readonly #matcher: ScopeMatcher;

  constructor(workspace: Workspace, matcher: ScopeMatcher) {
    this.#workspace = workspace;
    this.#matcher = matcher;
  }

  record(row: RecordRow): LogRecord {
    const { storeId, tables } = this.#workspace;
    const operation = operations[row.operation]!;
    const versioned = row.memory !== null && makesVersion.has(operation);
    return {
      seq: row.seq,
      time: new Date(row.time_ms).toISOString(),
      operation,
      branch: tables.branches.nameOf(row.branch),
      path: row.path?.toString('utf8') ?? '',
      previous_path: isAboutBranch(row) ? null : (row.previous_path?.toString('utf8') ?? null),
      memory: row.memory === null ? null : memoryId(storeId, row.memory),
      version: versioned ? versionId(storeId, row.seq) : null,
      sha256: row.sha256?.toString('hex') ?? null,
      size: row.size,
      agent: row.agent,
      session: row.session,
      previous_sha256: row.previous_sha256?.toString('hex') ?? null,
      chain: row.chain.toString('hex'),
      mount: row.mount,
      claimed: row.claimed === 1,
      flags: row.flags?.split(' ') ?? [],
      removes: row.removes === null ? [] : decodeNumbers(row.removes),
      removed_by: row.removed_by,
    };
  }

  /** `memver_…` of the state that a record made. */
  versionOf(seq: number): string {
    return versionId(this.#workspace.storeId, seq);
  }

  bySeq(seq: number): LogRecord {
    const row = this.#workspace.records.get(seq);
    if (row === undefined) throw refusal('not_found', `no record ${seq}`);
    return this.record(row);
  }

  reads(session: string): SessionRead[] {
    const { observations, records } = this.#workspace;
    return observations
      .readsOf(session)
      .toSorted((a, b) => a.time_ms - b.time_ms)
      .flatMap(({ seq, time_ms }) => {
        const row = this.visible(records.get(seq)!);
        const time = new Date(time_ms).toISOString();
        return row === null ? [] : [{ seq, path: row.path?.toString('utf8') ?? '', time }];
      });
  }

  *log(query: LogQuery): Generator<LogRecord> {
    for (let next: LogQuery | null = query; next !== null; ) {
      const page = this.logPage(next);
      yield* page.records;
      next = page.next;
    }
  }

  /** The records of a log among the next few hundred of the journal. */
  logPage(query: LogQuery): LogPage {
    const { path, reverse = false, after = reverse ? Number.MAX_SAFE_INTEGER : 0 } = query;
    const left = query.limit ?? Number.POSITIVE_INFINITY;
    const limit = Math.min(left, pageRecords);
    const place = path === undefined || path === '/' ? {} : this.#placeOf(path);
    if (limit === 0 || place === null) return { records: [], next: null };
    const rows = this.#workspace.history.page({ after, limit, reverse, line: true, ...place });
    const records = rows.flatMap((row) => {
      const visible = this.visible(row);
      return visible === null ? [] : [this.record(visible)];
    });
    if (rows.length < limit) return { records, next: null };
    const rest = query.limit === undefined ? {} : { limit: left - records.length };
    return { records, next: { ...query, ...rest, after: rows.at(-1)!.seq } };
  }

  /** Null: the scope hides it. */
  #placeOf(path: string): { readonly path: Buffer; readonly memories: readonly number[] } | null {
    const bytes = normalise(path);
    if (!showsDirectory(this.#matcher, bytes)) return null;
    const { memory } = this.#find(bytes, undefined) ?? { memory: null };
    return { path: bytes, memories: memory === null ? [] : [memory] };
  }

  #find(path: Buffer, selector: VersionSelector): NodeAt | null {
    try {
      return this.treeAt(selector).find(path);
    } catch (error) {
      if (error instanceof MemfsError && error.code === 'not_found') return null;
      throw error;
    }
  }

  treeAt(selector: VersionSelector): TreeAt {
    const { branch, siblings } = this.#workspace;
    const seq = this.seqOf(selector);
    const isBefore = branch.forkSeq !== null && seq <= branch.forkSeq;
    return new TreeAt(isBefore ? siblings.main : this.#workspace, seq, this.#matcher);
  }

  /** The sequence number that a selector names. */
  seqOf(selector: VersionSelector): number {
    const { records, storeId } = this.#workspace;
    if (selector === undefined) return records.head;
    if (typeof selector === 'number' || /^\d+$/.test(selector)) {
      const seq = Number(selector);
      if (seq > records.head || seq < 0)
        throw new MemfsError('not_found', `no record ${seq}; the newest is ${records.head}`);
      return seq;
    }
    if (selector.startsWith('memver_')) return parseVersionId(storeId, selector);
    const time = Date.parse(selector);
    if (Number.isNaN(time))
      throw new MemfsError('invalid', `${selector} is no version id, sequence number or RFC 3339 time`);
    return this.#workspace.history.seqAt(time);
  }

  /** The state of a memory: a version of it by id, or what it was at a time or sequence number. */
  state(path: string, selector: VersionSelector): RecordRow {
    const bytes = normalise(path);
    if (typeof selector === 'string' && selector.startsWith('memver_')) {
      const named = this.#workspace.records.get(this.seqOf(selector));
      const row = named === undefined ? null : this.visible(named);
      const here = this.#find(bytes, undefined);
      if (row === null || (row.memory !== here?.memory && !row.path?.equals(bytes)))
        throw new MemfsError('not_found', `${selector} is not a version of ${path}`);
      return this.#withContent(row, path);
    }
    const node = this.treeAt(selector).find(bytes);
    if (isDirectory(node.mode)) throw refusal('is_a_directory', `${path} is a directory`);
    if (node.record === null) throw refusal('invalid', `${path} has no content`);
    return this.#withContent(this.#seenAt(node.path, node.record), path);
  }

  /** As a scope shows it; null: it is another branch's, or the scope hides it. */
  visible(row: RecordRow, matcher = this.#matcher): RecordRow | null {
    return isOfLine(this.#workspace.branch, row) ? visibleRecord(matcher, row) : null;
  }

  /** The record of a memory that the scope shows now may be from a place that it does not show. */
  #seenAt(path: Buffer, row: RecordRow): RecordRow {
    const visible = visibleRecord(this.#matcher, row);
    return visible?.path === row.path ? visible : { ...row, path, previous_path: null };
  }

  #withContent(row: RecordRow, path: string): RecordRow {
    if (row.removed_by !== null) throw this.#removed(row, path);
    if (row.content === null) throw refusal('not_found', `${path} was deleted by record ${row.seq}`);
    return row;
  }

  #removed({ seq, removed_by }: RecordRow, path: string): MemfsError {
    const { operation, agent, session, time } = this.bySeq(removed_by!);
    const by = `${operation} by ${agent} (${session}) at ${time}, record ${removed_by}`;
    return new MemfsError('gone', `the content of ${path} in record ${seq} was ${by}`, {
      hint: `memfsd log shows which versions of ${path} there are.`,
    });
  }

  content(row: RecordRow): VersionContent {
    const { contents } = this.#workspace;
    const chunks = row.content === null ? [] : contents.chunks(contents.get(row.content));
    return { record: this.record(row), chunks };
  }

  *diff(from: VersionSelector, to: VersionSelector, path?: string): Generator<DiffEntry> {
    const changed = this.#changedSince(from, to, path);
    if (changed === null) yield* this.#diffTrees(from, to, path);
    else for (const at of changed) yield* this.#diffAt(at, from);
  }

  /** Where the present may differ from an earlier state, when that is what is asked: mostly in a few places. */
  #changedSince(from: VersionSelector, to: VersionSelector, path?: string): Buffer[] | null {
    if (to !== undefined || (path !== undefined && path !== '/')) return null;
    const seq = this.seqOf(from);
    return seq < (this.#workspace.branch.forkSeq ?? 0) ? null : changedPaths(this.#workspace, seq);
  }

  /** Of a file, what the whole would say of it. */
  *#diffAt(path: Buffer, from: VersionSelector): Generator<DiffEntry> {
    const before = this.#stateOf(this.#find(path, from));
    const after = this.#stateOf(this.#find(path, undefined));
    yield* this.#differenceAt(path, before, after);
  }

  *#diffTrees(from: VersionSelector, to: VersionSelector, path?: string): Generator<DiffEntry> {
    const bytes = path === undefined || path === '/' ? Buffer.alloc(0) : normalise(path);
    const before = bytes.length === 0 ? this.treeAt(from).root() : this.#find(bytes, from);
    const after = bytes.length === 0 ? this.treeAt(to).root() : this.#find(bytes, to);
    if (before === null && after === null) throw refusal('not_found', `no ${path} in either state`);
    yield* this.#diffNodes(this.treeAt(from), before, this.treeAt(to), after);
  }

  *#diffNodes(
    oldTree: TreeAt,
    before: NodeAt | null,
    newTree: TreeAt,
    after: NodeAt | null,
  ): Generator<DiffEntry> {
    yield* this.#differenceAt((after ?? before)!.path, this.#stateOf(before), this.#stateOf(after));
    const oldChildren = before !== null && isDirectory(before.mode) ? oldTree.children(before) : [];
    const newChildren = after !== null && isDirectory(after.mode) ? newTree.children(after) : [];
    for (const [left, right] of pairByName(oldChildren, newChildren))
      yield* this.#diffNodes(oldTree, left, newTree, right);
  }

  *#differenceAt(path: Buffer, old: RecordRow | null, present: RecordRow | null): Generator<DiffEntry> {
    if (!isOther(old, present)) return;
    yield {
      path: path.toString('utf8'),
      change: old === null ? 'added' : present === null ? 'removed' : 'changed',
      before: old === null ? null : this.content(old),
      after: present === null ? null : this.content(present),
    };
  }

  #stateOf(node: NodeAt | null): RecordRow | null {
    return node === null || node.record === null ? null : this.#seenAt(node.path, node.record);
  }

  /** Throws `not_found` for a time before there was the store. */
  *exportEntries(at: VersionSelector): Generator<TreeEntry> {
    const { createdMs } = this.#workspace.meta;
    if (typeof at === 'string' && Date.parse(at) < createdMs)
      throw new MemfsError('not_found', `there was no store at ${at}`, {
        hint: `it was made at ${new Date(createdMs).toISOString()}`,
      });
    const tree = this.treeAt(at);
    const firstNames = new Map<number, Buffer>();
    for (const node of tree.walk(tree.root())) {
      if (node.ino === rootIno) continue;
      const known = firstNames.get(node.ino);
      const entry = this.#treeEntry(node, known);
      if (entry === null) continue;
      if (entry.kind === 'file') firstNames.set(node.ino, node.path);
      yield entry;
    }
  }

  #treeEntry(node: NodeAt, firstName: Buffer | undefined): TreeEntry | null {
    const { path, mode, record, target } = node;
    const mtime = mtimeOf(this.#workspace, node);
    const common = { path, mode: mode & permissionBits, mtime };
    if (firstName !== undefined) return { ...common, kind: 'link', size: 0, target: firstName };
    if (isDirectory(mode)) return { ...common, kind: 'directory', size: 0 };
    if ((mode & FileType.mask) === FileType.symlink)
      return { ...common, kind: 'symlink', size: 0, target: target ?? Buffer.alloc(0) };
    if (record === null || record.content === null) return null;
    const { contents } = this.#workspace;
    const file = { ...common, kind: 'file' as const, sha256: record.sha256?.toString('hex') ?? '' };
    const content = contents.find(record.content);
    if (content === undefined) return { ...file, size: 0, chunks: [] };
    return { ...file, size: content.size, chunks: readable(contents.chunks(content), content.size) };
  }
}

/** Zeros for what is damaged: its hash tells, and the rest of the tree comes. */
function* readable(chunks: Iterable<Uint8Array>, size: number): Generator<Uint8Array> {
  let left = size;
  try {
    for (const chunk of chunks) {
      yield chunk;
      left -= chunk.length;
    }
  } catch (thrown) {
    if (mayPass(asMemfsError(thrown))) throw thrown;
  }
  for (; left > 0; left -= zeros.length) yield zeros.subarray(0, left);
}

const zeros = Buffer.alloc(64 * 1024);

/** A content that was removed is other than any: nobody can tell any more. */
const isOther = (old: RecordRow | null, present: RecordRow | null): boolean =>
  old?.seq !== present?.seq && (old?.content !== present?.content || old?.removed_by != null);

/** `/`-rooted, without empty names and a trailing slash. Throws `invalid` for `.` and `..`. */
export function normalise(path: string): Buffer {
  const names = split(Buffer.from(path));
  if (!path.startsWith('/')) throw new MemfsError('invalid', `${path} does not begin with /`);
  for (const name of names)
    if (name.equals(Buffer.from('.')) || name.equals(Buffer.from('..')) || name.includes(0))
      throw new MemfsError('invalid', `${path} is no path inside a store`);
  return Buffer.concat(names.flatMap((name) => [Buffer.from('/'), name]));
}

/** Merges two lists sorted by name. */
function* pairByName(
  left: readonly NodeAt[],
  right: readonly NodeAt[],
): Generator<[NodeAt | null, NodeAt | null]> {
  let i = 0;
  let j = 0;
  while (i < left.length || j < right.length) {
    const a = left[i] ?? null;
    const b = right[j] ?? null;
    const order = a === null ? 1 : b === null ? -1 : Buffer.compare(lastName(a), lastName(b));
    yield [order <= 0 ? a : null, order >= 0 ? b : null];
    if (order <= 0) i++;
    if (order >= 0) j++;
  }
}

const lastName = ({ path }: NodeAt): Buffer => path.subarray(path.lastIndexOf(0x2f) + 1);

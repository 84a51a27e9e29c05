import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { MemfsError, refusal } from '../core/errors.js';
import type { Actor } from '../core/model.js';
import { openDatabase, type SqliteDatabase } from '../journal/database.js';
import { InodeTable } from '../journal/inodes.js';
import { checkTail } from '../journal/verify.js';
import { systemClock } from './clock.js';
import { Coherence } from './coherence.js';
import type { FileSystem, KernelNotifier } from './filesystem.js';
import { workingOf } from './inode.js';
import { Ledger } from './ledger.js';
import { Maintenance } from './maintenance.js';
import { FileType, isDirectory } from './mode.js';
import type { Origin } from './operation.js';
import { toBinaryString } from './operation.js';
import type { ArgsOf, OperationName, ResultOf } from './operations/all.js';
import { diskBytes, statistics } from './statistics.js';
import type {
  DiffEntry,
  LogQuery,
  LogRecord,
  MountView,
  NewStore,
  Store,
  StoreOptions,
  StoreStatistics,
  TreeEntry,
  VersionContent,
  VersionSelector,
} from './store.js';
import { StoreFileSystem } from './store-file-system.js';
import { normalise, StoreReader } from './store-reader.js';
import { split } from './tree-at.js';
import { mainBranch, rootIno, spoolPath, Workspace } from './workspace.js';

/** Makes the database of a new store: an empty root directory and an empty journal. */
export function createStore(path: string, store: NewStore): void {
  if (existsSync(path)) throw new MemfsError('already_exists', `${path} exists`);
  const database = openDatabase(path);
  try {
    database.transaction(() => {
      const put = database.prepare('INSERT INTO meta (key, value) VALUES (?, ?)');
      put.run('store', store.id);
      put.run('created_ms', Date.now());
      const now = systemClock()();
      new InodeTable(database, mainBranch).put({
        ino: rootIno,
        mode: FileType.directory | store.mode,
        uid: store.uid,
        gid: store.gid,
        rdev: 0,
        nlink: 2,
        size: 0,
        atime_sec: now.sec,
        atime_nsec: now.nsec,
        mtime_sec: now.sec,
        mtime_nsec: now.nsec,
        ctime_sec: now.sec,
        ctime_nsec: now.nsec,
        content: null,
        memory: null,
        version: null,
        since: 0,
        target: null,
      });
    })();
  } finally {
    database.close();
  }
}

export function openStore(path: string, options: StoreOptions): Store {
  if (!existsSync(path)) throw new MemfsError('not_found', `no store at ${path}`);
  return new OpenStore(path, options);
}

/** What an earlier verification found, or what a look at the newest records finds. */
function knownDamage(database: SqliteDatabase): string | null {
  const noted = database.prepare("SELECT value FROM meta WHERE key = 'damaged'").pluck().get();
  return (noted as string | undefined) ?? checkTail(database);
}

/** What comes from the API and the command line; no kernel connection has this number. */
const outside = 0;

class OpenStore implements Store {
  readonly #path: string;
  readonly #workspace: Workspace;
  readonly #ledger: Ledger;
  readonly #reader: StoreReader;
  readonly #maintenance: Maintenance;
  readonly #coherence = new Coherence();

  constructor(path: string, options: StoreOptions) {
    this.#path = path;
    this.#workspace = new Workspace(path, options);
    this.#ledger = new Ledger(this.#workspace, spoolPath(path), systemClock());
    this.#ledger.damaged = knownDamage(this.#workspace.database);
    this.#ledger.onChanges = (changes) => this.#coherence.notify(changes);
    this.#reader = new StoreReader(this.#workspace);
    this.#maintenance = new Maintenance(path, this.#workspace, this.#ledger, options);
  }

  get id(): string {
    return this.#workspace.storeId;
  }

  get damaged(): string | null {
    return this.#ledger.damaged;
  }

  setDamaged(reason: string | null): void {
    if (reason === this.#ledger.damaged) return;
    this.#ledger.damaged = reason;
    const { database } = this.#workspace;
    try {
      if (reason === null) database.prepare("DELETE FROM meta WHERE key = 'damaged'").run();
      else database.prepare("REPLACE INTO meta (key, value) VALUES ('damaged', ?)").run(reason);
    } catch {
      // Too damaged to remember it: the next opening or verification finds it again.
    }
  }

  retainConnections(alive: ReadonlySet<number>): void {
    const { handles, locks } = this.#workspace;
    const known = new Set([
      ...[...handles.values()].map(({ connection }) => connection),
      ...locks.all().map(({ connection }) => connection),
      ...this.#workspace.uncommitted().map(({ state }) => state.connection),
    ]);
    for (const connection of known)
      if (!alive.has(connection)) this.#run('endConnection', noActor, { connection }, connection);
    if (alive.size === 0) this.#reclaimOrphans();
  }

  #reclaimOrphans(): void {
    this.#ledger.commit();
    for (const ino of this.#workspace.inodeTable.orphans()) this.#run('reclaim', noActor, { ino });
  }

  attach(view: MountView, notifier: KernelNotifier): FileSystem {
    const { connection } = view;
    const parts = {
      workspace: this.#workspace,
      ledger: this.#ledger,
      coherence: this.#coherence,
      directory: dirname(this.#path),
      sync: () => this.sync(),
    };
    this.#coherence.add({
      connection,
      notifier,
      hasWorkingState: (ino) => {
        const inode = this.#workspace.inodes.find(ino);
        return inode !== undefined && workingOf(inode, connection) !== undefined;
      },
    });
    return new StoreFileSystem(parts, view, notifier);
  }

  #run<Name extends OperationName>(
    name: Name,
    actor: Actor,
    args: ArgsOf<Name>,
    connection = outside,
    payload?: Buffer,
  ): ResultOf<Name> {
    const origin: Origin = { connection, unique: 0n, resent: false, actor };
    return this.#ledger.run(name, origin, args, payload);
  }

  log(query: LogQuery): Iterable<LogRecord> {
    return this.#reader.log(query);
  }

  show(path: string, version?: VersionSelector): VersionContent {
    return this.#reader.content(this.#reader.state(path, version));
  }

  diff(from: VersionSelector, to: VersionSelector, path?: string): Iterable<DiffEntry> {
    return this.#reader.diff(from, to, path);
  }

  restore(path: string, version: VersionSelector, actor: Actor): LogRecord {
    const { content } = this.#reader.state(path, version);
    const { parent, name } = this.#place(normalise(path), actor);
    const place = { parent, name: toBinaryString(name), ...this.#owner() };
    const ino = this.#run('putContent', actor, { ...place, content: content! });
    return this.#newest(ino);
  }

  write(path: string, content: Uint8Array, actor: Actor, ifMatch?: string): LogRecord {
    const bytes = normalise(path);
    if (bytes.length === 0) throw refusal('is_a_directory', 'the root is a directory');
    if (ifMatch !== undefined) this.#checkPresent(path, ifMatch);
    const { parent, name } = this.#place(bytes, actor);
    const place = { parent, name: toBinaryString(name), ...this.#owner() };
    return this.#newest(this.#run('putFile', actor, place, outside, Buffer.from(content)));
  }

  #checkPresent(path: string, ifMatch: string): void {
    const { sha256, seq } = this.#reader.state(path, undefined);
    const present = sha256!.toString('hex');
    if (present !== ifMatch.toLowerCase())
      throw new MemfsError('conflict', `${path} has changed: its content is now ${present} (record ${seq})`, {
        hint: `Read it again (memfsd show STORE ${path}), then write with --if-match ${present}.`,
      });
  }

  #newest(ino: number): LogRecord {
    const { version } = this.#workspace.inodes.get(ino);
    if (version === null)
      throw new MemfsError('invalid', 'the path is unversioned', {
        hint: 'Unversioned names are set in the configuration (config.json, "unversioned").',
      });
    return this.#reader.bySeq(version);
  }

  #owner(): { readonly uid: number; readonly gid: number } {
    const { uid, gid } = this.#workspace.inodes.get(rootIno);
    return { uid, gid };
  }

  /** The directory of a path, made with its parents where it is missing. */
  #place(path: Buffer, actor: Actor): { readonly parent: number; readonly name: Buffer } {
    const names = split(path);
    const name = names.pop()!;
    let parent = rootIno;
    for (const step of names) {
      const entry = this.#workspace.entries.find(parent, step);
      const mode = FileType.directory | 0o755;
      parent =
        entry?.ino ??
        this.#run('makeNode', actor, { parent, name: toBinaryString(step), mode, ...this.#owner() });
    }
    return { parent, name };
  }

  importEntry(entry: TreeEntry, actor: Actor): void {
    const place = this.#place(entry.path, actor);
    const { parent } = place;
    const name = toBinaryString(place.name);
    const owner = this.#owner();
    const existing = this.#workspace.entries.find(parent, place.name);
    if (entry.kind === 'file') {
      const content = Buffer.concat([...(entry.chunks ?? [])]);
      const { mode, mtime } = entry;
      this.#run('putFile', actor, { parent, name, mode, mtime, ...owner }, outside, content);
      return;
    }
    if (entry.kind === 'directory') {
      const ino =
        existing?.ino ??
        this.#run('makeNode', actor, { parent, name, mode: FileType.directory | entry.mode, ...owner });
      if (!isDirectory(this.#workspace.inodes.get(ino).mode))
        throw new MemfsError('already_exists', `${entry.path} is no directory in the store`);
      return;
    }
    if (existing !== undefined) this.#run('unlink', actor, { parent, name });
    if (entry.kind === 'symlink') {
      const target = toBinaryString(entry.target!);
      const node = { parent, name, mode: FileType.symlink | 0o777, target, ...owner };
      const ino = this.#run('makeNode', actor, node);
      this.#run('setAttributes', actor, { ino, changes: { mtime: entry.mtime } });
      return;
    }
    const first = this.#place(entry.target!, actor);
    const { ino } = this.#workspace.entry(first.parent, first.name);
    this.#run('link', actor, { ino, parent, name });
  }

  exportEntries(at?: VersionSelector): Iterable<TreeEntry> {
    return this.#reader.exportEntries(at);
  }

  statistics(): StoreStatistics {
    this.#ledger.commit();
    return { ...statistics(this.#workspace), diskBytes: diskBytes(this.#path) };
  }

  sync(): Promise<void> {
    return this.#maintenance.sync();
  }

  close(): void {
    this.#maintenance.stop();
    this.#ledger.close();
    this.#maintenance.checkpoint();
    this.#workspace.close();
  }
}

const noActor: Actor = { agent: 'memfsd', session: 'memfsd' };

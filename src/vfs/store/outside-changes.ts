import { MemfsError, refusal } from '../../core/errors.js';
import type { Actor } from '../../core/model.js';
import type { LogRecord } from '../../core/records.js';
import { controlName, type ScopeMatcher } from '../../core/scope.js';
import type { TreeEntry } from '../../core/trees.js';
import type { VersionSelector } from '../../core/versions.js';
import type { Entry } from '../../journal/tree/entries.js';
import type { ArgsOf, OperationName, ResultOf } from '../operations/all.js';
import { normalise, type StoreReader } from '../past/store-reader.js';
import { split } from '../past/tree-at.js';
import { leastAccess } from '../scope/least-access.js';
import { requireWritable } from '../scope/scope-guard.js';
import { showsDirectory } from '../scope/visible-records.js';
import type { BranchLedger } from './branch-ledger.js';
import { FileType, isDirectory } from './mode.js';
import { toBinaryString, type WriteRules } from './operation.js';
import { noRules, observedRules } from './operation-contexts.js';
import { rootIno, type Workspace } from './workspace.js';

/** renameat2(2), RENAME_NOREPLACE. */
const noReplace = 1;
/** No kernel connection has this number. */
const outside = 0;

/** Changes that come from the API and the command line, not through a mount. */
export class OutsideChanges {
  readonly #workspace: Workspace;
  readonly #ledger: BranchLedger;
  readonly #reader: StoreReader;
  readonly #matcher: ScopeMatcher;
  #isUnlimited = false;

  constructor(workspace: Workspace, ledger: BranchLedger, reader: StoreReader, matcher: ScopeMatcher) {
    this.#matcher = matcher;
    this.#workspace = workspace;
    this.#ledger = ledger;
    this.#reader = reader;
  }

  #run<Name extends OperationName>(
    name: Name,
    actor: Actor,
    args: ArgsOf<Name>,
    payload?: Buffer,
    rules?: WriteRules,
  ): ResultOf<Name> {
    const unlimited = this.#isUnlimited ? { isUnlimited: true as const } : {};
    const origin = {
      connection: outside,
      unique: 0n,
      resent: false,
      actor,
      ...(rules && { rules }),
      ...unlimited,
    };
    return this.#ledger.run(name, origin, args, payload);
  }

  restore(path: string, version: VersionSelector, actor: Actor): LogRecord {
    const { content } = this.#reader.state(path, version);
    const bytes = normalise(path);
    this.requireWritable(bytes);
    const { parent, name } = this.#place(bytes, actor);
    const place = { parent, name: toBinaryString(name), ...this.#owner() };
    const ino = this.#run('putContent', actor, { ...place, content: content! });
    return this.#newest(ino);
  }

  write(path: string, content: Uint8Array, actor: Actor, ifMatch?: string): LogRecord {
    const bytes = normalise(path);
    if (bytes.length === 0) throw refusal('is_a_directory', 'the root is a directory');
    this.requireWritable(bytes);
    if (ifMatch !== undefined) this.#checkPresent(path, ifMatch);
    const { parent, name } = this.#place(bytes, actor);
    const place = { parent, name: toBinaryString(name), ...this.#owner() };
    // The expected content, when it is named, has been found: it says more than what the session has read.
    const rules = ifMatch === undefined ? observedRules : noRules;
    return this.#newest(this.#run('putFile', actor, place, Buffer.from(content), rules));
  }

  remove(path: string, actor: Actor, ifMatch?: string): LogRecord {
    const bytes = normalise(path);
    const { parent, name } = this.#fileAt(path, bytes);
    if (ifMatch !== undefined) this.#checkPresent(path, ifMatch);
    const rules = ifMatch === undefined ? observedRules : noRules;
    this.#run('unlink', actor, { parent, name: toBinaryString(name) }, undefined, rules);
    return this.#reader.bySeq(this.#workspace.records.head);
  }

  removeDirectory(path: string, actor: Actor): LogRecord {
    const bytes = normalise(path);
    this.requireWritable(bytes);
    let entry: Entry | undefined;
    for (const step of split(bytes)) entry = this.#workspace.entry(entry?.ino ?? rootIno, step);
    if (entry === undefined) throw refusal('not_empty', 'the root stays');
    this.#run('rmdir', actor, { parent: entry.parent, name: toBinaryString(entry.name) });
    return this.#reader.bySeq(this.#workspace.records.head);
  }

  move(from: string, to: string, actor: Actor): LogRecord {
    const source = this.#fileAt(from, normalise(from));
    const target = normalise(to);
    if (target.length > 0) this.requireWritable(target);
    if (target.length === 0 || this.#namesOf(target).length > 0)
      throw refusal('already_exists', `${to} is taken`);
    const { parent: newParent, name: newName } = this.#place(target, actor);
    const { parent, name, ino } = source;
    this.#run('rename', actor, {
      parent,
      name: toBinaryString(name),
      newParent,
      newName: toBinaryString(newName),
      flags: noReplace,
    });
    return this.#newest(ino);
  }

  /** The name of a file that is part of history and may be changed. */
  #fileAt(path: string, bytes: Buffer): Entry {
    this.requireWritable(bytes);
    // Throws for what is no file, is not there or is hidden.
    this.#reader.state(path, undefined);
    let entry: Entry | undefined;
    for (const step of split(bytes)) entry = this.#workspace.entry(entry?.ino ?? rootIno, step);
    return entry!;
  }

  /** Throws as a mount of the scope does: `access_denied` for what is hidden, there or not, else `read_only`. */
  requireWritable(path: Buffer): void {
    if (split(path)[0]?.toString() === controlName) throw refusal('read_only', '/.memfs is reserved');
    const names = this.#matcher.isWhole ? [] : this.#namesOf(path);
    const access =
      names.length === 0
        ? this.#matcher.access(toBinaryString(path))
        : leastAccess(this.#workspace, this.#matcher, names);
    requireWritable(access);
  }

  /** All names of what has this path; none: there is nothing. */
  #namesOf(path: Buffer): readonly Entry[] {
    let ino = rootIno;
    for (const step of split(path)) {
      const entry = this.#workspace.entries.find(ino, step);
      if (entry === undefined) return [];
      ino = entry.ino;
    }
    return this.#workspace.entries.ofInode(ino);
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
      parent = entry?.ino ?? this.#makeDirectory(parent, step, actor);
    }
    return { parent, name };
  }

  #makeDirectory(parent: number, name: Buffer, actor: Actor): number {
    this.requireWritable(this.#workspace.pathOf(parent, name));
    const mode = FileType.directory | 0o755;
    return this.#run('makeNode', actor, { parent, name: toBinaryString(name), mode, ...this.#owner() });
  }

  /** `isUnlimited`: what may be written within a minute does not hold for it. */
  importEntry(entry: TreeEntry, actor: Actor, isUnlimited: boolean): void {
    this.#isUnlimited = isUnlimited;
    try {
      this.#import(entry, actor);
    } finally {
      this.#isUnlimited = false;
    }
  }

  #import(entry: TreeEntry, actor: Actor): void {
    if (!this.#isKept(entry)) this.requireWritable(entry.path);
    if (entry.kind === 'link') this.requireWritable(entry.target!);
    const place = this.#place(entry.path, actor);
    const { parent } = place;
    const name = toBinaryString(place.name);
    const owner = this.#owner();
    const existing = this.#workspace.entries.find(parent, place.name);
    if (entry.kind === 'file') {
      const content = Buffer.concat([...(entry.chunks ?? [])]);
      const { mode, mtime } = entry;
      this.#run('putFile', actor, { parent, name, mode, mtime, ...owner }, content);
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

  /** A directory that is there already, and that the scope shows. */
  #isKept({ kind, path }: TreeEntry): boolean {
    return kind === 'directory' && showsDirectory(this.#matcher, path) && this.#namesOf(path).length > 0;
  }
}

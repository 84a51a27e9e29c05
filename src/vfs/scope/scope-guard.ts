import { type MemfsError, refusal } from '../../core/errors.js';
import type { Access } from '../../core/scope.js';
import type { Entry } from '../../journal/tree/entries.js';
import { isDirectory } from '../store/mode.js';
import type { Workspace } from '../store/workspace.js';
import type { Grants } from './grants.js';

/** renameat2(2). */
const exchange = 2;
const pageEntries = 128;
/** A directory with more below it is not searched for hidden names: the loop must not be silent so long. */
const searchLimit = 2_000;

const absent = (): MemfsError => refusal('not_found', 'no such file or directory');
const hidden = (): MemfsError => refusal('access_denied', 'it lies outside of the scope');
const readOnly = (): MemfsError => refusal('read_only', 'the scope grants it for reading only');

/**
 * The checks of a scoped mount: each passes or throws. What is hidden is not there (ENOENT), except that no name may
 * be made or removed where it would meet something hidden (EACCES, whether or not there is anything); what is only
 * granted for reading is EROFS to changes.
 */
export class ScopeGuard {
  readonly #workspace: Workspace;
  readonly #grants: Grants;

  constructor(workspace: Workspace, grants: Grants) {
    this.#workspace = workspace;
    this.#grants = grants;
  }

  /** Directories on the way to something granted included. */
  see(ino: number): void {
    if (!this.#grants.isVisible(ino)) throw absent();
  }

  read(ino: number): void {
    if (this.#grants.access(ino) === 'none') throw absent();
  }

  change(ino: number): void {
    this.see(ino);
    requireWritable(this.#grants.access(ino));
  }

  /** A new name; one that is taken is the file system's to refuse, unless what has it is hidden. */
  create(parent: number, name: Buffer): void {
    requireWritable(this.#grants.nameAccess(parent, name));
    const taken = this.#find(parent, name);
    if (taken !== undefined && !this.#grants.isVisible(taken.ino)) throw hidden();
  }

  /**
   * A name that goes. One that is not there is the file system's to refuse: the request may be one that was carried
   * out before, and is sent again.
   */
  remove(parent: number, name: Buffer): void {
    const entry = this.#find(parent, name);
    if (entry === undefined) return;
    this.change(entry.ino);
    if (this.#isDirectory(entry)) this.#refuseHidden(entry, false);
  }

  link(ino: number, parent: number, name: Buffer): void {
    this.read(ino);
    this.create(parent, name);
    if (this.#grants.access(ino) !== 'rw')
      throw refusal('crosses_scope', 'another name would give this mount other rights to the file');
  }

  rename(parent: number, name: Buffer, newParent: number, newName: Buffer, flags: number): void {
    const source = this.#find(parent, name);
    if (source !== undefined) this.change(source.ino);
    this.create(newParent, newName);
    const target = this.#find(newParent, newName);
    if (target !== undefined) this.change(target.ino);
    if (source !== undefined) this.#move(source, newParent, newName);
    if (target === undefined || !this.#isDirectory(target)) return;
    if (flags === exchange) this.#move(target, parent, name);
    else this.#refuseHidden(target, false);
  }

  /** Files have the same rights wherever they can be written; of a directory, all below it must keep theirs. */
  #move(entry: Entry, newParent: number, newName: Buffer): void {
    if (!this.#isDirectory(entry)) return;
    this.#refuseHidden(entry, true);
    if (!this.#grants.keepsRightsBelow(entry.parent, entry.name, newParent, newName))
      throw refusal('crosses_scope', 'this mount has other rights to what lies below at the new place');
  }

  #refuseHidden({ ino }: Entry, deep: boolean): void {
    if (this.#grants.isOpen(ino)) return;
    let left = searchLimit;
    for (const entry of this.#entriesBelow(ino, deep)) {
      if (!this.#grants.isVisible(entry.ino)) throw hidden();
      if (left-- === 0) throw refusal('crosses_scope', 'too much below to look for hidden names');
    }
  }

  *#entriesBelow(ino: number, deep: boolean): Generator<Entry> {
    for (let after = 0; ; ) {
      const page = this.#workspace.entries.list(ino, after, pageEntries);
      for (const entry of page) {
        yield entry;
        if (deep && this.#isDirectory(entry)) yield* this.#entriesBelow(entry.ino, deep);
      }
      if (page.length < pageEntries) return;
      after = page.at(-1)!.id;
    }
  }

  #find(parent: number, name: Buffer): Entry | undefined {
    return this.#workspace.entries.find(parent, name);
  }

  #isDirectory({ ino }: Entry): boolean {
    return isDirectory(this.#workspace.inodes.get(ino).mode);
  }
}

/** Throws unless a name may be made, changed and removed. */
export function requireWritable(access: Access): void {
  if (access === 'none') throw hidden();
  if (access === 'ro') throw readOnly();
}

import { type MemfsError, refusal } from '../../core/errors.js';
import { controlName } from '../../core/scope.js';
import type {
  CreateReply,
  Deferred,
  EntryReply,
  FileSystem,
  NegativeEntry,
  RequestContext,
} from '../filesystem.js';
import { ForwardingFileSystem } from '../forwarding-file-system.js';
import { rootIno } from '../store/workspace.js';
import { firstControlId } from './node-ids.js';

const reserved = Buffer.from(controlName);
const noReplace = 1;

const taken = (): MemfsError => refusal('already_exists', '.memfs is reserved');
const unchangeable = (): MemfsError => refusal('read_only', 'nothing in .memfs can be changed');

const isControlName = (parent: number, name: Buffer): boolean => parent === rootIno && name.equals(reserved);

/**
 * A mount with its control tree: `.memfs` can be looked up in the root and is not listed there. What concerns the
 * tree goes to it, everything else to the store; the node id decides.
 */
export class ControlledFileSystem extends ForwardingFileSystem {
  readonly #store: FileSystem;
  readonly #control: FileSystem;

  /** `control` alone where it shows the mount's root too. */
  constructor(control: FileSystem, store: FileSystem = control) {
    super();
    this.#store = store;
    this.#control = control;
  }

  protected override behind(ino: number): FileSystem {
    return ino < firstControlId ? this.#store : this.#control;
  }

  /** For what makes a name. */
  #forNew(parent: number, name: Buffer): FileSystem {
    if (isControlName(parent, name)) throw taken();
    return this.behind(parent);
  }

  /** For what takes a name away. */
  #forRemoval(parent: number, name: Buffer): FileSystem {
    if (isControlName(parent, name)) throw unchangeable();
    return this.behind(parent);
  }

  override lookup(context: RequestContext, parent: number, name: Buffer): EntryReply | NegativeEntry {
    if (!isControlName(parent, name)) return this.behind(parent).lookup(context, parent, name);
    const { attr, attrValid } = this.#control.getattr(context, firstControlId, null);
    return { attr, attrValid, entryValid: 0 };
  }

  override mknod(
    context: RequestContext,
    parent: number,
    name: Buffer,
    mode: number,
    rdev: number,
  ): EntryReply {
    return this.#forNew(parent, name).mknod(context, parent, name, mode, rdev);
  }

  override mkdir(context: RequestContext, parent: number, name: Buffer, mode: number): EntryReply {
    return this.#forNew(parent, name).mkdir(context, parent, name, mode);
  }

  override symlink(context: RequestContext, parent: number, name: Buffer, target: Buffer): EntryReply {
    return this.#forNew(parent, name).symlink(context, parent, name, target);
  }

  override link(context: RequestContext, ino: number, parent: number, name: Buffer): EntryReply {
    const fileSystem = this.#forNew(parent, name);
    if (ino >= firstControlId) throw unchangeable();
    return fileSystem.link(context, ino, parent, name);
  }

  override unlink(context: RequestContext, parent: number, name: Buffer): void {
    this.#forRemoval(parent, name).unlink(context, parent, name);
  }

  override rmdir(context: RequestContext, parent: number, name: Buffer): Deferred<void> {
    return this.#forRemoval(parent, name).rmdir(context, parent, name);
  }

  override rename(
    context: RequestContext,
    parent: number,
    name: Buffer,
    newParent: number,
    newName: Buffer,
    flags: number,
  ): Deferred<void> {
    const fileSystem = this.#forRemoval(parent, name);
    if (isControlName(newParent, newName)) throw flags & noReplace ? taken() : unchangeable();
    if (newParent >= firstControlId) throw unchangeable();
    return fileSystem.rename(context, parent, name, newParent, newName, flags);
  }

  override create(
    context: RequestContext,
    parent: number,
    name: Buffer,
    mode: number,
    flags: number,
  ): CreateReply {
    return this.#forNew(parent, name).create(context, parent, name, mode, flags);
  }

  /** Out of the control tree the kernel copies by reading and writing. */
  override copyFileRange(
    context: RequestContext,
    from: { readonly ino: number; readonly handle: number; readonly offset: number },
    to: { readonly ino: number; readonly handle: number; readonly offset: number },
    length: number,
  ): Deferred<number> {
    if (to.ino < firstControlId && from.ino >= firstControlId)
      throw refusal('unsupported', 'a virtual file is copied by reading it');
    return this.behind(to.ino).copyFileRange(context, from, to, length);
  }

  override interrupt(unique: bigint): void {
    this.#control.interrupt(unique);
    this.#store.interrupt(unique);
  }

  override destroy(): void {
    this.#control.destroy();
    if (this.#store !== this.#control) this.#store.destroy();
  }
}

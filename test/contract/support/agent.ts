import { MemfsError } from '../../../src/core/errors.js';
import type { Actor } from '../../../src/core/model.js';
import { wholeStore } from '../../../src/core/scope.js';
import type { FileSystem, KernelNotifier, RequestContext } from '../../../src/vfs/filesystem.js';
import type { MountView, Store } from '../../../src/vfs/store.js';

const readOnly = 0o0;
const writeOnly = 0o1;
const readWrite = 0o2;
const create = 0o100;
const truncate = 0o1000;
const append = 0o2000;

let uniques = 1_000_000n;

/** One session on a mount of its own, without a kernel. Every call says `ok` or the code of its error. */
export class Agent {
  readonly fs: FileSystem;
  readonly #connection: number;
  readonly invalidated: number[] = [];
  #told: string[] = [];
  /** What its kernel does when it is to drop pages. */
  onDrop: () => Promise<void> = () => Promise.resolve();
  pid = 1;

  constructor(store: Store, connection: number, session: string, view: Partial<MountView> = {}) {
    const actor: Actor = { agent: session, session: `sesn_${session}` };
    const notifier: KernelNotifier = {
      hasExpiry: true,
      invalidateAttributes: (ino) => {
        if (ino !== 1) this.#told.push('attributes');
      },
      invalidatePages: (ino) => {
        this.invalidated.push(ino);
        this.#told.push('pages');
        return this.onDrop();
      },
      expireName: () => {
        this.#told.push('names');
        return Promise.resolve();
      },
    };
    this.#connection = connection;
    this.fs = store.attach(
      { connection, actor, scope: wholeStore, precondition: 'observed', onConflict: 'refuse', ...view },
      notifier,
    );
  }

  /** What its kernel has been told since the last call: `pages`, `attributes` (not those of the root), `names`. */
  takeTold(): string[] {
    return this.#told.splice(0);
  }

  get context(): RequestContext {
    uniques += 2n;
    const { pid } = this;
    return { connection: this.#connection, unique: uniques, resent: false, uid: 0, gid: 0, pid, umask: 0 };
  }

  ino(path: string): number {
    const { attr } = this.fs.lookup(this.context, 1, Buffer.from(path));
    if (attr === null) throw new MemfsError('not_found', path);
    return attr.ino;
  }

  /** `cat path` */
  read(path: string): string {
    const ino = this.ino(path);
    const { handle } = this.fs.open(this.context, ino, readOnly, false) as { handle: number };
    const bytes = this.fs.read(this.context, ino, handle, 0, 1 << 20) as Uint8Array[];
    this.fs.flush(this.context, ino, handle, 1n);
    this.fs.release(this.context, ino, handle, null);
    return Buffer.concat(bytes).toString();
  }

  open(path: string, flags: number): { ino: number; handle: number } {
    const found = this.fs.lookup(this.context, 1, Buffer.from(path));
    if (found.attr === null) {
      const created = this.fs.create(this.context, 1, Buffer.from(path), 0o100644, flags | create);
      return { ino: created.entry.attr.ino, handle: created.handle };
    }
    const { ino } = found.attr;
    return { ino, handle: (this.fs.open(this.context, ino, flags, false) as { handle: number }).handle };
  }

  openToOverwrite = (path: string) => this.open(path, writeOnly | truncate);
  openToEdit = (path: string) => this.open(path, readWrite);
  openToPatch = (path: string) => this.open(path, writeOnly);

  writeTo(
    { ino, handle }: { ino: number; handle: number },
    text: string,
    offset = 0,
    flags = writeOnly,
  ): void {
    const options = { flags, fromCache: false, killPrivileges: false };
    this.fs.write(this.context, ino, handle, offset, Buffer.from(text), options);
  }

  async close({ ino, handle }: { ino: number; handle: number }): Promise<void> {
    try {
      await this.fs.flush(this.context, ino, handle, 1n);
    } finally {
      this.fs.release(this.context, ino, handle, null);
    }
  }

  /** `> path` */
  overwrite(path: string, text: string): Promise<string> {
    return said(async () => {
      const file = this.openToOverwrite(path);
      this.writeTo(file, text);
      await this.close(file);
    });
  }

  /** `>> path` */
  append(path: string, text: string): Promise<string> {
    return said(async () => {
      const file = this.open(path, writeOnly | append);
      this.writeTo(file, text, 0, writeOnly | append);
      await this.close(file);
    });
  }

  unlink(path: string): Promise<string> {
    return said(async () => this.fs.unlink(this.context, 1, Buffer.from(path)));
  }

  rename(from: string, to: string): Promise<string> {
    return said(async () => this.fs.rename(this.context, 1, Buffer.from(from), 1, Buffer.from(to), 0));
  }

  truncate(path: string, size: number): Promise<string> {
    return said(async () => void this.fs.setattr(this.context, this.ino(path), { size }));
  }

  setAttribute(path: string, name: string, value: string): Promise<string> {
    return said(async () =>
      this.fs.setxattr(this.context, this.ino(path), name, Buffer.from(value), 0, false),
    );
  }
}

export async function said(act: () => Promise<void>): Promise<string> {
  try {
    await act();
    return 'ok';
  } catch (error) {
    if (error instanceof MemfsError) return error.code;
    throw error;
  }
}

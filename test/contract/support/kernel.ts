import type { Actor } from '../../../src/core/model.js';
import { wholeStore } from '../../../src/core/scope.js';
import type { FileSystem, RequestContext } from '../../../src/vfs/filesystem.js';
import type { MountView } from '../../../src/vfs/store.js';
import type { Volume } from './volume.js';

export const append = 0o2001;
const pageBytes = 4096;

/** What a kernel does of one mount with one file: it cuts writes, and goes on with what it has cached. */
export class Kernel {
  fs!: FileSystem;
  readonly #volume: Volume;
  readonly #view: MountView;
  readonly #path: string;
  ino = 0;
  /** The size as it was told last, which an append begins at. */
  size = 0;
  readonly #cached = new Map<number, number>();
  /** How often it had to forget pages. */
  dropped = 0;

  constructor(volume: Volume, connection: number, path: string, view: Partial<MountView> = {}) {
    this.#volume = volume;
    this.#path = path;
    const actor: Actor = { agent: `agent-${connection}`, session: `sesn_${connection}` };
    const rules = { precondition: 'observed', onConflict: 'refuse' } as const;
    this.#view = { connection, actor, scope: wholeStore, ...rules, ...view };
    this.attach();
  }

  /** Also after the engine was killed: the kernel stays what it is. */
  attach(): void {
    this.fs = this.#volume.store.attach(this.#view, {
      hasExpiry: true,
      invalidateAttributes() {},
      invalidatePages: (ino) => {
        if (ino === this.ino) {
          this.#cached.clear();
          this.dropped++;
        }
        return Promise.resolve();
      },
      expireName: () => Promise.resolve(),
    });
  }

  context(pid = 1): RequestContext {
    return { ...this.#volume.context(), connection: this.#view.connection, pid };
  }

  open(flags = append, pid = 1): number {
    const { attr } = this.fs.lookup(this.context(pid), 1, Buffer.from(this.#path));
    if (attr === null) {
      const created = this.fs.create(this.context(pid), 1, Buffer.from(this.#path), 0o100644, flags | 0o100);
      this.ino = created.entry.attr.ino;
      return created.handle;
    }
    this.ino = attr.ino;
    this.size = attr.size;
    return (this.fs.open(this.context(pid), this.ino, flags, false) as { handle: number }).handle;
  }

  /** One WRITE. `goesOn`: the write(2) has more to come, so it is cut where a page ends. */
  write(
    handle: number,
    text: string,
    { goesOn = false, pid = 1, flags = append, at = this.size } = {},
  ): void {
    const data = Buffer.from(text);
    const end = Math.ceil((at + data.length) / pageBytes) * pageBytes;
    const offset = goesOn ? end - data.length : (at + data.length) % pageBytes === 0 ? at - 1 : at;
    for (const [index, byte] of data.entries()) this.#cached.set(offset + index, byte);
    this.fs.write(this.context(pid), this.ino, handle, offset, data, {
      flags,
      fromCache: false,
      killPrivileges: false,
    });
    this.size = Math.max(this.size, offset + data.length);
  }

  flush(handle: number, pid = 1): Promise<void> | void {
    return this.fs.flush(this.context(pid), this.ino, handle, 1n);
  }

  release(handle: number): void {
    this.fs.release(this.context(), this.ino, handle, null);
  }

  stat(): number {
    const reply = this.fs.getattr(this.context(), this.ino, null);
    this.size = reply.attr.size;
    return this.size;
  }

  /** What the file holds in the eyes of this mount. */
  truth(): string {
    const pieces = this.fs.read(this.context(), this.ino, 0, 0, 1 << 26) as Uint8Array[];
    return Buffer.concat(pieces).toString();
  }

  /** The same with what is cached in its place; the size is asked for. */
  read(): string {
    const bytes = Buffer.from(this.truth());
    this.size = bytes.length;
    for (const [at, byte] of this.#cached) if (at < bytes.length) bytes[at] = byte;
    return bytes.toString();
  }
}

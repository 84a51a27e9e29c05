import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Actor } from '../../../src/core/model.js';
import { type Scope, wholeStore } from '../../../src/core/scope.js';
import { type VerifyReport, verifyStore } from '../../../src/journal/verify.js';
import type { AttrReply, FileSystem, KernelNotifier, RequestContext } from '../../../src/vfs/filesystem.js';
import { createStore } from '../../../src/vfs/store/create-store.js';
import { openStore } from '../../../src/vfs/store/open-store.js';
import type { Store, StoreOptions } from '../../../src/vfs/store.js';

export const actor: Actor = { agent: 'tester', session: 'sesn_test' };

export const options = {
  maxFileBytes: 64 << 20,
  unversioned: ['.git/', 'node_modules/', '*.swp', '*.tmp', '*~', '4913', 'sed??????'],
};

export const silent: KernelNotifier = {
  hasExpiry: true,
  invalidateAttributes() {},
  invalidatePages: () => Promise.resolve(),
  expireName: () => Promise.resolve(),
};

/** A store in a temporary directory with one mount that has no kernel. */
export class Volume {
  readonly directory = mkdtempSync(join(tmpdir(), 'memfsd-contract-'));
  path = join(this.directory, 'store.db');
  store: Store;
  fs: FileSystem;
  #unique = 0n;
  #crashes = 0;

  readonly #options: StoreOptions;

  /** `others`: of the store, besides the usual ones. */
  constructor(others: Partial<StoreOptions> = {}) {
    this.#options = { ...options, ...others };
    createStore(this.path, { id: 'memstore_abcdefghijkmnpqrstuvwxyz', uid: 0, gid: 0, mode: 0o755 });
    this.store = openStore(this.path, this.#options);
    this.fs = this.attach();
  }

  attach(
    connection = 1,
    notifier: KernelNotifier = silent,
    who: Actor = actor,
    scope: Scope = wholeStore,
    branch = 'main',
  ): FileSystem {
    return this.store.attach(
      { connection, actor: who, scope, branch, precondition: 'observed', onConflict: 'refuse' },
      notifier,
    );
  }

  /** The same through another mount. */
  through<T>(fs: FileSystem, work: () => T): T {
    const own = this.fs;
    this.fs = fs;
    try {
      return work();
    } finally {
      this.fs = own;
    }
  }

  context(resent: bigint | null = null, umask = 0): RequestContext {
    this.#unique += 2n;
    return {
      connection: 1,
      unique: resent ?? this.#unique,
      resent: resent !== null,
      uid: 0,
      gid: 0,
      pid: 1,
      umask,
    };
  }

  /** Closes and opens again, as a new engine does. */
  reopen(): void {
    this.store.close();
    this.open();
  }

  /** After a close. */
  open(): void {
    this.store = openStore(this.path, this.#options);
    this.fs = this.attach();
  }

  /** Checks the whole store after a clean shutdown. */
  verify(): VerifyReport {
    this.store.close();
    const report = verifyStore(this.path);
    this.store = openStore(this.path, options);
    this.fs = this.attach();
    return report;
  }

  /** What a killed engine leaves behind, opened by the next one: the files as they are at this moment. */
  crash(under: StoreOptions = options): void {
    const left = join(this.directory, `crash-${this.#crashes++}`);
    mkdirSync(left);
    for (const file of readdirSync(dirname(this.path)))
      if (/\.(db|db-wal|spool)$/.test(file)) copyFileSync(join(dirname(this.path), file), join(left, file));
    this.store.close();
    this.path = join(left, 'store.db');
    this.store = openStore(this.path, under);
    this.fs = this.attach();
  }

  ino(path: string): number {
    let ino = 1;
    for (const name of path.split('/').filter((part) => part !== '')) {
      const found = this.fs.lookup(this.context(), ino, Buffer.from(name));
      if (found.attr === null) throw new Error(`no ${path}`);
      ino = found.attr.ino;
    }
    return ino;
  }

  #place(path: string): { parent: number; name: Buffer } {
    const at = path.lastIndexOf('/');
    return { parent: this.ino(path.slice(0, at)), name: Buffer.from(path.slice(at + 1)) };
  }

  exists(path: string): boolean {
    const { parent, name } = this.#place(path);
    return this.fs.lookup(this.context(), parent, name).attr !== null;
  }

  /** open(O_WRONLY|O_CREAT|O_TRUNC), write, close: what `>` does. */
  write(path: string, content: string | Buffer): void {
    const handle = this.openForWriting(path);
    this.fs.write(this.context(), handle.ino, handle.handle, 0, Buffer.from(content), plain);
    this.close(handle);
  }

  append(path: string, content: string): void {
    const ino = this.ino(path);
    const { handle } = this.fs.open(this.context(), ino, 0o2001, false) as { handle: number };
    const options = { ...plain, flags: 0o2001 };
    this.fs.write(this.context(), ino, handle, 0, Buffer.from(content), options);
    this.close({ ino, handle });
  }

  openForWriting(path: string): { ino: number; handle: number } {
    const { parent, name } = this.#place(path);
    const found = this.fs.lookup(this.context(), parent, name);
    if (found.attr !== null) {
      const { handle } = this.fs.open(this.context(), found.attr.ino, 0o1001, false) as { handle: number };
      return { ino: found.attr.ino, handle };
    }
    const created = this.fs.create(this.context(), parent, name, 0o100644, 0o1001);
    return { ino: created.entry.attr.ino, handle: created.handle };
  }

  close({ ino, handle }: { ino: number; handle: number }): void {
    this.fs.flush(this.context(), ino, handle, 1n);
    this.fs.release(this.context(), ino, handle, null);
  }

  read(path: string): string {
    const ino = this.ino(path);
    return Buffer.concat(this.fs.read(this.context(), ino, 0, 0, 1 << 26) as Uint8Array[]).toString();
  }

  mkdir(path: string): number {
    const { parent, name } = this.#place(path);
    return this.fs.mkdir(this.context(), parent, name, 0o755).attr.ino;
  }

  rename(from: string, to: string, flags = 0): void {
    const source = this.#place(from);
    const target = this.#place(to);
    this.fs.rename(this.context(), source.parent, source.name, target.parent, target.name, flags);
  }

  link(path: string, newPath: string): void {
    const { parent, name } = this.#place(newPath);
    this.fs.link(this.context(), this.ino(path), parent, name);
  }

  isDirectory(path: string): boolean {
    return (this.fs.getattr(this.context(), this.ino(path), null) as AttrReply).attr.mode >> 12 === 4;
  }

  /** Names in a directory, without `.` and `..`. */
  list(path: string): string[] {
    const names: string[] = [];
    const add = (name: Buffer): boolean => names.push(name.toString()) > 0;
    this.fs.readdir(this.context(), this.ino(path), 0, 0, false, { add });
    return names.filter((name) => name !== '.' && name !== '..');
  }

  unlink(path: string): void {
    const { parent, name } = this.#place(path);
    this.fs.unlink(this.context(), parent, name);
  }

  /** `operation path` of every record, oldest first. */
  journal(path?: string): string[] {
    return [...this.store.log(path === undefined ? {} : { path })].map(
      (record) => `${record.operation} ${record.path}`,
    );
  }

  destroy(): void {
    this.store.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

const plain = { flags: 0o1, fromCache: false, killPrivileges: false };

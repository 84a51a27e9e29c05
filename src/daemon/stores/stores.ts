/** The stores of this daemon: created, opened at their first use, kept open, closed together. */
import { randomBytes } from 'node:crypto';
import { renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { VerifyEvent } from '../../api/endpoints/history.js';
import { asMemfsError, MemfsError } from '../../core/errors.js';
import { newId } from '../../core/ids.js';
import type { Space } from '../../journal/contents/space.js';
import { failureAt } from '../../journal/storage-failure.js';
import { syncDirectory } from '../../journal/sync-directory.js';
import type { NewStore, Store, StoreOptions } from '../../vfs/store.js';
import type { Catalog, StoreRow } from '../catalog.js';
import type { runInWorker } from './run-in-worker.js';
import { explained, isMissing, missingText, openingFailed, refuseEmpty } from './store-damage.js';

export interface StoreFactory {
  open(path: string, options: StoreOptions): Store;
  create(path: string, store: NewStore): void;
  /** Off the loop that answers the kernel. */
  readonly run: typeof runInWorker;
}

/** A mount waits this long for the examination of a store; a large one goes on beside it. */
const examinationLimit = 3_000;

export class Stores {
  readonly #data: string;
  readonly #catalog: Catalog;
  readonly #factory: StoreFactory;
  readonly #options: StoreOptions;
  readonly #open = new Map<string, Store>();
  readonly #examinations = new Map<string, Promise<void>>();
  readonly #connections: ReadonlySet<number>;
  /** The errors of stores that could not be opened, by id. */
  readonly #broken = new Map<string, string>();

  /** `connections`: those that an earlier engine served and that still exist. */
  constructor(
    data: string,
    catalog: Catalog,
    factory: StoreFactory,
    options: StoreOptions,
    connections: ReadonlySet<number>,
  ) {
    this.#data = data;
    this.#catalog = catalog;
    this.#factory = factory;
    this.#options = options;
    this.#connections = connections;
  }

  path(id: string): string {
    return join(this.#data, 'stores', `${id}.db`);
  }

  /** The file first, then its catalog row: a crash between the two leaves an unknown file, not a dead row. */
  create(name: string, description: string): StoreRow {
    this.#catalog.refuseTakenName(name);
    const id = newId('store', randomBytes);
    const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
    const path = this.path(id);
    try {
      this.#factory.create(path, { id, uid, gid, mode: 0o755 });
      return this.add({ id, name, description });
    } catch (thrown) {
      // A full disk: nobody would ever find it.
      rmSync(path, { force: true });
      removeBeside(path);
      throw failureAt(path, thrown);
    }
  }

  /** By id or name. */
  get(reference: string): Store {
    const row = this.#catalog.getStore(reference);
    const { id } = row;
    let store = this.#open.get(id);
    if (store === undefined) {
      const isAsClosed = this.#catalog.closedState(id) === this.#fileState(row);
      store = this.#openFile(row);
      store.retainConnections(this.#connections);
      this.#open.set(id, store);
      if (!isAsClosed && this.#connections.size === 0) this.#examinations.set(id, this.#examine(id));
    }
    return store;
  }

  #openFile(row: StoreRow): Store {
    const path = this.path(row.id);
    try {
      refuseEmpty(path);
      const store = this.#factory.open(path, this.#options);
      this.#broken.delete(row.id);
      return store;
    } catch (thrown) {
      const error = openingFailed(row, path, failureAt(path, thrown));
      if (error.code === 'corrupt') this.#broken.set(row.id, `damaged: ${asMemfsError(thrown).message}`);
      throw error;
    }
  }

  /** That the file of a store is missing or damaged, as far as that is known without a look into it; null: nothing. */
  problem({ id }: Pick<StoreRow, 'id'>): string | null {
    const path = this.path(id);
    if (isMissing(path)) return missingText(path);
    const store = this.#open.get(id);
    if (store === undefined) return this.#broken.get(id) ?? null;
    return store.damaged === null ? null : `damaged: ${store.damaged}`;
  }

  /** The error that a store has thrown, in words that name it. */
  explained(reference: string, thrown: unknown): MemfsError {
    const row = this.#catalog.findStore(reference);
    return row === undefined ? asMemfsError(thrown) : explained(row, failureAt(this.path(row.id), thrown));
  }

  /** For a change: throws `read_only` for an archived store. */
  writable(reference: string): Store {
    const { id, name, archived } = this.#catalog.getStore(reference);
    if (archived === 1)
      throw new MemfsError('read_only', `the store "${name}" is archived`, {
        hint: `memfsd store archive ${name} --undo`,
      });
    return this.get(id);
  }

  async space(reference: string): Promise<Space> {
    const { id } = this.#catalog.getStore(reference);
    for await (const event of this.#factory.run('space', this.path(id)))
      if ('result' in event) return event.result;
    throw new MemfsError('internal', 'the store could not be measured');
  }

  /**
   * The file is not the one that was closed last: after a crash, or because something else has written to it.
   * Until it is found sound, what it gives is what it holds; found damaged, it takes no more writes.
   */
  async #examine(id: string): Promise<void> {
    try {
      for await (const event of this.verify(id)) void event;
    } catch {
      // The worker failed, which says nothing about the store.
    } finally {
      this.#examinations.delete(id);
    }
  }

  /** Opens a store and waits, not for ever, until it is known to be sound or damaged. */
  async examined(reference: string): Promise<void> {
    const { id } = this.get(reference);
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, examinationLimit);
    });
    await Promise.race([this.#examinations.get(id), limit]);
    clearTimeout(timer);
  }

  /** A store that is found damaged takes no more writes, here and on its mounts; one found sound does again. */
  async *verify(reference: string): AsyncGenerator<VerifyEvent> {
    const row = this.#catalog.getStore(reference);
    const { id } = row;
    if (isMissing(this.path(id))) this.#openFile(row);
    this.#migrate(id);
    for await (const event of this.#factory.run('verify', this.path(id))) {
      if ('progress' in event) yield event;
      else {
        this.#setDamaged(id, event.result.first_bad?.problem ?? null);
        yield { report: event.result };
      }
    }
  }

  /** Who only reads expects the present schema. One that cannot be opened is for them to report. */
  #migrate(id: string): void {
    try {
      this.get(id);
    } catch {}
  }

  /** Registers the file of a store that was made elsewhere and lies at its path already. */
  add(named: Pick<StoreRow, 'id' | 'name' | 'description'>): StoreRow {
    const row = { ...named, created_at: new Date().toISOString(), archived: 0 as const };
    this.#catalog.addStore(row);
    this.#noteClosed(row.id);
    return row;
  }

  /** Closes a store if it is open: nobody may use it any more. */
  release(id: string): void {
    const store = this.#open.get(id);
    this.#open.delete(id);
    store?.close();
  }

  /** Puts another file in the place of a store's. */
  replace(id: string, file: string): void {
    this.release(id);
    this.moveIn(id, file);
    this.#noteClosed(id);
  }

  /**
   * The file becomes that of the store, as it is. What an earlier one has left beside it is gone for good before: SQLite
   * would take a WAL that a loss of power brought back for the new file's.
   */
  moveIn(id: string, file: string): void {
    const path = this.path(id);
    removeBeside(path);
    syncDirectory(dirname(path));
    renameSync(file, path);
    syncDirectory(dirname(path));
  }

  /** Null: there is none. */
  #fileState({ id }: Pick<StoreRow, 'id'>): string | null {
    const facts = statSync(this.path(id), { bigint: true, throwIfNoEntry: false });
    return facts === undefined ? null : `${facts.size}:${facts.mtimeNs}`;
  }

  #noteClosed(id: string): void {
    const state = this.#fileState({ id });
    if (state !== null) this.#catalog.noteClosed(id, state);
  }

  /** One that cannot even be opened takes no writes either. */
  #setDamaged(id: string, problem: string | null): void {
    try {
      this.get(id).setDamaged(problem);
    } catch (error) {
      if (asMemfsError(error).code !== 'corrupt') throw error;
    }
  }

  /** Every mount of an earlier engine is served again. */
  resume(): void {
    for (const store of this.#open.values()) store.resume();
  }

  async settled(): Promise<void> {
    await Promise.all([...this.#open.values()].map((store) => store.settled()));
  }

  async sync(): Promise<void> {
    await Promise.all([...this.#open.values()].map((store) => store.sync()));
  }

  /** Closes all, even when one fails; then throws the first failure. */
  close(): void {
    const failures: unknown[] = [];
    for (const [id, store] of this.#open)
      try {
        store.close();
        this.#noteClosed(id);
      } catch (error) {
        failures.push(error);
      }
    this.#open.clear();
    if (failures.length > 0) throw failures[0];
  }
}

/** Removes the files that belong to a database and lie beside it. */
export function removeBeside(path: string): void {
  const spool = path.replace(/\.db$/, '.spool');
  for (const file of [`${path}-wal`, `${path}-shm`, `${path}-journal`, spool]) rmSync(file, { force: true });
}

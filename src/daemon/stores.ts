/** The stores of this daemon: created, opened at their first use, kept open, closed together. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { asMemfsError } from '../core/errors.js';
import { newId } from '../core/ids.js';
import type { NewStore, Store, StoreOptions } from '../vfs/store.js';
import type { Catalog, StoreRow } from './catalog.js';

export interface StoreFactory {
  open(path: string, options: StoreOptions): Store;
  create(path: string, store: NewStore): void;
}

export class Stores {
  readonly #data: string;
  readonly #catalog: Catalog;
  readonly #factory: StoreFactory;
  readonly #options: StoreOptions;
  readonly #open = new Map<string, Store>();

  readonly #connections: ReadonlySet<number>;

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
    const row = { id: newId('store', randomBytes), name, description, created_at: new Date().toISOString() };
    const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
    this.#factory.create(this.path(row.id), { id: row.id, uid, gid, mode: 0o755 });
    this.#catalog.addStore(row);
    return row;
  }

  /** By id or name. */
  get(reference: string): Store {
    const { id } = this.#catalog.getStore(reference);
    let store = this.#open.get(id);
    if (store === undefined) {
      store = this.#factory.open(this.path(id), this.#options);
      store.retainConnections(this.#connections);
      this.#open.set(id, store);
    }
    return store;
  }

  /** One that cannot even be opened takes no writes either. */
  setDamaged(id: string, problem: string | null): void {
    try {
      this.get(id).setDamaged(problem);
    } catch (error) {
      if (asMemfsError(error).code !== 'corrupt') throw error;
    }
  }

  async sync(): Promise<void> {
    await Promise.all([...this.#open.values()].map((store) => store.sync()));
  }

  /** Closes all, even when one fails; then throws the first failure. */
  close(): void {
    const failures: unknown[] = [];
    for (const store of this.#open.values())
      try {
        store.close();
      } catch (error) {
        failures.push(error);
      }
    this.#open.clear();
    if (failures.length > 0) throw failures[0];
  }
}

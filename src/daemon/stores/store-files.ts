/** Stores as files: copied, brought back, set aside, deleted. */
import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PruningBody, RetentionBody } from '../../api/endpoints/retention.js';
import type {
  ForkEvent,
  ForkRequest,
  SnapshotFacts,
  StoreFile,
  StoreSummary,
} from '../../api/endpoints/stores.js';
import { MemfsError } from '../../core/errors.js';
import { newId } from '../../core/ids.js';
import type { Actor, RetentionPolicy } from '../../core/model.js';
import { syncDirectory } from '../../journal/sync-directory.js';
import { type Catalog, type StoreRow, summaryOf } from '../catalog.js';
import { resultOf, runInWorker } from './run-in-worker.js';
import { removeBeside, type Stores } from './stores.js';

export interface SnapshotFile {
  readonly facts: SnapshotFacts;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Of files that are being made: what a dead engine left of them is removed at the next start. */
const unfinished = '.part';

export interface StoreFilesParts {
  readonly data: string;
  readonly catalog: Catalog;
  readonly stores: Stores;
  readonly limitBytes: number;
}

export class StoreFiles {
  readonly #data: string;
  readonly #catalog: Catalog;
  readonly #stores: Stores;
  readonly #onDelete: (store: string) => void;

  readonly #limitBytes: number;

  /** `limitBytes`: what a store may hold, 0: no limit; `onDelete`: of each store that was deleted. */
  constructor({ data, catalog, stores, limitBytes }: StoreFilesParts, onDelete: (store: string) => void) {
    this.#limitBytes = limitBytes;
    this.#onDelete = onDelete;
    this.#data = data;
    this.#catalog = catalog;
    this.#stores = stores;
    for (const name of readdirSync(join(data, 'stores')))
      if (name.includes(unfinished)) rmSync(join(data, 'stores', name), { force: true });
    for (const id of catalog.removedStores()) this.#removeFiles(id);
  }

  async *fork(reference: string, request: ForkRequest): AsyncGenerator<ForkEvent> {
    const { name } = request;
    const original = this.#catalog.getStore(reference);
    this.#catalog.refuseTakenName(name);
    await this.#stores.get(original.id).sync();
    const id = newId('store', randomBytes);
    const target = this.#newFile();
    try {
      for await (const event of runInWorker('copy', { source: this.#stores.path(original.id), target, id }))
        if ('progress' in event) yield event;
      const description = request.description ?? original.description;
      yield { store: summaryOf(this.#settleIn(target, { id, name, description })) };
    } finally {
      remove(target);
    }
  }

  async snapshot(reference: string): Promise<SnapshotFile> {
    const { id, name } = this.#catalog.getStore(reference);
    await this.#stores.get(id).sync();
    const target = this.#newFile();
    try {
      const { report } = await resultOf('copy', { source: this.#stores.path(id), target, id: null });
      const { records, versions, head, chain } = report;
      const bytes = statSync(target).size;
      return { facts: { id, name, bytes, records, versions, head, chain }, chunks: consumed(target) };
    } catch (error) {
      remove(target);
      throw error;
    }
  }

  async importSnapshot(name: string, file: AsyncIterable<Uint8Array>): Promise<StoreSummary> {
    this.#catalog.refuseTakenName(name);
    const target = this.#newFile();
    try {
      await pipeline(Readable.from(file), createWriteStream(target, { mode: 0o600 }));
      const { id } = await resultOf('adopt', { path: target, id: null });
      return await this.#settleNew(target, id, name);
    } finally {
      remove(target);
    }
  }

  async file(reference: string): Promise<StoreFile> {
    const { id, name } = this.#catalog.getStore(reference);
    try {
      await this.#stores.get(id).sync();
    } catch {
      // Its file is asked for because it is damaged.
    }
    return { id, name, path: this.#stores.path(id) };
  }

  async exportHistory(reference: string): Promise<AsyncIterable<Uint8Array>> {
    const { id } = this.#catalog.getStore(reference);
    await this.#stores.get(id).sync();
    const file = this.#newFile();
    try {
      await resultOf('writeHistory', { path: this.#stores.path(id), file });
      return consumed(file);
    } catch (error) {
      remove(file);
      throw error;
    }
  }

  async *importHistory(name: string, lines: AsyncIterable<Uint8Array>): AsyncGenerator<ForkEvent> {
    const existing = this.#catalog.findStore(name);
    if (existing !== undefined) await this.#refuseFilled(existing);
    const [file, path] = [this.#newFile(), this.#newFile()];
    try {
      await pipeline(Readable.from(lines), createWriteStream(file, { mode: 0o600 }));
      for await (const event of runInWorker('readHistory', { path, file })) {
        if ('progress' in event) yield event;
        else if (existing === undefined) yield { store: await this.#settleNew(path, event.result.id, name) };
        else yield { store: await this.#replace(existing, path) };
      }
    } finally {
      remove(file);
      remove(path);
    }
  }

  /** Under its own id where that is free: ids of versions are made from it. */
  async #settleNew(path: string, former: string, name: string): Promise<StoreSummary> {
    this.#refuseTooLarge(path);
    const isTaken = this.#catalog.findStore(former) !== undefined;
    const id = isTaken ? newId('store', randomBytes) : former;
    if (isTaken) await resultOf('adopt', { path, id });
    return summaryOf(this.#settleIn(path, { id, name, description: '' }));
  }

  #refuseTooLarge(path: string): void {
    const { size } = statSync(path);
    if (this.#limitBytes !== 0 && size > this.#limitBytes)
      throw new MemfsError('quota', `the store has ${size} bytes, and may have ${this.#limitBytes}`, {
        hint: 'raise limits.store_bytes in config.json',
      });
  }

  async #replace(existing: StoreRow, path: string): Promise<StoreSummary> {
    this.#refuseTooLarge(path);
    await resultOf('adopt', { path, id: existing.id });
    await this.#refuseFilled(existing);
    this.#stores.replace(existing.id, path);
    return summaryOf(existing);
  }

  async #refuseFilled({ id, name }: StoreRow): Promise<void> {
    const { unversioned } = await this.#stores.space(id);
    this.#unmounted(id);
    const { head } = this.#stores.writable(id).statistics();
    if (head > 0 || unversioned > 0)
      throw new MemfsError('not_empty', `the store "${name}" is not empty`, {
        hint: 'give the name of a new store',
      });
  }

  retention(reference: string): RetentionBody {
    return policyBody(this.#stores.get(reference).retention);
  }

  setRetention(reference: string, policy: RetentionBody): RetentionBody {
    const store = this.#stores.writable(reference);
    store.retention = policyOf(policy);
    return policyBody(store.retention);
  }

  prune(reference: string, actor: Actor): Promise<PruningBody> {
    return this.#stores.writable(reference).prune(actor);
  }

  wouldPrune(reference: string, policy: RetentionBody | undefined): Promise<PruningBody> {
    const store = this.#stores.get(reference);
    return store.wouldPrune(policy === undefined ? store.retention : policyOf(policy));
  }

  archive(reference: string, archived: boolean): StoreSummary {
    const { id } = this.#unmounted(reference);
    this.#catalog.setArchived(id, archived);
    return summaryOf(this.#catalog.getStore(id));
  }

  delete(reference: string, confirm: string): StoreSummary {
    const row = this.#unmounted(reference);
    if (confirm !== row.name)
      throw new MemfsError('usage', `the store is named "${row.name}", not "${confirm}"`, {
        hint: 'repeat its name with --confirm',
      });
    this.#stores.release(row.id);
    this.#catalog.removeStore(row.id);
    this.#removeFiles(row.id);
    this.#onDelete(row.id);
    return summaryOf(row);
  }

  /** Of a store that the catalog has forgotten. A daemon that dies meanwhile leaves it to the next one. */
  #removeFiles(id: string): void {
    const path = this.#stores.path(id);
    remove(path);
    syncDirectory(dirname(path));
    this.#catalog.filesRemoved(id);
  }

  #unmounted(reference: string): StoreRow {
    const row = this.#catalog.getStore(reference);
    const mount = this.#catalog.listMounts().find(({ store }) => store === row.id);
    if (mount !== undefined)
      throw new MemfsError('busy', `the store is mounted at ${mount.path}`, {
        hint: `memfsd unmount ${mount.path}`,
      });
    return row;
  }

  #newFile(): string {
    return join(this.#data, 'stores', `${randomBytes(8).toString('hex')}${unfinished}`);
  }

  #settleIn(file: string, named: Pick<StoreRow, 'id' | 'name' | 'description'>): StoreRow {
    this.#catalog.refuseTakenName(named.name);
    this.#stores.moveIn(named.id, file);
    return this.#stores.add(named);
  }
}

const policyOf = ({ keep_days, keep_versions }: RetentionBody): RetentionPolicy | null =>
  keep_days === null && keep_versions === null ? null : { keepDays: keep_days, keepVersions: keep_versions };

const policyBody = (policy: RetentionPolicy | null): RetentionBody => ({
  keep_days: policy?.keepDays ?? null,
  keep_versions: policy?.keepVersions ?? null,
});

/** A database with all that lies beside it. */
function remove(path: string): void {
  rmSync(path, { force: true });
  removeBeside(path);
}

/** The bytes of a file, which is gone when they have been read, or nobody wants them any more. */
async function* consumed(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>;
  } finally {
    remove(path);
  }
}

import type { RetentionPolicy } from '../core/model.js';
import type { SqliteDatabase } from './database.js';
import { SpoolGeneration } from './spool/spool-generation.js';

/** The facts that a store keeps about itself. */
export class StoreMeta {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  /** Writes the facts of a new store. `id`: `memstore_…`. */
  begin(id: string, createdMs: number): void {
    this.#put('store', id);
    this.#put('created_ms', createdMs);
    new SpoolGeneration(this.#database).renew();
  }

  /** `memstore_…` */
  get storeId(): string {
    return this.#get('store') as string;
  }

  /** A copy becomes a store of its own. */
  set storeId(id: string) {
    this.#put('store', id);
  }

  get createdMs(): number {
    return this.#get('created_ms') as number;
  }

  /** The configuration that operations ran under, as JSON; replaying them needs the same. */
  get configuration(): string | null {
    return (this.#get('configuration') as string | undefined) ?? null;
  }

  set configuration(json: string) {
    this.#put('configuration', json);
  }

  /** The fault that a verification has found in the journal. */
  get damaged(): string | null {
    return (this.#get('damaged') as string | undefined) ?? null;
  }

  set damaged(reason: string | null) {
    if (reason === null) this.#database.prepare("DELETE FROM meta WHERE key = 'damaged'").run();
    else this.#put('damaged', reason);
  }

  /** A redaction has begun, and it is not sure yet that the file holds none of its bytes. */
  get unwiped(): boolean {
    return this.#get('unwiped') !== undefined;
  }

  set unwiped(isSo: boolean) {
    if (isSo) this.#put('unwiped', 1);
    else this.#database.prepare("DELETE FROM meta WHERE key = 'unwiped'").run();
  }

  /** The policy for history; null: everything is kept. */
  get retention(): RetentionPolicy | null {
    const json = this.#get('retention') as string | undefined;
    return json === undefined ? null : (JSON.parse(json) as RetentionPolicy);
  }

  set retention(policy: RetentionPolicy | null) {
    if (policy === null) this.#database.prepare("DELETE FROM meta WHERE key = 'retention'").run();
    else this.#put('retention', JSON.stringify(policy));
  }

  /** When the policy was carried out last; 0: never. */
  get retentionRanMs(): number {
    return (this.#get('retention_ran_ms') as number | undefined) ?? 0;
  }

  set retentionRanMs(ms: number) {
    this.#put('retention_ran_ms', ms);
  }

  #get(key: string): unknown {
    return this.#database.prepare('SELECT value FROM meta WHERE key = ?').pluck().get(key);
  }

  #put(key: string, value: string | number): void {
    this.#database.prepare('REPLACE INTO meta (key, value) VALUES (?, ?)').run(key, value);
  }
}

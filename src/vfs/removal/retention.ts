import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Actor, RetentionPolicy } from '../../core/model.js';
import type { Pruning } from '../../core/removals.js';
import type { ContentId } from '../../journal/contents/contents.js';
import { Expiry } from '../../journal/contents/expiry.js';
import type { Ledger } from '../store/ledger.js';
import type { Workspace } from '../store/workspace.js';
import type { Erasure } from './erasure.js';
import type { Removals } from './removals.js';

/** Versions that are looked at, and contents that are removed, in one turn of the loop. */
const examined = 200;
const removed = 50;
/** Contents for which their readers are looked for together. */
const planned = 2_000;

type Sum = { -readonly [Key in keyof Pruning]: Pruning[Key] };

/** Carries out the retention policy of a store, a little in each turn of the loop. */
export class Retention {
  readonly #workspace: Workspace;
  readonly #ledger: Ledger;
  readonly #removals: Removals;
  readonly #erasure: Erasure;

  constructor(workspace: Workspace, ledger: Ledger, removals: Removals, erasure: Erasure) {
    this.#workspace = workspace;
    this.#ledger = ledger;
    this.#removals = removals;
    this.#erasure = erasure;
  }

  get policy(): RetentionPolicy | null {
    return this.#workspace.meta.retention;
  }

  set policy(policy: RetentionPolicy | null) {
    // Not inside the group's transaction, which a crash would roll back.
    this.#ledger.commit();
    this.#workspace.meta.retention = policy;
  }

  /** Without a policy there is nothing to do. */
  run(actor: Actor): Promise<Pruning> {
    return this.#removals.alone(async () => {
      const sum = { versions: 0, contents: 0, bytes: 0 };
      const nowMs = this.#ledger.now().ms;
      const expiry = this.#expiry(this.policy, nowMs);
      if (expiry === null) return sum;
      for await (const contents of this.#expired(expiry)) await this.#remove(sum, expiry, contents, actor);
      if (sum.contents > 0) await this.#erasure.emptyLogs();
      this.#ledger.commit();
      this.#workspace.meta.retentionRanMs = nowMs;
      return sum;
    });
  }

  /** Returns what a policy would take away now. */
  async count(policy: RetentionPolicy | null): Promise<Pruning> {
    const sum = { versions: 0, contents: 0, bytes: 0 };
    const expiry = this.#expiry(policy, this.#ledger.now().ms);
    if (expiry !== null)
      for await (const contents of this.#expired(expiry)) this.#count(sum, expiry, this.#unused(contents));
    return sum;
  }

  #expiry(policy: RetentionPolicy | null, nowMs: number): Expiry | null {
    const { database, tables } = this.#workspace;
    return policy === null ? null : new Expiry(database, tables.branches, policy, nowMs);
  }

  async *#expired(expiry: Expiry): AsyncGenerator<ContentId[]> {
    let found: ContentId[] = [];
    for (let next = expiry.next(examined); next !== null; next = expiry.next(examined)) {
      found.push(...next);
      if (found.length >= planned) {
        yield found;
        found = [];
      }
      await nextTurn();
    }
    if (found.length > 0) yield found;
  }

  async #remove(sum: Sum, expiry: Expiry, ids: readonly ContentId[], actor: Actor): Promise<void> {
    const { contents } = this.#workspace;
    const readers = await this.#removals.readersOf(ids.map((id) => contents.get(id)));
    const gone = new Set<ContentId>();
    for (let first = 0; first < ids.length; first += removed) {
      // Meanwhile one may have become the present content of a file again.
      const still = ids.slice(first, first + removed).filter((id) => expiry.isExpired(id));
      const batch = this.#unused(still);
      if (batch.length === 0) continue;
      this.#count(sum, expiry, batch);
      for (const id of batch) gone.add(id);
      const found = batch.map((id) => contents.get(id));
      this.#removals.remove('pruned', found, readers, gone, actor, null);
      await nextTurn();
    }
  }

  #count(sum: Sum, expiry: Expiry, ids: readonly ContentId[]): void {
    for (const id of ids) {
      sum.versions += expiry.versionsOf(id).length;
      sum.contents += 1;
      sum.bytes += this.#workspace.contents.get(id).size;
    }
  }

  /** Those that no file, no open change (on any branch) and no unresolved conflict has. */
  #unused(ids: readonly ContentId[]): ContentId[] {
    const used = new Set<ContentId | null>(this.#workspace.refusals.unresolvedContents());
    const asked = new Set(ids);
    for (const branch of this.#workspace.siblings.all()) {
      for (const { content } of branch.inodes.holding(asked)) used.add(content);
      for (const { state } of branch.uncommitted()) for (const content of state.madeFrom()) used.add(content);
    }
    return ids.filter((id) => !used.has(id));
  }
}

import { timingSafeEqual } from 'node:crypto';
import type { Operation } from '../../core/model.js';
import { decodeNumbers } from '../number-list.js';
import { chainNext, chainStart, commitmentOf } from './chain.js';
import { operations, type RecordRow } from './records.js';

/** Operations that take contents away: on purpose, or by saying that they are lost. */
const removers: ReadonlySet<Operation> = new Set<Operation>(['redacted', 'pruned', 'lost', 'salvaged']);

export const equal = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && timingSafeEqual(a, b);

/** Checks records in their order: the chain, what they commit to, and that whatever is missing was removed by one. */
export class RecordCheck {
  readonly #first: number;
  #seq: number;
  #chain: Uint8Array;
  /** Records that have lost their content, by the one that is said to have taken it: not met yet. */
  readonly #bare = new Map<number, number>();

  /** Begins behind the record whose chain is given. */
  constructor(first = 1, chain: Uint8Array = chainStart) {
    this.#first = first;
    this.#seq = first;
    this.#chain = chain;
  }

  /** Checks the next record. Returns its fault, or null. */
  next(record: RecordRow): string | null {
    if (record.seq !== this.#seq) return `record ${this.#seq} is missing`;
    const { time_ms: timeMs, claimed, ...fields } = record;
    const chain = chainNext(this.#chain, { ...fields, timeMs, claimed: claimed === 1 });
    if (!equal(chain, record.chain)) return 'the hash chain does not fit the record';
    this.#seq++;
    this.#chain = chain;
    if (record.salt === null) return this.#noteBare(record);
    return checkCommitment(record, record.salt) ?? this.#checkRemoval(record);
  }

  #noteBare({ seq, content, removed_by }: RecordRow): string | null {
    if (removed_by === null) return 'its salt is missing, and no record removed it';
    if (content !== null) return `record ${removed_by} removed its content, which is still there`;
    this.#bare.set(seq, removed_by);
    return null;
  }

  #checkRemoval({ seq, operation, removes }: RecordRow): string | null {
    if (removes === null) return null;
    const name = operations[operation];
    if (!removers.has(name!)) return `it is ${name}, which removes nothing`;
    for (const removed of decodeNumbers(removes)) {
      if (removed < this.#first) continue;
      if (this.#bare.get(removed) !== seq)
        return `it removed the content of record ${removed}, which says otherwise`;
      this.#bare.delete(removed);
    }
    return null;
  }

  /** When all have been checked: the first that lost its content to a record that does not say so. */
  unexplained(): number | null {
    const [first] = [...this.#bare.keys()];
    return first ?? null;
  }
}

function checkCommitment(record: RecordRow, salt: Uint8Array): string | null {
  const { path, previous_path: previousPath, removes } = record;
  if (path === null) return 'its path is missing';
  if (record.content !== null && record.sha256 === null) return `its content ${record.content} is missing`;
  const content = record.sha256 === null ? null : { sha256: record.sha256, size: record.size! };
  const commitment = commitmentOf(salt, { path, previousPath, content, removes });
  return equal(commitment, record.commitment) ? null : 'path or content are not those that were recorded';
}

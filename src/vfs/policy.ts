/** Policies: asked before a version is made whether it may be, and what to note about it. */
import type { Actor } from '../core/model.js';

export interface ReadableContent {
  readonly size: number;
  /** `[offset, offset + length)`, cut at the end, in pieces. */
  read(offset: number, length: number): Uint8Array[];
}

export interface Commit {
  /** `/`-rooted raw bytes. */
  readonly path: Buffer;
  readonly actor: Actor;
  readonly content: ReadableContent;
  /** The present content of the memory; null for a new one. */
  readonly previous: ReadableContent | null;
  /** So many bytes at the beginning are those of `previous`: where an append began, else 0. */
  readonly unchanged: number;
}

export type Verdict =
  | { readonly verdict: 'accept' }
  /** `reason`: one sentence for a person, which does not repeat what must not be stored. */
  | { readonly verdict: 'refuse'; readonly reason: string }
  /** `flags` are noted in the record: words without blanks. */
  | { readonly verdict: 'flag'; readonly flags: readonly string[] };

/**
 * Runs before every version, on the loop that answers the kernel: it must be quick, and it must be a function of its
 * argument alone, as it is asked again when the operation is replayed.
 */
export type CommitPolicy = (commit: Commit) => Verdict;

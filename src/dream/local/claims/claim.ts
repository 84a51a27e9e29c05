/**
 * A claim: one thing that a text says, taken apart into subject, respect, values, scope, polarity and
 * modality.
 */
import type { Atom } from '../../text/atoms.js';
import type { Block } from '../../text/blocks.js';
import type { Modality } from './modality.js';

export interface Claim {
  /** The path of its memory; null: it was read elsewhere. */
  readonly path: string | null;
  readonly block: Block | null;
  /** All blocks that it and its riders stand in. */
  readonly blocks: readonly Block[];
  /** The sentence, without what only says when it was recorded. */
  readonly text: string;
  /** Sentences behind it that have no subject of their own: reasons, exceptions, links. */
  readonly riders: readonly string[];
  /** The `nameKey` of its subject; null: nothing that is named. */
  readonly subject: string | null;
  /** Whether the sentence itself names the subject, not only the heading, title or path above it. */
  readonly named: boolean;
  /** All that the sentence states beside its subject. */
  readonly values: readonly Atom[];
  /** Stems of its words, without subject, values and scope; each once, in order. */
  readonly stems: readonly string[];
  /** Stems of title, headings and path, without names. */
  readonly context: readonly string[];
  /** Stems of where or for whom alone it holds. */
  readonly scope: readonly string[];
  readonly negated: boolean;
  readonly modality: Modality;
  /** The day on which it was recorded, `2026-02-11`; null: nothing says. */
  readonly recorded: string | null;
  /** Whether it is a step of a procedure. */
  readonly isStep: boolean;
}

/** Reduces a claim to subject, values, polarity and scope; equal for claims that differ in wording alone. */
export const factKey = (claim: Claim): string =>
  [
    claim.subject ?? '',
    ...claim.values.map(({ key }) => key).sort(),
    claim.negated ? '!' : '',
    ...claim.scope,
  ].join('\u0001');

/** One thing that a text says, taken apart: about whom, in which respect, which value, where and whether it holds. */
import type { Atom } from '../../text/atoms.js';
import type { Block } from '../../text/blocks.js';
import type { Modality } from './modality.js';

export interface Claim {
  /** Of the memory; null: it was read elsewhere. */
  readonly path: string | null;
  readonly block: Block | null;
  /** All blocks that it and its riders stand in. */
  readonly blocks: readonly Block[];
  /** The sentence, without what only says when it was recorded. */
  readonly text: string;
  /** What stands behind it and has no subject of its own: reasons, exceptions, links. */
  readonly riders: readonly string[];
  /** `nameKey` of what it is about; null: nothing that is named. */
  readonly subject: string | null;
  /** Whether the sentence itself names it, or the heading, title or path that it stands under. */
  readonly named: boolean;
  /** All that the sentence states beside its subject. */
  readonly values: readonly Atom[];
  /** Of its words, without subject, values and what limits it; each once, in order. */
  readonly stems: readonly string[];
  /** Of title, headings and path, without names. */
  readonly context: readonly string[];
  /** Where or for whom it holds only, as stems. */
  readonly scope: readonly string[];
  readonly negated: boolean;
  readonly modality: Modality;
  /** A day, `2026-02-11`; null: nothing says. */
  readonly recorded: string | null;
  /** Of a procedure. */
  readonly isStep: boolean;
}

/** As an index has it: `a` and `A` differ in nothing else. */
export const factKey = (claim: Claim): string =>
  [
    claim.subject ?? '',
    ...claim.values.map(({ key }) => key).sort(),
    claim.negated ? '!' : '',
    ...claim.scope,
  ].join('\u0001');

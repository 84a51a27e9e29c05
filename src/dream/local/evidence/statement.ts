/** A statement of a session about something that the store knows. */
import type { EventEvidence } from '../../edit.js';
import type { Atom } from '../../text/atoms.js';
import type { Claim } from '../claims/claim.js';

/** In characters. */
export const longestQuote = 240;

export type StatementKind =
  /** Says how it is. */
  | 'value'
  /** Says that what was asked about still holds. */
  | 'confirmation'
  /** Takes back what was said before. */
  | 'withdrawal';

export interface Statement {
  readonly kind: StatementKind;
  readonly by: 'user' | 'live';
  /** RFC 3339; the session's last time for an event without one. */
  readonly time: string;
  readonly session: string;
  readonly subject: string;
  readonly values: readonly Atom[];
  /** Stems of the key of a live value, or of the words of a sentence. */
  readonly stems: readonly string[];
  readonly scope: readonly string[];
  readonly negated: boolean;
  /** Values that it says hold no more. */
  readonly old: readonly Atom[];
  /**
   * The claim of the store that it repeats, or whose words it has with other values; null: it speaks for
   * itself.
   */
  readonly quotes: Claim | null;
  /** Whether it says that this is new, not only how it is. */
  readonly isChange: boolean;
  /** The text in place of what it corrects: a sentence, or `key: value` for a live value. */
  readonly text: string;
  readonly evidence: readonly EventEvidence[];
}

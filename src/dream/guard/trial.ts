/** The trial of one edit: all that the rules of the guard look at. */
import { maskSecrets } from '../../secrets/mask.js';
import type { ProposedEdit } from '../edit.js';
import type { DreamInput } from '../input.js';
import type { StagedTree } from '../staged-tree.js';
import type { Fact } from '../text/facts.js';
import type { Exhibit } from './exhibits.js';
import type { Statements } from './statements.js';

export interface Trial {
  readonly edit: ProposedEdit;
  readonly input: DreamInput;
  /** The tree with the edits accepted before this one. */
  readonly before: StagedTree;
  /** The tree with this edit too. */
  readonly after: StagedTree;
  /** The memories that it touches, sorted. */
  readonly paths: readonly string[];
  readonly statements: Statements;
  /** Whether the store uses a text, in lower case, as a name: `price-feed`, not `read-only`. */
  readonly isName: (text: string) => boolean;
  /** Whether a fact only says when or where the memory was written down. */
  readonly isBookkeeping: (path: string, fact: Fact) => boolean;
  /** Its evidence as it was found, in its order. */
  readonly exhibits: readonly Exhibit[];
}

/** Tells a person why the edit is refused; null: it is not. */
export type Rule = (trial: Trial) => string | null;

/** The lines that are new in the memories it touches. */
export function addedLines({ before, after, paths }: Trial): string[] {
  const known = new Set(paths.flatMap((path) => linesOf(before.text(path))));
  return paths.flatMap((path) => linesOf(after.text(path))).filter((line) => !known.has(line));
}

/** The text of all memories that it touches, before the edit. */
export const textBefore = ({ before, paths }: Trial): string =>
  paths.map((path) => before.text(path) ?? '').join('\n');

export const textAfter = ({ after, paths }: Trial): string =>
  paths.map((path) => after.text(path) ?? '').join('\n');

const linesOf = (text: string | undefined): string[] => text?.split('\n') ?? [];

/** Shortens a text for a message: one line, not long, without secrets. */
export function shown(text: string): string {
  const line = maskSecrets(text).trim().replace(/\s+/g, ' ');
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}

/** One edit before the guard, with all that its rules look at. */
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
  /** With the edits accepted before this one. */
  readonly before: StagedTree;
  /** With this one too. */
  readonly after: StagedTree;
  /** The memories that it touches, sorted. */
  readonly paths: readonly string[];
  readonly statements: Statements;
  /** Whether the store uses it as a name: `price-feed`, not `read-only`. In lower case. */
  readonly isName: (text: string) => boolean;
  /** Whether it only says when or where the memory was written down. */
  readonly isBookkeeping: (path: string, fact: Fact) => boolean;
  /** Its evidence as it was found, in its order. */
  readonly exhibits: readonly Exhibit[];
}

/** Null, or for a person why the edit is refused. */
export type Rule = (trial: Trial) => string | null;

/** Lines that are new in the memories it touches. */
export function addedLines({ before, after, paths }: Trial): string[] {
  const known = new Set(paths.flatMap((path) => linesOf(before.text(path))));
  return paths.flatMap((path) => linesOf(after.text(path))).filter((line) => !known.has(line));
}

/** What the memories that it touches say before, all in one. */
export const textBefore = ({ before, paths }: Trial): string =>
  paths.map((path) => before.text(path) ?? '').join('\n');

export const textAfter = ({ after, paths }: Trial): string =>
  paths.map((path) => after.text(path) ?? '').join('\n');

const linesOf = (text: string | undefined): string[] => text?.split('\n') ?? [];

/** In a message: one line, not long, without secrets. */
export function shown(text: string): string {
  const line = maskSecrets(text).trim().replace(/\s+/g, ' ');
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}

/** Statements that an edit takes away. */
import { posix } from 'node:path';
import type { Statement } from './statements.js';
import type { Trial } from './trial.js';

/**
 * The statements that stand before the edit and not after it, in these words, in any memory that it touches.
 */
export function removedStatements({ before, after, paths, statements }: Trial): Statement[] {
  const left = new Set(
    paths.flatMap((path) => statements.of(path, after.text(path)).map(({ text }) => plain(text))),
  );
  return paths
    .flatMap((path) => statements.of(path, before.text(path)))
    .filter(({ text }) => !left.has(plain(text)));
}

/**
 * Reduces a text to its words and the signs of currencies and percentages: all that tells statements apart.
 */
export const plain = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}%$€£+-]+/gu, ' ')
    .trim();

/** Whether the statement is nothing but links to what the edit removes, moves or makes. */
export function isIndexEntry({ path, text }: Statement, { paths, after }: Trial): boolean {
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, to]) =>
    posix.resolve(posix.dirname(path), decodeURI(to!.replace(/#.*/, ''))),
  );
  return links.length > 0 && links.every((to) => paths.includes(to) || after.text(to) === undefined);
}

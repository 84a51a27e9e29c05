/** Counts what a change removes: the limits of dreams are in these bytes. */

interface Texts {
  text(path: string): string | undefined;
}

/**
 * The bytes of lines that stood in these memories before and stand in none of them after. A line that moves
 * is not removed, nor is one that goes on with something added to it.
 */
export function removedBytes(before: Texts, after: Texts, paths: readonly string[]): number {
  const left = new Map<string, number>();
  for (const line of linesOf(after, paths)) left.set(line, (left.get(line) ?? 0) + 1);
  const gone = linesOf(before, paths).filter((line) => {
    const count = left.get(line) ?? 0;
    if (count > 0) left.set(line, count - 1);
    return count === 0;
  });
  const come = [...left].flatMap(([line, count]) => (count > 0 ? [line] : [])).join('\n');
  const removed = gone.filter((line) => !come.includes(withoutEnd(line)));
  return removed.reduce((bytes, line) => bytes + Buffer.byteLength(line) + 1, 0);
}

const withoutEnd = (line: string): string => line.replace(/[.;,]$/, '');

/** The lines that are not blank. */
const linesOf = (texts: Texts, paths: readonly string[]): string[] =>
  paths.flatMap((path) => (texts.text(path) ?? '').split('\n').map((line) => line.trim())).filter(Boolean);

/** How much a change removes: the limits of dreams are in these bytes. */

interface Texts {
  text(path: string): string | undefined;
}

/** Of lines that stood in these memories before and stand in none of them after. What moves is not removed. */
export function removedBytes(before: Texts, after: Texts, paths: readonly string[]): number {
  const left = new Map<string, number>();
  for (const line of linesOf(after, paths)) left.set(line, (left.get(line) ?? 0) + 1);
  let bytes = 0;
  for (const line of linesOf(before, paths)) {
    const count = left.get(line) ?? 0;
    if (count > 0) left.set(line, count - 1);
    else bytes += Buffer.byteLength(line) + 1;
  }
  return bytes;
}

/** Without blank ones. */
const linesOf = (texts: Texts, paths: readonly string[]): string[] =>
  paths.flatMap((path) => (texts.text(path) ?? '').split('\n').map((line) => line.trim())).filter(Boolean);

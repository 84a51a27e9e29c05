/** Three-way merge by lines, as `diff3` and git do it. */
import { isUtf8 } from 'node:buffer';
import { diffArrays } from 'diff';

/** Merging runs on the loop that answers the kernel: what is larger, or has more lines changed, is not tried. */
export const maxMergeBytes = 1024 * 1024;
const maxChangedLines = 500;

/** On one side, `text` took the place of the lines `[start, end)` of the base. */
interface Hunk {
  readonly side: 'mine' | 'theirs';
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The lines `[start, end)` of the base, and the hunks in it, which touch each other. */
interface Region {
  readonly start: number;
  end: number;
  readonly hunks: Hunk[];
}

/**
 * What both sides made of the base; null when they changed the same or touching lines and not to the same, when one
 * of the three is not UTF-8 text, or when it is too much to try. Line endings and a missing last one are kept.
 */
export function mergeLines(base: Buffer, mine: Buffer, theirs: Buffer): Buffer | null {
  if (![base, mine, theirs].every(isMergeable)) return null;
  const lines = linesOf(base);
  const hunks = [hunksOf('mine', lines, mine), hunksOf('theirs', lines, theirs)];
  if (hunks.includes(null)) return null;
  const merged: string[] = [];
  let at = 0;
  for (const region of regionsOf(hunks.flatMap((side) => side ?? []))) {
    const text = settle(lines, region);
    if (text === null) return null;
    merged.push(textOf(lines, at, region.start), text);
    at = region.end;
  }
  merged.push(textOf(lines, at, lines.length));
  return Buffer.from(merged.join(''), 'latin1');
}

const isMergeable = (text: Buffer): boolean =>
  text.length <= maxMergeBytes && isUtf8(text) && !text.includes(0);

/** One char a byte; each line with its ending. */
const linesOf = (text: Buffer): string[] => text.toString('latin1').match(/[^\n]*\n|[^\n]+$/g) ?? [];

const textOf = (lines: readonly string[], start: number, end: number): string =>
  lines.slice(start, end).join('');

function hunksOf(side: Hunk['side'], base: string[], changed: Buffer): Hunk[] | null {
  const changes = diffArrays(base, linesOf(changed), { maxEditLength: maxChangedLines });
  if (changes === undefined) return null;
  const hunks: Hunk[] = [];
  let at = 0;
  for (const { value, added, removed } of changes) {
    const start = at;
    if (!added) at += value.length;
    if (!added && !removed) continue;
    const text = added ? value.join('') : '';
    const before = hunks.at(-1);
    if (before?.end !== start) hunks.push({ side, start, end: at, text });
    else hunks.splice(-1, 1, { side, start: before.start, end: at, text: before.text + text });
  }
  return hunks;
}

function regionsOf(hunks: readonly Hunk[]): Region[] {
  const regions: Region[] = [];
  for (const hunk of hunks.toSorted((a, b) => a.start - b.start)) {
    const last = regions.at(-1);
    if (last === undefined || hunk.start > last.end) {
      regions.push({ start: hunk.start, end: hunk.end, hunks: [hunk] });
    } else {
      last.end = Math.max(last.end, hunk.end);
      last.hunks.push(hunk);
    }
  }
  return regions;
}

/** What becomes of a region that one side changed, or both in the same way; null: they differ. */
function settle(base: readonly string[], region: Region): string | null {
  const sides = new Set(region.hunks.map(({ side }) => side));
  const texts = new Set([...sides].map((side) => applied(base, region, side)));
  const [text] = texts;
  return texts.size === 1 ? text! : null;
}

function applied(base: readonly string[], { start, end, hunks }: Region, side: Hunk['side']): string {
  let text = '';
  let at = start;
  for (const hunk of hunks.filter((each) => each.side === side)) {
    text += textOf(base, at, hunk.start) + hunk.text;
    at = hunk.end;
  }
  return text + textOf(base, at, end);
}

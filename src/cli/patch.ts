/** Unified diffs for a person. */
import { safe } from './text.js';

/** Milliseconds, for one pair of contents. */
const timeLimit = 10_000;

export interface PatchSide {
  /** What stands behind `---` and `+++`. */
  readonly name: string;
  readonly text: string;
  /** RFC 3339 */
  readonly time?: string | undefined;
}

/** Null: too different for a patch in reasonable time. */
export type CreatePatch = (before: PatchSide, after: PatchSide) => string | null;

/** Loads the library, which most commands do without. */
export async function patchCreator(): Promise<CreatePatch> {
  const { createTwoFilesPatch } = await import('diff');
  const headerOptions = { includeIndex: false, includeUnderline: false, includeFileHeaders: true };
  const options = { headerOptions, timeout: timeLimit };
  return (before, after) =>
    createTwoFilesPatch(before.name, after.name, before.text, after.text, before.time, after.time, options) ??
    null;
}

const colours: readonly [prefix: string, code: number][] = [
  ['+++', 1],
  ['---', 1],
  ['@@', 36],
  ['+', 32],
  ['-', 31],
];

/** For a terminal: what would steer it is replaced, too. */
export const coloured = (patch: string): string =>
  patch
    .split('\n')
    .map((raw) => {
      const line = raw.split('\t').map(safe).join('\t');
      const colour = colours.find(([prefix]) => line.startsWith(prefix));
      return colour === undefined ? line : `\x1b[${colour[1]}m${line}\x1b[0m`;
    })
    .join('\n');

import { MemfsError } from '../../core/errors.js';

const secondsOf: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** Parses `90m`, `24h`, `2d`, `1w` into seconds. Throws `usage` for anything else. */
export function durationSeconds(text: string): number {
  const parts = /^(\d{1,6})\s*([smhdw])$/.exec(text.trim());
  if (parts === null)
    throw new MemfsError('usage', `"${text}" is no duration`, { hint: 'a number and s, m, h, d or w: 24h' });
  return Number(parts[1]) * secondsOf[parts[2]!]!;
}

/** Writes seconds as such a text, in the largest unit that fits. */
export function durationText(seconds: number): string {
  const [unit, size] = Object.entries(secondsOf)
    .reverse()
    .find(([, size]) => seconds % size === 0)!;
  return `${seconds / size}${unit}`;
}

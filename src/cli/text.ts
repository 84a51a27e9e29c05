/** How things look to a person. */
import type { MountSummary } from '../api/endpoints/mounts.js';

export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows)
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function byteCount(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** Control characters of a name must not reach a terminal. */
export const safe = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is replaced
  text.replace(/[\x00-\x1f\x7f-\x9f]/g, '\ufffd');

/** The rules of a mount in their order, or that it shows the whole store. */
export const scopeText = ({ scope, allow }: Pick<MountSummary, 'scope' | 'allow'>): string =>
  [scope, ...allow.map(({ pattern, access }) => `${safe(pattern)}=${access}`)].join(' ');

/** `1 version`, `2 memories`, `3 processes`. */
export function counted(count: number, noun: string): string {
  if (count === 1) return `1 ${noun}`;
  if (noun.endsWith('y')) return `${count} ${noun.slice(0, -1)}ies`;
  return `${count} ${noun}${/(?:s|x|ch|sh)$/.test(noun) ? 'es' : 's'}`;
}

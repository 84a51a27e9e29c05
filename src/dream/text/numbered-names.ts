/** Finds names of kinds of which there are several, told apart by a number: "Dock 4", "Dock 7". */
import type { Atom } from './atoms.js';
import { isCount } from './quantities.js';

/** The times that a name must stand with a number, and their share of all. */
const fewNumbered = 3;
const mostlyNumbered = 0.9;
export const ordinal = /^\d{1,4}$/;

const isCounted = ({ kind, dimension }: Atom): boolean => kind === 'quantity' && isCount(dimension);

/** The whole number behind a name; null: there is none, or a fraction or a time. */
const numberBehind = (text: string, end: number): string | null =>
  /^ (\d{1,4})(?![\p{L}\p{N}%°]|[.,:/-]\d)/u.exec(text.slice(end))?.[1] ?? null;

export function withNumbers(atoms: readonly Atom[], text: string, numbered: ReadonlySet<string>): Atom[] {
  const joined: Atom[] = [];
  for (const atom of atoms) {
    const last = joined.at(-1);
    if (last !== undefined && atom.start < last.end) continue;
    const isNumbered = atom.kind === 'name' && numbered.has(atom.key);
    const next = atoms.find(({ start }) => start === atom.end + 1);
    const number =
      isNumbered && (next === undefined || isCounted(next)) ? numberBehind(text, atom.end) : null;
    const end = number === null ? atom.end : atom.end + 1 + number.length;
    joined.push(
      number === null
        ? atom
        : { ...atom, key: `${atom.key} ${number}`, text: text.slice(atom.start, end), end },
    );
  }
  return joined;
}

/** Returns the keys of names that hardly stand without a number, which tells which one is meant. */
export function numberedNames(
  sentences: readonly string[],
  atomsIn: (sentence: string) => readonly Atom[],
): ReadonlySet<string> {
  const found = new Map<string, { times: number; numbers: string[] }>();
  for (const sentence of sentences)
    for (const { kind, key, end, text } of atomsIn(sentence)) {
      if (kind !== 'name' || /\d$/.test(text) || !text.includes(' ')) continue;
      const known = found.get(key) ?? { times: 0, numbers: [] };
      const number = numberBehind(sentence, end);
      found.set(key, {
        times: known.times + 1,
        numbers: number === null ? known.numbers : [...known.numbers, number],
      });
    }
  const isNumbered = ({ times, numbers }: { times: number; numbers: string[] }): boolean =>
    numbers.length >= fewNumbered && new Set(numbers).size > 1 && numbers.length >= times * mostlyNumbered;
  return new Set([...found].filter(([, each]) => isNumbered(each)).map(([key]) => key));
}

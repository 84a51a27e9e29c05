/**
 * Patterns of paths. `*` is any part of a name, `?` one character of it, `**` any number of whole names, none
 * included; everything else stands for itself, in its own case. Names are binary strings (one character a byte).
 */

import { MemfsError } from './errors.js';

/** A name's characters: UTF-8 sequences, and single bytes where it is none. */
type Characters = readonly string[];

const sequence = /[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}|./gs;

const charactersOf = (name: string): Characters => name.match(sequence) ?? [];

/** One name of a pattern; `'**'` stands for any number of names. */
type Part = '**' | ((name: string) => boolean);

export class Glob {
  readonly #parts: readonly Part[];

  /** `pattern`: what a person wrote, without a leading slash; throws `invalid`. */
  constructor(pattern: string) {
    this.#parts = bytesOf(pattern)
      .split('/')
      .map((part) => partOf(part, pattern));
  }

  matches(names: readonly string[]): boolean {
    return align(this.#parts, names, (part) => part === '**', fits);
  }

  /** Whether a path below the directory may match. */
  reachesBelow(directory: readonly string[]): boolean {
    for (const [index, part] of this.#parts.entries()) {
      if (part === '**' || index === directory.length) return true;
      if (!fits(part, directory[index]!)) return false;
    }
    return false;
  }
}

const fits = (part: Part, name: string): boolean => part !== '**' && part(name);

function partOf(part: string, pattern: string): Part {
  if (part === '**') return part;
  const wrong = (why: string): MemfsError => new MemfsError('invalid', `the pattern '${pattern}' ${why}`);
  if (part === '') throw wrong('has an empty name: DIR/** is a directory and everything below it');
  if (part === '.' || part === '..') throw wrong(`has the name '${part}', which no path of a store has`);
  if (part.includes('**')) throw wrong("has '**' inside of a name: it stands between slashes");
  if (part.includes('\0')) throw wrong('has a zero byte');
  if (!/[*?]/.test(part)) return (name) => name === part;
  const characters = charactersOf(part);
  return (name) => align(characters, charactersOf(name), isStar, isLike);
}

const isStar = (wanted: string): boolean => wanted === '*';
const isLike = (wanted: string, found: string): boolean => wanted === '?' || wanted === found;

/** Whether the items are what the parts want, in order, where a gap takes any number of items. */
function align<P, I>(
  parts: readonly P[],
  items: readonly I[],
  isGap: (part: P) => boolean,
  isFit: (part: P, item: I) => boolean,
): boolean {
  let part = 0;
  let item = 0;
  /** The last gap, and the first item that it has not taken: a gap takes more only when the rest does not fit. */
  let gap = -1;
  let afterGap = 0;
  while (item < items.length) {
    if (part < parts.length && isGap(parts[part]!)) {
      gap = part++;
      afterGap = item;
    } else if (part < parts.length && isFit(parts[part]!, items[item]!)) {
      part++;
      item++;
    } else if (gap >= 0) {
      part = gap + 1;
      item = ++afterGap;
    } else return false;
  }
  return parts.slice(part).every(isGap);
}

/** UTF-8, one character a byte. */
function bytesOf(text: string): string {
  if (/\p{Surrogate}/u.test(text)) throw new MemfsError('invalid', 'a pattern is not Unicode');
  return encodeURIComponent(text).replace(/%(..)/g, (_, hex: string) =>
    String.fromCharCode(parseInt(hex, 16)),
  );
}

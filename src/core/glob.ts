/**
 * Patterns of paths. `*` is any part of a name, `?` one character of it, `**` any number of whole names, none
 * included; everything else stands for itself, in its own case. Names are binary strings (one character a byte).
 */

import { MemfsError } from './errors.js';

/** A UTF-8 sequence, else a single byte. */
const character = /[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}|./gs;

const charactersOf = (name: string): readonly string[] => name.match(character) ?? [];

/** One name of a pattern; `null` is `**`. */
type Part = ((name: string) => boolean) | null;

export class Glob {
  readonly #names: readonly string[];
  readonly #parts: readonly Part[];

  /** `pattern`: what a person wrote, without a leading slash; throws `invalid`. */
  constructor(pattern: string) {
    this.#names = bytesOf(pattern).split('/');
    this.#parts = this.#names.map((name) => partOf(name, pattern));
  }

  matches(path: readonly string[]): boolean {
    return this.#positions(path).has(this.#parts.length);
  }

  /** What may follow the directory's path for the whole to match: patterns, sorted. None: nothing below matches. */
  below(directory: readonly string[]): readonly string[] {
    const open = [...this.#positions(directory)].filter((position) => position < this.#parts.length);
    return open.map((position) => this.#names.slice(position).join('/')).sort();
  }

  /** Tells of a name in the directory whether it, or anything below it, may match. */
  namesIn(directory: readonly string[]): (name: string) => boolean {
    const open = this.#positions(directory);
    const next = this.#parts.filter((_, position) => open.has(position));
    return (name) => next.some((part) => part === null || part(name));
  }

  /** Up to which parts of the pattern the names may have been matched. */
  #positions(names: readonly string[]): ReadonlySet<number> {
    let positions = this.#passing([0]);
    for (const name of names) {
      const next: number[] = [];
      for (const position of positions) {
        const part = this.#parts[position];
        if (part === null) next.push(position);
        else if (part?.(name)) next.push(position + 1);
      }
      positions = this.#passing(next);
    }
    return positions;
  }

  /** `**` may also stand for no name. */
  #passing(positions: readonly number[]): ReadonlySet<number> {
    const reached = new Set(positions);
    for (const position of reached) if (this.#parts[position] === null) reached.add(position + 1);
    return reached;
  }
}

function partOf(name: string, pattern: string): Part {
  if (name === '**') return null;
  const wrong = (why: string): MemfsError => new MemfsError('invalid', `the pattern '${pattern}' ${why}`);
  if (name === '') throw wrong('has an empty name: DIR/** is a directory and everything below it');
  if (name === '.' || name === '..') throw wrong(`has the name '${name}', which no path of a store has`);
  if (name.includes('**')) throw wrong("has '**' inside of a name: it stands between slashes");
  if (name.includes('\0')) throw wrong('has a zero byte');
  if (!/[*?]/.test(name)) return (found) => found === name;
  const wanted = charactersOf(name);
  return (found) => fits(wanted, charactersOf(found));
}

/** Greedy from star to star, so that many stars do not mean many ways to try. */
function fits(wanted: readonly string[], found: readonly string[]): boolean {
  let at = 0;
  let next = 0;
  let star = -1;
  let afterStar = 0;
  while (next < found.length) {
    if (wanted[at] === '*') {
      star = at++;
      afterStar = next;
    } else if (at < wanted.length && (wanted[at] === '?' || wanted[at] === found[next])) {
      at++;
      next++;
    } else if (star >= 0) {
      at = star + 1;
      next = ++afterStar;
    } else return false;
  }
  return wanted.slice(at).every((rest) => rest === '*');
}

/** UTF-8, one character a byte. */
function bytesOf(text: string): string {
  if (/\p{Surrogate}/u.test(text)) throw new MemfsError('invalid', 'a pattern is not Unicode');
  return encodeURIComponent(text).replace(/%(..)/g, (_, hex: string) =>
    String.fromCharCode(parseInt(hex, 16)),
  );
}

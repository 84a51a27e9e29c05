/** What a mount or a caller may do with a store: read only or read and write, the whole or by path. */

import { MemfsError } from './errors.js';
import { Glob } from './glob.js';

export type Access = 'rw' | 'ro' | 'none';

/** One `--allow PATTERN=ACCESS`. */
export interface ScopeRule {
  /** A glob over the path without its leading slash: `*` and `?` within a name, `**` over any number of names. */
  readonly pattern: string;
  readonly access: 'rw' | 'ro';
}

/** The first rule that matches decides; what matches none is hidden. No rules: the whole store. */
export interface Scope {
  /** `read_only` takes the right to write away, whatever the rules say. */
  readonly mode: 'read_write' | 'read_only';
  readonly rules: readonly ScopeRule[];
}

export const wholeStore: Scope = { mode: 'read_write', rules: [] };

/** The reserved name of the control tree at the root: every mount has it, whatever its rules. */
export const controlName = '.memfs';

/** `PATTERN=ro` or `PATTERN=rw`; throws `invalid`. A leading slash of the pattern is dropped. */
export function parseScopeRule(text: string): ScopeRule {
  const at = text.lastIndexOf('=');
  const access = text.slice(at + 1);
  if (at < 0 || (access !== 'ro' && access !== 'rw'))
    throw new MemfsError('invalid', `'${text}' does not end in =ro or =rw`, {
      hint: "for example: --allow 'incidents/**=rw' --allow '**=ro'",
    });
  const pattern = text.slice(0, at).replace(/^\//, '');
  new Glob(pattern);
  return { pattern, access };
}

/** Whether the inner scope surely grants no more than the outer one. */
export function isWithin(inner: Scope, outer: Scope): boolean {
  const readsOnly = (scope: Scope): boolean =>
    scope.mode === 'read_only' ||
    (scope.rules.length > 0 && scope.rules.every(({ access }) => access === 'ro'));
  if (readsOnly(outer) && !readsOnly(inner)) return false;
  if (outer.rules.length === 0) return true;
  return (
    inner.rules.length === outer.rules.length &&
    inner.rules.every(({ pattern, access }, i) => {
      const rule = outer.rules[i]!;
      return rule.pattern === pattern && (rule.access === access || access === 'ro');
    })
  );
}

/**
 * Answers what a scope grants. Paths are `/`-rooted binary strings, one character a byte.
 *
 * `DIR/**` grants the directory itself too, so `incidents/**=rw` then `**=ro` is a store to read with one
 * directory to write. A pattern that begins with `**` lets every directory be passed, so all their names be seen.
 */
export class ScopeMatcher {
  /** No rules: nothing is hidden. */
  readonly isWhole: boolean;
  readonly #readOnly: boolean;
  readonly #rules: readonly { readonly glob: Glob; readonly access: 'rw' | 'ro' }[];

  /** Throws `invalid` for a pattern that is none. */
  constructor({ mode, rules }: Scope) {
    this.isWhole = rules.length === 0;
    this.#readOnly = mode === 'read_only';
    this.#rules = rules.map(({ pattern, access }) => ({ glob: new Glob(pattern), access }));
  }

  access(path: string): Access {
    const names = namesOf(path);
    if (names[0] === controlName) return 'ro';
    const access = this.isWhole ? 'rw' : this.#rules.find(({ glob }) => glob.matches(names))?.access;
    if (access === undefined) return 'none';
    return this.#readOnly ? 'ro' : access;
  }

  /** Whether the directory may be listed and passed, because something below it may be granted. */
  isPassable(directory: string): boolean {
    const names = namesOf(directory);
    return this.isWhole || this.#rules.some(({ glob }) => glob.below(names).length > 0);
  }

  /** Tells of a name in the directory whether it may be shown: granted, or passable if it is a directory. */
  namesIn(directory: string): (name: string) => boolean {
    const names = namesOf(directory);
    const rules = this.#rules.map(({ glob }) => glob.namesIn(names));
    return (name) => this.isWhole || rules.some((shows) => shows(name));
  }

  /** Whether nothing below the directory can be hidden. */
  grantsAllBelow(directory: string): boolean {
    const names = namesOf(directory);
    return this.isWhole || this.#rules.some(({ glob }) => glob.below(names).includes(everything));
  }

  /** Two directories with the same answer grant the same below them, whatever lies there. */
  rightsBelow(directory: string): string {
    const names = namesOf(directory);
    const rights: string[] = [];
    for (const { glob, access } of this.#rules) {
      const below = glob.below(names);
      if (below.length > 0) rights.push([access, ...below].join(separator));
      if (below.includes(everything)) break;
    }
    return rights.join(separator + separator);
  }
}

const everything = '**';
/** In no pattern. */
const separator = '\0';

const namesOf = (path: string): readonly string[] => (path === '/' ? [] : path.slice(1).split('/'));

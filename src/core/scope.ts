/** What a mount or a caller may do with a store: read only or read and write, the whole or by path. */

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

/** Tables of words and phrases as patterns. A table has as many alternatives on a line as belong together. */

/** The lines of a table, which may be parts of regular expressions, joined with `|`. */
export const alternatives = (table: string): string => table.trim().split(/\n\s*/).join('|');

/** What matches any alternative of a table. */
export const cues = (table: string, flags = ''): RegExp => new RegExp(alternatives(table), flags);

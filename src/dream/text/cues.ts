/** Tables of words and phrases as patterns. */

const opens = /(?<!\\)\((?:\?(?:[:=!]|<[=!]|<\w+>))?$/;

/**
 * Joins the lines of a table, which may be parts of regular expressions, with `|`; but for a line that opens
 * a group at its end, and one that closes a group at its beginning.
 */
export const alternatives = (table: string): string =>
  table
    .trim()
    .split(/\n\s*/)
    .reduce((left, line) => (opens.test(left) || line.startsWith(')') ? left + line : `${left}|${line}`));

/** A pattern that matches any alternative of a table. */
export const cues = (table: string, flags = ''): RegExp => new RegExp(alternatives(table), flags);

/** A pattern that matches any alternative of a table as a whole word or phrase, whatever its case. */
export const phrases = (table: string): RegExp => new RegExp(`\\b(?:${alternatives(table)})\\b`, 'i');

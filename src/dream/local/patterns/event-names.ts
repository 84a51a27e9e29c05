/**
 * Names what several lines of a log have in common. As in Drain (He, Zhu, Zheng, Lyu: "Drain: An Online Log
 * Parsing Approach with Fixed Depth Tree", ICWS 2017) a line is a list of words, and what varies is masked.
 * Which words vary is not learnt, though: each line has names on several levels, and the statistics of lags
 * choose between them.
 */

/** Returns the names of a line from the most to the least specific; equal ones once. */
export function eventNames(text: string): string[] {
  const words = fieldsOf(text);
  return [...new Set([...masks.map((mask) => words.map(mask).join(' '))])].filter(saysSomething);
}

const fieldsOf = (text: string): string[] =>
  text
    .split(/[\s,"'`(){}<>|]+|[[\]]|:(?=\s|$)|(?<=\w)\.(?=\s|$)/)
    .filter((word) => word !== '' && !/^[-=:;.]+$/.test(word));

const number = /(?<![\p{L}\d_])[-+]?\d+(?:[.,:]\d+)*(?:%|[a-zµ]{1,3}|[KMGT]i?B)?(?![\p{L}\d_])/gu;
const identifier =
  /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|\b(?=[0-9a-f]*\d)[0-9a-f]{7,}\b|\d{1,3}(?:\.\d{1,3}){3}/g;

const masks: readonly ((word: string) => string)[] = [
  (word) => word,
  (word) => word.replace(identifier, '*').replace(number, '*'),
  (word) => (/\d/.test(word.replace(/^[^=]+=/, '')) ? word.replace(/(?<==|^)[^=]*\d[^=]*$/, '*') : word),
  (word) => word.replace(/\d[\w.-]*$/, '*').replace(/=.+$/, '=*'),
];

const saysSomething = (name: string): boolean => name.replace(/\*|[^\p{L}]/gu, '').length >= 4;

/** Finds the command that the words of a command line name, and suggests one where they name none. */
import { MemfsError } from '../core/errors.js';

/** Options before and between the words of a command that take a value. */
const withValue: ReadonlySet<string> = new Set(['--data']);

/**
 * The words that name a command or a group of commands; empty: none were given. Throws `usage` for a word that names
 * nothing, with the names that are like it.
 */
export function commandWords(argv: readonly string[], names: readonly string[]): readonly string[] {
  const words: string[] = [];
  for (const word of plainWords(argv)) {
    const path = [...words, word].join(' ');
    if (word === 'help' || names.includes(words.join(' '))) {
      if (!names.includes(path)) break;
    } else if (!names.some((name) => name === path || name.startsWith(`${path} `)))
      throw unknown(words, word, names);
    words.push(word);
  }
  return words;
}

function* plainWords(argv: readonly string[]): Generator<string> {
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    if (withValue.has(word)) i++;
    else if (!word.startsWith('-')) yield word;
  }
}

function unknown(group: readonly string[], word: string, names: readonly string[]): MemfsError {
  const path = [...group, word].join(' ');
  const here = names.map((name) =>
    name
      .split(' ')
      .slice(0, group.length + 1)
      .join(' '),
  );
  const like = new Set([
    ...here.filter((name) => isLike(name, path)),
    ...names.filter((name) => isLike(lastWord(name), word)),
  ]);
  const meant = [...like].slice(0, 3).map((name) => `memfsd ${name}`);
  return new MemfsError(
    'usage',
    `there is no command "${path}"${meant.length === 0 ? '' : ` (did you mean ${meant.join(', ')}?)`}`,
    {
      hint: ['memfsd', ...group, '--help'].join(' '),
    },
  );
}

const lastWord = (name: string): string => name.slice(name.lastIndexOf(' ') + 1);

/** At most a third of the letters are others. */
const isLike = (name: string, word: string): boolean => distance(name, word) <= Math.floor(name.length / 3);

/** Letters to put in, take out, replace or exchange with the next one (optimal string alignment). */
function distance(a: string, b: string): number {
  let [before, last] = [[] as number[], Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(last[j]! + 1, row[j - 1]! + 1, change);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        row[j] = Math.min(row[j]!, before[j - 2]! + 1);
    }
    [before, last] = [last, row];
  }
  return last[b.length]!;
}

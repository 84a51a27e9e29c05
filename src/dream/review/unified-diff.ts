/** Shows two trees as one patch with git's headers, which `git apply` and `patch -p1` take. */
import { createTwoFilesPatch } from 'diff';
import type { Texts } from './plan.js';

/** In ms for one pair of texts; texts that are too different are shown as a whole. */
const timeLimit = 2000;
const context = 3;

export function unifiedDiff(before: Texts, after: Texts): string {
  const gone = [...before.keys()].filter((path) => !after.has(path));
  const made = [...after.keys()].filter((path) => !before.has(path));
  const moves = new Map<string, string>();
  for (const to of made) {
    const from = gone.find((path) => !moves.has(path) && before.get(path) === after.get(to));
    if (from !== undefined) moves.set(from, to);
  }
  const targets = new Set(moves.values());
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort().filter((path) => !targets.has(path));
  return paths
    .map((path) => {
      const to = moves.get(path);
      return to === undefined ? patchOf(path, before.get(path), after.get(path)) : renaming(path, to);
    })
    .join('');
}

const renaming = (from: string, to: string): string =>
  `diff --git ${quoted('a', from)} ${quoted('b', to)}\nsimilarity index 100%\nrename from ${from.slice(1)}\nrename to ${to.slice(1)}\n`;

function patchOf(path: string, before: string | undefined, after: string | undefined): string {
  if (before === after) return '';
  const [from, to] = [quoted('a', path), quoted('b', path)];
  const mode =
    before === undefined ? 'new file mode 100644\n' : after === undefined ? 'deleted file mode 100644\n' : '';
  return `diff --git ${from} ${to}\n${mode}${hunks(before, after, from, to)}`;
}

function hunks(before: string | undefined, after: string | undefined, from: string, to: string): string {
  const names = [before === undefined ? '/dev/null' : from, after === undefined ? '/dev/null' : to] as const;
  const headerOptions = { includeIndex: false, includeUnderline: false, includeFileHeaders: true };
  const options = { context, headerOptions, timeout: timeLimit };
  const patch = (old: string, made: string): string | undefined =>
    createTwoFilesPatch(...names, old, made, undefined, undefined, options);
  const whole = patch(before ?? '', after ?? '');
  if (whole !== undefined) return whole.includes('@@') ? whole : '';
  // Taken away as a whole and put there as a whole: each of the two is quickly done.
  return `--- ${names[0]}\n+++ ${names[1]}\n${wholly(before ?? '', after ?? '')}`;
}

function wholly(before: string, after: string): string {
  const lines = (text: string): string[] => text.replace(/\n$/, '').split('\n');
  const side = (sign: string, text: string): string =>
    lines(text)
      .map((line) => `${sign}${line}\n`)
      .join('') + (text.endsWith('\n') ? '' : '\\ No newline at end of file\n');
  return `@@ -1,${lines(before).length} +1,${lines(after).length} @@\n${side('-', before)}${side('+', after)}`;
}

/** Writes a name as git does: in quotation marks where a letter would end the line. */
function quoted(side: 'a' | 'b', path: string): string {
  const name = `${side}${path}`;
  return /["\\\n\t]/.test(name) ? JSON.stringify(name) : name;
}

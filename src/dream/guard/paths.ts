/** Rules on where an edit may write. */
import { controlName } from '../../core/scope.js';
import type { Rule, Trial } from './trial.js';

/** In bytes: the limits of Linux for a name and for a path. */
const longest = { name: 255, path: 4095 };

export const pathsAreValid: Rule = ({ paths }) => {
  for (const path of paths) {
    const fault = faultOf(path);
    if (fault !== null) return `${JSON.stringify(path)} ${fault}`;
  }
  return null;
};

function faultOf(path: string): string | null {
  const names = path.slice(1).split('/');
  if (names[0] === controlName) return 'lies in the control tree, which nobody writes to';
  if (names.some((name) => name === '' || name === '.' || name === '..')) return 'is no path of a memory';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(path)) return 'has characters that nobody sees';
  const isLong =
    Buffer.byteLength(path) > longest.path || names.some((name) => Buffer.byteLength(name) > longest.name);
  return isLong ? 'is too long for a path' : null;
}

/** Refuses a memory below another one. */
export const nothingIsBoth: Rule = ({ before, after, paths }: Trial) => {
  const all = after.paths;
  for (const path of paths) {
    if (after.text(path) === undefined || before.text(path) !== undefined) continue;
    const below = all.find((other) => other.startsWith(`${path}/`));
    if (below !== undefined) return `${path} is a directory: ${below} lies in it`;
    const above = all.find((other) => path.startsWith(`${other}/`));
    if (above !== undefined) return `${above} is a memory, so nothing can lie below it`;
  }
  return null;
};

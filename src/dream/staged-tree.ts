/** A tree of memories in which edits are carried out. */
import { MemfsError } from '../core/errors.js';
import { type Change, pathsOf } from './edit.js';

export class StagedTree {
  readonly #texts: Map<string, string>;

  /** `texts`: path to text. */
  constructor(texts: Iterable<readonly [string, string]>) {
    this.#texts = new Map(texts);
  }

  get paths(): string[] {
    return [...this.#texts.keys()].sort();
  }

  /** Undefined when there is no memory at the path. */
  text(path: string): string | undefined {
    return this.#texts.get(path);
  }

  copy(): StagedTree {
    return new StagedTree(this.#texts);
  }

  put(path: string, text: string): void {
    this.#texts.set(path, text);
  }

  /** Becomes like the other one. */
  adopt(other: StagedTree): void {
    this.#texts.clear();
    for (const [path, text] of other.#texts) this.#texts.set(path, text);
  }

  /** All or none; throws `conflict` naming the first change that does not find what it changes. */
  apply(changes: readonly Change[]): void {
    const before = pathsOf(changes).map((path) => [path, this.#texts.get(path)] as const);
    try {
      for (const change of changes) this.#change(change);
    } catch (error) {
      for (const [path, text] of before)
        if (text === undefined) this.#texts.delete(path);
        else this.#texts.set(path, text);
      throw error;
    }
  }

  #change(change: Change): void {
    const { path } = change;
    if (change.op === 'create') {
      if (this.#texts.has(path)) throw new MemfsError('conflict', `${path} is there already`);
      this.#texts.set(path, change.text);
      return;
    }
    const text = this.#texts.get(path);
    if (text === undefined) throw new MemfsError('conflict', `${path} is not there`);
    if (change.op === 'append') this.#texts.set(path, appended(text, change.text));
    else if (change.op === 'replace') this.#texts.set(path, replaced(text, change));
    else {
      if (change.op === 'move') {
        if (this.#texts.has(change.to)) throw new MemfsError('conflict', `${change.to} is there already`);
        this.#texts.set(change.to, text);
      }
      this.#texts.delete(path);
    }
  }
}

const appended = (text: string, more: string): string =>
  text === '' || text.endsWith('\n') ? text + more : `${text}\n${more}`;

function replaced(text: string, { path, old, new: by, line }: Change & { op: 'replace' }): string {
  let best = -1;
  let distance = Number.POSITIVE_INFINITY;
  let at = 1;
  let counted = 0;
  for (let found = text.indexOf(old); found !== -1; found = text.indexOf(old, found + 1)) {
    for (; counted < found; counted++) if (text[counted] === '\n') at += 1;
    if (Math.abs(at - line) < distance) [best, distance] = [found, Math.abs(at - line)];
  }
  if (best === -1) throw new MemfsError('conflict', `${path} has no "${shortened(old)}" any more`);
  return text.slice(0, best) + by + text.slice(best + old.length);
}

function shortened(text: string): string {
  const [line] = text.trim().split('\n');
  return line!.length > 60 ? `${line!.slice(0, 59)}…` : line!;
}

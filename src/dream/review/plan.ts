/** A plan for main: its steps, and the texts that must still stand there when they are taken. */
import type { StagedTree } from '../staged-tree.js';
import type { TreeStep } from '../tree-steps.js';

/** Path to text. */
export type Texts = ReadonlyMap<string, string>;

export interface Plan {
  /** In the order in which they are taken. */
  readonly steps: readonly TreeStep[];
  /** The text that main held at the path of each step when it was planned; null: nothing. */
  readonly expected: ReadonlyMap<string, string | null>;
}

/** Follows each memory of main to its path in the result: a memory that moves keeps its identity. */
export class Origins {
  /** From a path of the result to the one of main. */
  readonly #from = new Map<string, string>();

  constructor(head: Texts) {
    for (const path of head.keys()) this.#from.set(path, path);
  }

  move(path: string, to: string): void {
    const from = this.#from.get(path);
    this.#from.delete(path);
    if (from !== undefined) this.#from.set(to, from);
  }

  remove(path: string): void {
    this.#from.delete(path);
  }

  copy(): Origins {
    const origins = new Origins(new Map());
    for (const [path, from] of this.#from) origins.#from.set(path, from);
    return origins;
  }

  /** The steps from main to the result: removals, moves, then writes. */
  plan(head: Texts, result: StagedTree): Plan {
    const from = new Map([...this.#from].filter(([path]) => result.text(path) !== undefined));
    const kept = new Set(from.values());
    const steps: TreeStep[] = [...head.keys()]
      .filter((path) => !kept.has(path))
      .sort()
      .map((path) => ({ op: 'remove', path }));
    const pending = new Map([...from].filter(([path, origin]) => path !== origin));
    for (let moved = true; moved; ) {
      moved = false;
      for (const [to, path] of pending) {
        // Where it goes, another one still lies that has to move first.
        if ([...pending.values()].includes(to)) continue;
        steps.push({ op: 'move', path, to });
        pending.delete(to);
        moved = true;
      }
    }
    for (const path of result.paths) {
      const origin = pending.has(path) ? path : from.get(path);
      const text = result.text(path)!;
      if (origin === undefined || head.get(origin) !== text) steps.push({ op: 'write', path, text });
    }
    const paths = steps.flatMap((step) => (step.op === 'move' ? [step.path, step.to] : [step.path]));
    return { steps, expected: new Map([...new Set(paths)].map((path) => [path, head.get(path) ?? null])) };
  }
}

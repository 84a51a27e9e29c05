import type { Operation } from '../../core/model.js';
import type { Problem } from '../contents/content-check.js';
import type { SqliteDatabase, Statement } from '../database.js';
import { operations, type RecordRow } from './records.js';

/** A directory; or the memory that a name stands for, null for what is none (a symlink). */
type Node = Names | number | null;
/** Names as binary strings. */
type Names = Map<string, Node>;

/** Operations that happen at no path. */
export const placeless: ReadonlySet<Operation> = new Set<Operation>([
  'redacted',
  'pruned',
  'lost',
  'salvaged',
]);

/** Replays the records of a branch one by one: the tree of names, and the newest state of each memory. */
export class Replay {
  readonly root: Names;
  /** The record that made it. */
  readonly newest: Map<number, number>;

  constructor(root: Names = new Map(), newest: ReadonlyMap<number, number> = new Map()) {
    this.root = root;
    this.newest = new Map(newest);
  }

  /** The state that a branch goes on from. */
  fork(): Replay {
    return new Replay(copyOf(this.root), this.newest);
  }

  apply(record: RecordRow): void {
    const operation = operations[record.operation]!;
    if (record.path === null || placeless.has(operation)) return;
    if (record.memory !== null && (record.content !== null || record.removed_by !== null))
      this.newest.set(record.memory, record.seq);
    const path = record.path.toString('latin1');
    if (operation === 'mkdir') this.#put(path, new Map());
    else if (operation === 'renamed') this.#put(path, this.#take(record.previous_path!.toString('latin1')));
    else if (operation === 'exchanged') this.#exchange(record.previous_path!.toString('latin1'), path);
    else if (operation === 'deleted' || operation === 'unlink' || operation === 'rmdir') this.#take(path);
    else if (operation !== 'attributes') this.#put(path, record.memory);
  }

  #directory(path: string): { readonly parent: Names | undefined; readonly name: string } {
    const names = path.split('/').slice(1);
    const name = names.pop() ?? '';
    let parent: Names | undefined = this.root;
    for (const step of names) {
      const node: Node | undefined = parent?.get(step);
      parent = node instanceof Map ? node : undefined;
    }
    return { parent, name };
  }

  #put(path: string, node: Node): void {
    const { parent, name } = this.#directory(path);
    parent?.set(name, node);
  }

  #exchange(first: string, second: string): void {
    const node = this.#take(first);
    this.#put(first, this.#take(second));
    this.#put(second, node);
  }

  #take(path: string): Node {
    const { parent, name } = this.#directory(path);
    const node = parent?.get(name) ?? null;
    parent?.delete(name);
    return node;
  }
}

const copyOf = (names: Names): Names =>
  new Map([...names].map(([name, node]) => [name, node instanceof Map ? copyOf(node) : node]));

interface PresentName {
  readonly name: Buffer;
  readonly ino: number;
  readonly memory: number | null;
}

interface PresentFile {
  readonly memory: number | null;
  readonly version: number | null;
  readonly content: number | null;
}

/** Compares the versioned part of a branch's present tree with the replay: names, memories, versions and contents. */
export class ProjectionCheck {
  readonly #names: Statement;
  readonly #file: Statement;
  readonly #contentOf: Statement;
  readonly #replay: Replay;

  constructor(database: SqliteDatabase, branch: number, replay: Replay) {
    this.#names = database.prepare(
      `SELECT name, ino, memory FROM entries
         WHERE branch = ${branch} AND parent = ? AND to_seq IS NULL AND from_seq IS NOT NULL`,
    );
    this.#file = database.prepare(
      `SELECT memory, version, content FROM inodes WHERE branch = ${branch} AND ino = ?`,
    );
    this.#contentOf = database.prepare('SELECT content FROM records WHERE seq = ?').pluck();
    this.#replay = replay;
  }

  run(): Problem | null {
    return this.#compare(1, this.#replay.root, '');
  }

  #compare(directory: number, expected: Names, path: string): Problem | null {
    const present = this.#names.all(directory) as PresentName[];
    const known = new Set(present.map(({ name }) => name.toString('latin1')));
    for (const name of expected.keys())
      if (!known.has(name)) return problem(`${path}/${name} is in the journal, not in the tree`);
    for (const entry of present) {
      const name = entry.name.toString('latin1');
      const at = `${path}/${name}`;
      const node = expected.get(name);
      if (node === undefined) return problem(`${at} is in the tree, not in the journal`);
      const found =
        node instanceof Map ? this.#compare(entry.ino, node, at) : this.#checkFile(entry, node, at);
      if (found !== null) return found;
    }
    return null;
  }

  #checkFile(entry: PresentName, memory: number | null, path: string): Problem | null {
    if (entry.memory !== memory) return problem(`${path} is another memory than in the journal`);
    if (memory === null) return null;
    const file = this.#file.get(entry.ino) as PresentFile | undefined;
    if (file?.memory !== memory) return problem(`${path} has lost its memory`);
    const newest = this.#replay.newest.get(memory);
    if (file.version !== newest) return problem(`${path} is not the newest version, record ${newest}`);
    return file.content === this.#contentOf.get(newest)
      ? null
      : problem(`${path} has not the content of record ${newest}`);
  }
}

const problem = (text: string): Problem => ({ seq: null, problem: text });

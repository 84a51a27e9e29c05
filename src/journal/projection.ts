import type { SqliteDatabase } from './database.js';
import { operations, type RecordRow } from './records.js';

/** Names as binary strings. A leaf has no children; a directory has a map of them. */
type Node = Map<string, Node> | null;

/** The tree of names that the records describe, replayed one by one. */
export class NameTree {
  readonly root = new Map<string, Node>();

  apply(record: RecordRow): void {
    if (record.path === null) return;
    const operation = operations[record.operation]!;
    const path = record.path.toString('latin1');
    if (operation === 'mkdir') this.#put(path, new Map());
    else if (operation === 'renamed') this.#put(path, this.#take(record.previous_path!.toString('latin1')));
    else if (operation === 'exchanged') this.#exchange(record.previous_path!.toString('latin1'), path);
    else if (operation === 'deleted' || operation === 'unlink' || operation === 'rmdir') this.#take(path);
    else if (operation !== 'attributes') this.#put(path, null);
  }

  #directory(path: string): { readonly parent: Map<string, Node> | null; readonly name: string } {
    const names = path.split('/').slice(1);
    const name = names.pop() ?? '';
    let parent: Node = this.root;
    for (const step of names) parent = parent?.get(step) ?? null;
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

interface Difference {
  readonly seq: null;
  readonly problem: string;
}

/** Compares the versioned names of the present with the replayed ones. */
export function compareProjection(database: SqliteDatabase, tree: NameTree): Difference | null {
  const list = database.prepare(
    'SELECT name, ino FROM entries WHERE branch = 1 AND parent = ? AND to_seq IS NULL AND from_seq IS NOT NULL',
  );
  const compare = (ino: number, expected: Map<string, Node>, path: string): Difference | null => {
    const rows = list.all(ino) as { name: Buffer; ino: number }[];
    const present = new Set(rows.map(({ name }) => name.toString('latin1')));
    for (const name of expected.keys())
      if (!present.has(name))
        return { seq: null, problem: `${path}/${name} is in the journal, not in the tree` };
    for (const row of rows) {
      const name = row.name.toString('latin1');
      if (!expected.has(name))
        return { seq: null, problem: `${path}/${name} is in the tree, not in the journal` };
      const below = expected.get(name);
      const difference = below ? compare(row.ino, below, `${path}/${name}`) : null;
      if (difference !== null) return difference;
    }
    return null;
  };
  return compare(1, tree.root, '');
}

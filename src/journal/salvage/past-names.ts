import type { TreeParts } from './mended-tree.js';

/** Writes names of the past as the journal has them, where their rows are gone. */
export function addPastNames({ database, branch, replay }: TreeParts): void {
  const known = database
    .prepare('SELECT 1 FROM entries WHERE branch = ? AND parent = ? AND name = ? AND from_seq = ?')
    .pluck();
  const insert = database.prepare(
    'INSERT INTO entries (branch, parent, name, ino, memory, from_seq, to_seq) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  for (const { parent, name, ino, memory, from, to } of replay.past ?? []) {
    const bytes = Buffer.from(name, 'latin1');
    if (known.get(branch.id, parent, bytes, from) === undefined)
      insert.run(branch.id, parent, bytes, ino, memory, from, to);
  }
}

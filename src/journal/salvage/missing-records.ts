import { randomBytes } from 'node:crypto';
import type { Operation } from '../../core/model.js';
import { operations } from '../records/records.js';
import { linkType, typeMask } from './file-types.js';
import type { MendedTree } from './mended-tree.js';
import { salvager } from './salvager.js';
import type { DirectoryNode, TreeNode } from './tree-replay.js';

/** Adds to the journal what it does not say of the tree that is to be, in the salvage's name. */
export class MissingRecords {
  readonly #tree: MendedTree;

  constructor(tree: MendedTree) {
    this.#tree = tree;
  }

  record(wanted: DirectoryNode, recorded: DirectoryNode, path: string): void {
    for (const [name, node] of wanted.names) {
      const at = `${path}/${name}`;
      const there = recorded.names.get(name);
      if (node.kind === 'directory') {
        if (there?.kind === 'leaf') this.#remove(there, at);
        if (there?.kind !== 'directory') this.#append('mkdir', at, node.ino, null);
        this.record(node, recorded.names.get(name) as DirectoryNode, at);
        continue;
      }
      const isSame = there?.kind === 'leaf' && there.memory === node.memory;
      if (there !== undefined && !isSame) this.#remove(there, at);
      this.#recordLeaf(node.ino, node.memory, at, isSame);
    }
    for (const [name, node] of [...recorded.names])
      if (!wanted.names.has(name)) this.#remove(node, `${path}/${name}`);
  }

  #recordLeaf(ino: number, memory: number | null, path: string, isSame: boolean): void {
    if (memory === null) {
      const mode = this.#tree.inodes.get(ino)?.mode ?? this.#tree.pastOf(ino)?.mode ?? 0;
      if (!isSame) this.#append((mode & typeMask) === linkType ? 'symlink' : 'mknod', path, ino, null);
      return;
    }
    const { content, isNew } = this.#tree.holdings.get(memory)!;
    const isKnown = this.#tree.parts.replay.newest.has(memory);
    if (isNew) {
      this.#append(isKnown ? 'modified' : 'created', path, ino, memory, content);
      this.#tree.holdings.set(memory, { content, isNew: false });
    } else if (!isSame) this.#append('link', path, ino, memory);
  }

  #remove(node: TreeNode, path: string): void {
    if (node.kind === 'directory') {
      for (const [name, child] of [...node.names]) this.#remove(child, `${path}/${name}`);
      this.#append('rmdir', path, node.ino, null);
      return;
    }
    const { ino, memory } = node;
    this.#append(
      memory !== null && this.#tree.holdings.has(memory) ? 'unlink' : 'deleted',
      path,
      ino,
      memory,
    );
  }

  #append(
    operation: Operation,
    at: string,
    ino: number,
    memory: number | null,
    content: number | null = null,
  ): void {
    const { records, branch, replay, nowMs } = this.#tree.parts;
    const path = Buffer.from(at, 'latin1');
    const row =
      content === null ? null : (this.#tree.content(content) as { id: number; sha256: Buffer; size: number });
    const seq = records.append({
      operation,
      branch: branch.id,
      timeMs: nowMs,
      actor: salvager,
      ino,
      memory,
      parent: memory === null ? null : (replay.newest.get(memory)?.seq ?? null),
      path,
      previousPath: null,
      content: row === null ? null : { ...row, segments: [], owned: [] },
      mount: 0,
      flags: ['salvaged'],
      salt: randomBytes(16),
    });
    const code = operations.indexOf(operation);
    replay.apply({ seq, operation: code, path, previous_path: null, ino, memory, content, removed_by: null });
  }
}

import type { StagedDream, StagedFile } from '../../core/staged-dreams.js';
import { TreeAt, timestampOf } from '../past/tree-at.js';
import { FileType } from '../store/mode.js';
import { FixedDirectory } from './fixed-directory.js';
import type { ControlDirectory, ControlEntry, ControlFile, ControlNode, NodeAttributes } from './node.js';
import { type ControlParts, ownAttributes } from './parts.js';
import { attributesOf, contentOf, type FileMaker, PastDirectory } from './past-tree.js';

const files: readonly StagedFile[] = ['diff', 'edits.jsonl', 'report.md'];

/** `dreams/<id>/`: a dream that waits for review, beside the tree that it was made from. */
export class DreamsDirectory implements ControlDirectory {
  readonly kind = 'directory';
  readonly #parts: ControlParts;

  constructor(parts: ControlParts) {
    this.#parts = parts;
  }

  attributes(): NodeAttributes {
    return ownAttributes(this.#parts, FileType.directory);
  }

  #staged(): readonly StagedDream[] {
    return this.#parts.dreams()?.list() ?? [];
  }

  find(name: Buffer): ControlNode | null {
    const dream = this.#staged().find(({ id }) => id === name.toString());
    const branch = dream && this.#parts.workspace.tables.branches.named(dream.branch);
    if (dream === undefined || branch === undefined) return null;
    const { siblings } = this.#parts.workspace;
    const { matcher } = this.#parts;
    const main = { ...this.#parts, workspace: siblings.main };
    const staged = { ...this.#parts, workspace: siblings.withId(branch.id) };
    const base = new TreeAt(main.workspace, branch.forkSeq ?? 0, matcher);
    const tree = new TreeAt(staged.workspace, staged.workspace.records.head, matcher);
    return new FixedDirectory(this.#parts, {
      base: new PastDirectory(main, base, contentOf(main)),
      tree: new PastDirectory(staged, tree, presentContentOf(staged), tree.root(), false),
      ...this.#texts(dream),
    });
  }

  /** They tell of the whole store, so they are for those who see it. */
  #texts({ id }: StagedDream): Record<string, ControlNode> {
    if (!this.#parts.matcher.isWhole) return {};
    const texts = files.flatMap((name) => {
      const bytes = (): Uint8Array | null => this.#parts.dreams()?.file(id, name) ?? null;
      return bytes() === null ? [] : [[name, new BytesFile(this.#parts, bytes)] as const];
    });
    return Object.fromEntries(texts);
  }

  /** The offset of a dream is that of its branch, whose number no other gets. */
  list(): ControlEntry[] {
    const { branches } = this.#parts.workspace.tables;
    return this.#staged()
      .flatMap(({ id, branch }) => {
        const offset = branches.named(branch)?.id;
        return offset === undefined
          ? []
          : [{ name: Buffer.from(id), mode: FileType.directory, offset: offset + 3 }];
      })
      .sort((a, b) => a.offset - b.offset);
  }
}

/** A file as it is on a branch now, which may be another one at the next open. */
const presentContentOf =
  (parts: ControlParts): FileMaker =>
  (node) => {
    const id = node.record?.content ?? null;
    if (id === null) return null;
    const { contents } = parts.workspace;
    const bytes = (): Uint8Array => Buffer.concat([...contents.chunks(contents.get(id))]);
    return new BytesFile(parts, bytes, { ...attributesOf(parts, node), size: contents.get(id).size });
  };

/** A handle goes on reading what it read first. */
class BytesFile implements ControlFile {
  readonly kind = 'file';
  readonly access = 'direct';
  readonly #parts: ControlParts;
  readonly #bytes: () => Uint8Array | null;
  readonly #attributes: NodeAttributes | undefined;

  constructor(parts: ControlParts, bytes: () => Uint8Array | null, attributes?: NodeAttributes) {
    this.#parts = parts;
    this.#bytes = bytes;
    this.#attributes = attributes;
  }

  attributes(): NodeAttributes {
    const mtime = timestampOf(this.#parts.history.newestTime());
    return (
      this.#attributes ?? ownAttributes(this.#parts, FileType.regular, this.#bytes()?.byteLength ?? 0, mtime)
    );
  }

  read({ handle, offset, size }: Parameters<ControlFile['read']>[0]): readonly Uint8Array[] {
    const bytes = this.#parts.snapshots.of(handle, () => this.#bytes() ?? new Uint8Array());
    return [bytes.subarray(offset, offset + size)];
  }
}

import { asMemfsError } from '../../core/errors.js';
import type { Authorship } from '../../journal/records/history.js';
import type { Deferred } from '../filesystem.js';
import type { OriginalLine } from '../past/line-origins.js';
import { mtimeOf, type NodeAt } from '../past/tree-at.js';
import { showsRecord } from '../scope/visible-records.js';
import type {
  ControlDirectory,
  ControlEntry,
  ControlFile,
  ControlNode,
  NodeAttributes,
  ReadRequest,
} from './node.js';
import type { ControlParts } from './parts.js';
import { type FileMaker, PastDirectory } from './past-tree.js';

/** `blame/<path>`: record, agent, session and time of each line. */
class BlameFile implements ControlFile {
  readonly kind = 'file';
  readonly access = 'direct';
  readonly #parts: ControlParts;
  readonly #node: NodeAt;

  constructor(parts: ControlParts, node: NodeAt) {
    this.#parts = parts;
    this.#node = node;
  }

  /** Its size is known to those only who have followed all its versions. */
  attributes(): NodeAttributes {
    const { mode, uid, gid } = this.#node;
    return { mode, uid, gid, size: 0, mtime: mtimeOf(this.#parts.workspace, this.#node) };
  }

  async read({ handle, offset, size }: ReadRequest): Promise<readonly Uint8Array[]> {
    const text = await this.#parts.snapshots.of<Deferred<Buffer>>(handle, () => this.#text());
    return [text.subarray(offset, offset + size)];
  }

  async #text(): Promise<Buffer> {
    const { blame, history, matcher } = this.#parts;
    const { memory, record, path } = this.#node;
    try {
      const lines = await blame.lines(memory!, record!.seq);
      const seqs = [...new Set(lines.map(({ seq }) => seq))];
      const authors = new Map<number, Authorship | null>();
      for (const seq of seqs) {
        const author = history.authorship(seq)!;
        authors.set(seq, showsRecord(matcher, author) ? author : null);
      }
      return table(lines, authors);
    } catch (error) {
      const { code, message } = asMemfsError(error);
      if (code !== 'invalid') throw error;
      return Buffer.from(`${path.toString()}: ${message}; its versions are in .memfs/history\n`);
    }
  }
}

/** `blame/`: the tree as it is at each request. */
export class BlameDirectory implements ControlDirectory {
  readonly kind = 'directory';
  readonly #parts: ControlParts;

  constructor(parts: ControlParts) {
    this.#parts = parts;
  }

  get #present(): PastDirectory {
    const file: FileMaker = (node) => (node.record === null ? null : new BlameFile(this.#parts, node));
    return new PastDirectory(this.#parts, this.#parts.reader.treeAt(undefined), file);
  }

  attributes(): NodeAttributes {
    return this.#present.attributes();
  }

  find(name: Buffer): ControlNode | null {
    return this.#present.find(name);
  }

  list(): readonly ControlEntry[] {
    return this.#present.list();
  }
}

/** `null`: the version was made where this mount does not see. */
function table(lines: readonly OriginalLine[], authors: ReadonlyMap<number, Authorship | null>): Buffer {
  const columns = new Map([...authors].map(([seq, author]) => [seq, columnsOf(seq, author)]));
  const widths = [0, 1, 2].map((column) =>
    Math.max(0, ...[...columns.values()].map((row) => row[column]!.length)),
  );
  const pieces = lines.flatMap(({ seq, text }) => {
    const [number, agent, session, time] = columns.get(seq)!;
    const who = `${agent!.padEnd(widths[1]!)}  ${session!.padEnd(widths[2]!)}`;
    return [Buffer.from(`${number!.padStart(widths[0]!)}  ${who}  ${time} | `), text];
  });
  const last = lines.at(-1)?.text;
  return Buffer.concat(last === undefined || last.at(-1) === 0x0a ? pieces : [...pieces, Buffer.from('\n')]);
}

const columnsOf = (seq: number, author: Authorship | null): string[] =>
  author === null
    ? [String(seq), '-', '-', '-'.padEnd(24)]
    : [String(seq), author.agent, author.session, new Date(author.time_ms).toISOString()];

import { refusal } from '../../core/errors.js';
import type { ContentId } from '../../journal/contents/contents.js';
import type { History } from '../../journal/records/history.js';
import type { Workspace } from '../store/workspace.js';
import { LineOrigins, type OriginalLine } from './line-origins.js';

const pageStates = 100;
/** Milliseconds between two turns of the loop that answers the kernel. */
const slice = 5;
const remembered = 4;
const longestRemembered = 1 << 20;
/** As git(1) decides it: a NUL in the first part. */
const binaryPrefix = 8000;

interface Progress {
  /** Everything up to this record has been followed. */
  readonly seq: number;
  readonly content: ContentId | null;
  readonly origins: LineOrigins;
}

/** Which version brought each line of a memory, followed from its first version on, over renames. */
export class Blame {
  readonly #workspace: Workspace;
  readonly #history: History;
  /** By memory: a new version is one step further. */
  readonly #known = new Map<number, Progress>();

  constructor(workspace: Workspace, history: History) {
    this.#workspace = workspace;
    this.#history = history;
  }

  /** The memory as it was after the record `through`. Throws `invalid` for a binary file. */
  async lines(memory: number, through: number): Promise<OriginalLine[]> {
    const { diffArrays } = await import('diff');
    const known = this.#known.get(memory);
    const usable = known !== undefined && known.seq <= through;
    const origins = usable ? known.origins.copy() : new LineOrigins(diffArrays);
    let seq = usable ? known.seq : 0;
    let content = usable ? known.content : null;
    for (let began = performance.now(); ; ) {
      const page = this.#history.contentsOf(memory, seq, pageStates);
      for (const row of page) {
        if (row.seq > through) break;
        if (row.content !== content) origins.advance(this.#read(row.content), row.seq);
        content = row.content;
        seq = row.seq;
        if (performance.now() - began > slice) {
          await new Promise(setImmediate);
          began = performance.now();
        }
      }
      if (page.length < pageStates || page.at(-1)!.seq > through) break;
    }
    this.#remember(memory, { seq, content, origins });
    return origins.lines();
  }

  #read(id: ContentId): Buffer {
    const { contents } = this.#workspace;
    const [first = Buffer.alloc(0), ...others] = contents.chunks(contents.get(id));
    const bytes =
      others.length === 0
        ? Buffer.from(first.buffer, first.byteOffset, first.length)
        : Buffer.concat([first, ...others]);
    if (bytes.subarray(0, binaryPrefix).includes(0))
      throw refusal('invalid', 'a version of it is binary, and a binary file has no lines');
    return bytes;
  }

  #remember(memory: number, progress: Progress): void {
    const before = this.#known.get(memory);
    if (progress.origins.size > longestRemembered || (before !== undefined && before.seq > progress.seq))
      return;
    this.#known.delete(memory);
    if (this.#known.size >= remembered) this.#known.delete(this.#known.keys().next().value!);
    this.#known.set(memory, progress);
  }
}

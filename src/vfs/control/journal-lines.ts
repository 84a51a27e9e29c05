import type { ScopeMatcher } from '../../core/scope.js';
import type { History } from '../../journal/records/history.js';
import { operations, type RecordRow } from '../../journal/records/records.js';
import type { StoreReader } from '../past/store-reader.js';
import type { BranchLedger } from '../store/branch-ledger.js';
import type { Workspace } from '../store/workspace.js';
import type { LineSource, Lines, MarkStore } from './line-file.js';

/** Records that take something away from earlier ones. */
const rewriting = new Set((['redacted', 'pruned'] as const).map((name) => operations.indexOf(name)));

interface JournalParts {
  readonly workspace: Workspace;
  readonly history: History;
  readonly reader: StoreReader;
}

/** A record as `memfsd log --json` prints it; nothing for another branch's, and for one that the scope hides. */
export function journalLine(reader: StoreReader, matcher: ScopeMatcher, row: RecordRow): string {
  const shown = reader.visible(row, matcher);
  return shown === null ? '' : `${JSON.stringify(reader.record(shown))}\n`;
}

/** The journal as lines. */
export class JournalLines implements LineSource {
  readonly #parts: JournalParts;
  readonly #matcher: ScopeMatcher;

  constructor(parts: JournalParts, matcher: ScopeMatcher) {
    this.#parts = parts;
    this.#matcher = matcher;
  }

  head(): number {
    return this.#parts.workspace.records.head;
  }

  lines(after: number, through: number): Lines {
    const { history, reader } = this.#parts;
    const rows = history.page({ after, limit: through - after, reverse: false });
    return {
      bytes: Buffer.from(rows.map((row) => journalLine(reader, this.#matcher, row)).join('')),
      rewrites: rows.some(({ operation }) => rewriting.has(operation)),
    };
  }
}

const nobody = { connection: 0, unique: 0n, resent: false, actor: { agent: 'memfsd', session: 'memfsd' } };

/** Measured once in the life of a store, whoever reads: the sizes are kept in it. */
export function journalMarks(workspace: Workspace, ledger: BranchLedger, view: string): MarkStore {
  /** A damaged journal or a full disk: then they are measured again. */
  const tryTo = (change: () => void): void => {
    try {
      change();
    } catch {}
  };
  return {
    load: () => workspace.logMarks.all(view),
    add: (block, bytes) => tryTo(() => ledger.run('markLog', nobody, { view, block, bytes })),
    clear: () => tryTo(() => ledger.run('clearLogMarks', nobody, { view })),
  };
}

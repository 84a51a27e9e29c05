import type { Conflict, ConflictQuery, ConflictSide, Resolution } from '../../core/conflicts.js';
import { MemfsError, refusal } from '../../core/errors.js';
import type { Actor } from '../../core/model.js';
import type { LogRecord } from '../../core/records.js';
import type { ScopeMatcher } from '../../core/scope.js';
import type { ContentId } from '../../journal/contents/contents.js';
import type { RefusalRow } from '../../journal/records/refusals.js';
import { normalise } from '../past/store-reader.js';
import { showsFile } from '../scope/visible-records.js';
import type { BranchLedger } from './branch-ledger.js';
import type { OutsideChanges } from './outside-changes.js';
import type { Workspace } from './workspace.js';

const pageRows = 1000;

/** Refused writes as the API and the command line see them. */
export class Conflicts {
  readonly #workspace: Workspace;
  readonly #ledger: BranchLedger;
  readonly #outside: OutsideChanges;
  readonly #matcher: ScopeMatcher;

  constructor(workspace: Workspace, ledger: BranchLedger, outside: OutsideChanges, matcher: ScopeMatcher) {
    this.#matcher = matcher;
    this.#workspace = workspace;
    this.#ledger = ledger;
    this.#outside = outside;
  }

  list({ path }: ConflictQuery): Conflict[] {
    const filter = {
      limit: pageRows,
      conflictsOnly: true,
      ...(path === undefined ? {} : { path: normalise(path) }),
    };
    const found: Conflict[] = [];
    for (let after = 0; ; ) {
      const rows = this.#workspace.refusals.list({ ...filter, after });
      for (const row of rows) if (showsFile(this.#matcher, row.path)) found.push(this.#describe(row));
      if (rows.length < pageRows) return found;
      after = rows.at(-1)!.id;
    }
  }

  #describe(row: RefusalRow): Conflict {
    const { number, agent, session, operation, cause, base_seq, head_seq, base, mine, theirs, resolution } =
      row;
    return {
      number: number!,
      path: row.path.toString('utf8'),
      time: new Date(row.time_ms).toISOString(),
      agent,
      session,
      operation,
      cause,
      base_seq,
      head_seq,
      base_sha256: this.#hashOf(base),
      mine_sha256: this.#hashOf(mine),
      theirs_sha256: this.#hashOf(theirs),
      resolution,
    };
  }

  #hashOf(content: ContentId | null): string | null {
    return content === null ? null : (this.#workspace.contents.get(content).sha256?.toString('hex') ?? null);
  }

  content(path: string, number: number, side: ConflictSide): Iterable<Uint8Array> | null {
    const id = this.#find(path, number)[side];
    const { contents } = this.#workspace;
    return id === null ? null : contents.chunks(contents.get(id));
  }

  #find(path: string, number: number): RefusalRow {
    const row = this.#workspace.refusals.find(normalise(path), number);
    if (row === undefined || !showsFile(this.#matcher, row.path))
      throw refusal('not_found', `${path} has no conflict ${number}`);
    return row;
  }

  resolve(path: string, number: number, resolution: Resolution, actor: Actor): LogRecord | null {
    const row = this.#find(path, number);
    this.#outside.requireWritable(row.path);
    if (row.resolution !== null)
      throw new MemfsError(
        'conflict',
        `conflict ${number} of ${path} was resolved already (${row.resolution})`,
      );
    const record = this.#write(path, row, resolution, actor);
    const origin = { connection: 0, unique: 0n, resent: false, actor };
    this.#ledger.run('settleConflict', origin, { id: row.id, resolution: resolution.take });
    return record;
  }

  #write(path: string, row: RefusalRow, resolution: Resolution, actor: Actor): LogRecord | null {
    if (resolution.take === 'theirs') return null;
    const { contents } = this.#workspace;
    if (resolution.take === 'mine' && row.mine === null)
      throw new MemfsError(
        'invalid',
        `conflict ${row.number} of ${path} has no "mine": it was refused before anything was written`,
        {
          hint: 'write the file again, or give the content with --file',
        },
      );
    const content =
      resolution.take === 'merged'
        ? resolution.content
        : Buffer.concat([...contents.chunks(contents.get(row.mine!))]);
    const ifMatch = resolution.ifMatch ?? this.#hashOf(row.theirs) ?? undefined;
    return this.#outside.write(path, content, actor, ifMatch);
  }
}

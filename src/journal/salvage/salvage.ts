/** Makes a new store of what the file of a damaged one still holds. The file is only read. */
import { MemfsError } from '../../core/errors.js';
import { ContentStore } from '../contents/contents.js';
import { extentsOf, SegmentStore } from '../contents/segments.js';
import { openDatabase, type SqliteDatabase } from '../database.js';
import { decodeNumbers } from '../number-list.js';
import { RecordLog } from '../records/records.js';
import { passing } from '../transfer/copy.js';
import { checkContents, type LostContent } from './check-contents.js';
import { DamagedTables, type PageDamage } from './damaged-tables.js';
import { loadRows } from './load-rows.js';
import { Loss, type Missing } from './loss.js';
import { mendActors } from './mend-actors.js';
import { dropUnknownBranches, replayBranches } from './mend-branches.js';
import { mendConflicts } from './mend-conflicts.js';
import { mendCounters, mendMeta } from './mend-meta.js';
import { mendRecords } from './mend-records.js';
import { mendTree } from './mend-tree.js';
import { mostRecords, newestTold } from './newest-told.js';
import { noteVersions } from './note-versions.js';
import { PageFile } from './page-file.js';
import { refindByCommitment, refindByHash } from './refind-contents.js';
import { appendNote } from './salvage-note.js';
import { storeSchemas } from './table-shapes.js';
import { keepUnnamedContents } from './unnamed-contents.js';

export interface SalvageReport {
  readonly bytes: number;
  readonly pages: number;
  /** Rows that were read, by table. */
  readonly rows: Readonly<Record<string, number>>;
  /** Faults of pages and of frames of the log, whether or not they cost anything. */
  readonly damage: readonly PageDamage[];
  readonly missing: readonly Missing[];
  /** Contents of which nothing says any more what they are, and the branch that has them. */
  readonly unnamed: { readonly count: number; readonly branch: string } | null;
  /** The newest record that anything tells of. */
  readonly newest: number;
  /** The newest record up to which the journal is the old one, and its chain. */
  readonly proved_to: number;
  readonly chain: string;
  /** Tree and open files are as they were: the spool can be carried out. */
  readonly can_go_on: boolean;
  /** Bytes of what was taken away on purpose were there; what is left of them must go from the new file. */
  readonly had_removed: boolean;
}

export interface SalvageOptions {
  readonly nowMs: number;
  onProgress(done: number, total: number): void;
}

/** An operation of the spool depends on these tables. */
const goneOnFrom = ['entries', 'inodes', 'contents', 'pieces', 'branches', 'meta', ...passing];

/** Tables of which nothing else tells, for a person. */
const untold: Readonly<Record<string, string>> = {
  xattrs: 'extended attributes',
  inode_history: 'modes and owners of the past',
  refusals: 'refused writes',
  reads: 'which versions sessions have read',
  observations: 'which versions sessions know',
};

/** Throws `invalid` for a file that holds nothing of a store; what is there of `target` is of no use then. */
export function salvageStore(source: string, target: string, options: SalvageOptions): SalvageReport {
  const file = new PageFile(source);
  try {
    return new Salvage(file, options).into(target);
  } finally {
    file.close();
  }
}

class Salvage {
  readonly #file: PageFile;
  readonly #tables: DamagedTables;
  readonly #loss = new Loss();
  readonly #options: SalvageOptions;

  constructor(file: PageFile, options: SalvageOptions) {
    this.#file = file;
    this.#options = options;
    this.#tables = new DamagedTables(file, storeSchemas());
  }

  into(target: string): SalvageReport {
    const rows = this.#load(target);
    const database = openDatabase(target);
    try {
      // It is a new file until all is done: what is half of it is thrown away.
      database.pragma('journal_mode = OFF');
      database.pragma('synchronous = OFF');
      return { ...this.#mend(database), ...this.#facts(), rows };
    } finally {
      database.close();
    }
  }

  /** Under the schema of the source; what opens it next brings it to the present one. */
  #load(target: string): Record<string, number> {
    const { version } = this.#tables.schema;
    const database = openDatabase(target, { schema: version });
    try {
      database.pragma('journal_mode = OFF');
      database.pragma('synchronous = OFF');
      const rows = loadRows(database, this.#tables, (done) =>
        this.#options.onProgress(done, this.#file.pages * 2),
      );
      const told = ['records', 'contents', 'entries', 'inodes', 'meta'];
      if (told.every((name) => rows[name] === undefined))
        throw new MemfsError('invalid', `${this.#file.path} holds nothing of a store`);
      return rows;
    } finally {
      database.close();
    }
  }

  #facts(): Pick<SalvageReport, 'bytes' | 'pages' | 'damage' | 'missing'> {
    const { bytes, pages, wal } = this.#file;
    const frames = (wal?.broken ?? []).map(({ frame, page }) => ({
      page: page ?? 0,
      of: 'write-ahead log',
      problem: `frame ${frame} is broken`,
    }));
    return { bytes, pages, damage: [...this.#tables.damage, ...frames], missing: this.#loss.all };
  }

  #isHurt(...tables: string[]): boolean {
    return this.#tables.damage.some(({ of }) => of !== null && tables.includes(of));
  }

  #mend(database: SqliteDatabase): Omit<SalvageReport, 'bytes' | 'pages' | 'damage' | 'missing' | 'rows'> {
    const { nowMs } = this.#options;
    const loss = this.#loss;
    const meta = mendMeta(database, { path: this.#file.path, nowMs, isHurt: this.#isHurt('meta'), loss });
    this.#noteUntold();
    const lostContents = this.#contents(database);
    const otherNames = mendActors(database, this.#tables, loss);
    const most = mostRecords(this.#file);
    const newest = newestTold(database, this.#tables, most);
    const isEndThere =
      database.prepare('SELECT 1 FROM records WHERE seq = ?').pluck().get(newest) !== undefined;
    const mended = mendRecords({ database, loss, lostContents, otherNames }, newest, most);
    if (!mended.isWhole) this.#noteTraceless(newest, isEndThere);
    noteVersions({ database, loss }, mended.bare, lostContents);
    for (const id of lostContents.keys()) database.prepare('DELETE FROM contents WHERE id = ?').run(id);
    mendConflicts(database, loss);
    const counters = mendCounters(database);
    const records = new RecordLog(database);
    let isNoted = false;
    const note = (): void => {
      if (isNoted) return;
      isNoted = true;
      appendNote(database, records, { mended, store: meta.storeId, loss, nowMs });
    };
    if (!mended.isWhole || mended.bare.length > 0) note();
    const areEntriesHurt = this.#isHurt('entries') || !mended.isWhole;
    for (const { branch, replay } of replayBranches(database, areEntriesHurt))
      mendTree({
        database,
        records,
        branch,
        replay,
        loss,
        nowMs,
        areEntriesHurt,
        isWhole: mended.isWhole,
        newIno: () => counters.next('inode'),
      });
    dropUnknownBranches(database);
    const contents = new ContentStore(database, new SegmentStore(database), counters);
    this.#checkUnversioned(database);
    const unnamed = loss.isNothing
      ? null
      : keepUnnamedContents({ database, records, contents, counters, nowMs });
    if (!loss.isNothing) note();
    const canGoOn = mended.isWhole && mended.bare.length === 0 && !this.#isHurt(...goneOnFrom);
    if (!canGoOn) for (const table of passing) database.exec(`DELETE FROM ${table}`);
    counters.store();
    const { provedTo, chain } = mended;
    return {
      unnamed,
      newest,
      proved_to: provedTo,
      chain,
      can_go_on: canGoOn,
      had_removed: mended.hadRemoved,
    };
  }

  /** Notes losses that are possible though nothing that is left tells of them. */
  #noteTraceless(newest: number, isEndThere: boolean): void {
    const isSchemaHurt = this.#isHurt('sqlite_schema');
    if (isSchemaHurt || !isEndThere)
      this.#loss.add({
        kind: 'records',
        what: `what came behind record ${newest}, if anything did`,
        why: 'nothing that is left tells how far the journal went',
      });
    if (isSchemaHurt || this.#isHurt('entries', 'branches'))
      this.#loss.add({
        kind: 'rows',
        what: 'names and branches of which nothing that is left tells',
        why: 'pages of entries or branches cannot be read, nor all of the journal',
      });
  }

  #noteUntold(): void {
    for (const [table, what] of Object.entries(untold)) {
      const hurt = this.#tables.damage.filter(({ of }) => of === table);
      if (hurt.length === 0) continue;
      const why = hurt.map(({ page, problem }) => `page ${page}: ${problem}`).join('; ');
      this.#loss.add({ kind: 'rows', what, why });
    }
    const gone = (this.#file.wal?.broken ?? []).filter(({ page }) => page === null);
    if (gone.length > 0)
      this.#loss.add({
        kind: 'writes',
        what: `${gone.length} pages of the write-ahead log: what they changed may be as it was before`,
        why: `frames ${gone[0]!.frame} to ${gone.at(-1)!.frame} cannot be read`,
      });
  }

  #contents(database: SqliteDatabase): Map<number, LostContent> {
    const total = database.prepare('SELECT count(*) FROM contents').pluck().get() as number;
    const { pages } = this.#file;
    let done = 0;
    const lost = checkContents(database, () => {
      done++;
      this.#options.onProgress(pages + (pages * done) / Math.max(total, 1), pages * 2);
    });
    refindByHash(database, this.#tables.indexRows('contents_by_hash'), lost);
    refindByCommitment(database);
    return lost;
  }

  /** Unversioned files have no hash; what their segments lack at the end is seen, where pieces may be lost. */
  #checkUnversioned(database: SqliteDatabase): void {
    if (!this.#isHurt('pieces')) return;
    const store = new SegmentStore(database);
    const rows = database
      .prepare(
        'SELECT size, segments FROM contents WHERE sha256 IS NULL AND id IN (SELECT content FROM inodes)',
      )
      .all() as { size: number; segments: Buffer }[];
    const short = rows.filter(({ size, segments }) =>
      [...extentsOf(decodeNumbers(segments), size)].some(([segment, bytes]) => store.end(segment) < bytes),
    );
    if (short.length > 0)
      this.#loss.add({
        kind: 'unversioned',
        what: `bytes of ${short.length} unversioned files, which are zero now`,
        why: 'pages of pieces cannot be read',
      });
  }
}

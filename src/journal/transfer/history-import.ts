import { asMemfsError, MemfsError, mayPass } from '../../core/errors.js';
import { ContentStore } from '../contents/contents.js';
import { SegmentStore } from '../contents/segments.js';
import type { WorkingContent } from '../contents/working-content.js';
import { Counters } from '../counters.js';
import { openDatabase, type SqliteDatabase, type Statement } from '../database.js';
import { StoreMeta } from '../meta.js';
import { countLinks } from '../tree/link-counts.js';
import { countRecords, headerOf } from './history-export.js';
import {
  type ContentLine,
  decodeRow,
  type EndLine,
  type HistoryHeader,
  historyVersion,
  type Row,
  type Section,
  sections,
} from './history-format.js';

/**
 * Makes the database of a store out of the lines of a history. Every content must have its SHA-256; whether records
 * and tree fit is for `verifyStore` to say. Throws `invalid`, naming the line.
 */
export function importHistory(path: string, lines: Iterable<string>): void {
  const database = openDatabase(path);
  let number = 0;
  try {
    database.transaction(() => {
      const reader = new HistoryReader(database);
      for (const text of lines) {
        number++;
        reader.line(parse(text));
      }
      reader.finish();
    })();
  } catch (thrown) {
    const error = asMemfsError(thrown);
    if (mayPass(error)) throw error;
    throw new MemfsError('invalid', `line ${number} of the history: ${error.message}`, { cause: thrown });
  } finally {
    database.close();
  }
}

function parse(text: string): [kind: string, value: unknown] {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) throw new MemfsError('invalid', 'it is no object');
  if ('memfsd_history' in value) return ['header', value];
  const [first, ...others] = Object.entries(value);
  if (first === undefined || others.length > 0) throw new MemfsError('invalid', 'it must have one key');
  return first;
}

class HistoryReader {
  readonly #database: SqliteDatabase;
  readonly #contents: ContentStore;
  readonly #counters: Counters;
  readonly #inserts = new Map<string, { readonly section: Section; readonly statement: Statement }>();
  #header: HistoryHeader | null = null;
  #open: { readonly line: ContentLine; readonly working: WorkingContent } | null = null;
  #found = 0;
  #ended: EndLine | null = null;

  constructor(database: SqliteDatabase) {
    this.#database = database;
    this.#counters = new Counters(database);
    this.#contents = new ContentStore(database, new SegmentStore(database), this.#counters);
    for (const section of sections) {
      const { kind, table, columns } = section;
      const places = columns.map(() => '?').join(', ');
      const statement = database.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places})`);
      this.#inserts.set(kind, { section, statement });
    }
  }

  line([kind, value]: [string, unknown]): void {
    if (kind === 'header') this.#begin(value as HistoryHeader);
    else if (this.#header === null) throw new MemfsError('invalid', 'a history begins with "memfsd_history"');
    else if (this.#ended !== null) throw new MemfsError('invalid', 'nothing may follow "end"');
    else if (kind === 'data') this.#append(Buffer.from(value as string, 'base64'));
    else if (kind === 'zeros') this.#append(value as number);
    else {
      this.#close();
      if (kind === 'content') this.#beginContent(value as ContentLine);
      else if (kind === 'end') this.#ended = value as EndLine;
      else this.#insert(kind, value as Row);
    }
  }

  #begin(header: HistoryHeader): void {
    if (this.#header !== null) throw new MemfsError('invalid', 'it begins again');
    if (!(header.memfsd_history >= 1 && header.memfsd_history <= historyVersion))
      throw new MemfsError('invalid', `the format ${header.memfsd_history} is not known here`);
    new StoreMeta(this.#database).begin(header.store, header.created_ms);
    this.#header = header;
  }

  #insert(kind: string, row: Row): void {
    const insert = this.#inserts.get(kind);
    if (insert === undefined) throw new MemfsError('invalid', `"${kind}" is not known here`);
    insert.statement.run(...decodeRow(insert.section, row));
  }

  #beginContent(line: ContentLine): void {
    const working = this.#contents.edit(line.from);
    working.truncate(line.keep);
    this.#open = { line, working };
  }

  #append(data: Buffer | number): void {
    if (this.#open === null) throw new MemfsError('invalid', 'bytes without a content');
    const { working } = this.#open;
    if (typeof data === 'number') working.truncate(working.size + data);
    else working.write(working.size, data);
  }

  #close(): void {
    if (this.#open === null) return;
    const { line, working } = this.#open;
    this.#open = null;
    this.#found++;
    const { sha256, size } = this.#contents.restore(line.id, working);
    if (sha256!.toString('hex') !== line.sha256 || size !== line.size)
      throw new MemfsError('invalid', `content ${line.id} does not have its SHA-256`);
  }

  finish(): void {
    if (this.#header === null || this.#ended === null)
      throw new MemfsError('invalid', 'it ends too early: "end" is missing');
    const { head, chain } = headerOf(this.#database);
    const isWhole =
      head === this.#header.head &&
      chain === this.#header.chain &&
      countRecords(this.#database) === this.#ended.records &&
      this.#found === this.#ended.contents;
    if (!isWhole) throw new MemfsError('invalid', 'lines are missing');
    // Links to what is not part of history stay behind.
    countLinks(this.#database);
    this.#keepCounters(this.#header);
  }

  #keepCounters({ next_inode, next_memory }: HistoryHeader): void {
    this.#counters.raise('inode', next_inode);
    this.#counters.raise('memory', next_memory);
    const next = this.#database.prepare('SELECT max(id) + 1 FROM branches').pluck().get() as number;
    this.#counters.raise('branch', next);
    this.#counters.store();
  }
}

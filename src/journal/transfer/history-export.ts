import { SegmentStore, type Segments, segmentBytes } from '../contents/segments.js';
import { openDatabase, type SqliteDatabase } from '../database.js';
import { StoreMeta } from '../meta.js';
import { decodeNumbers } from '../number-list.js';
import {
  type ContentLine,
  encodeRow,
  type HistoryHeader,
  historyVersion,
  type Row,
  sections,
} from './history-format.js';

interface ContentRow {
  readonly id: number;
  readonly sha256: Buffer;
  readonly size: number;
  readonly segments: Buffer;
}

/** A content that is in the file already, as a beginning for others. */
interface Known {
  readonly id: number;
  readonly size: number;
  readonly segments: Segments;
}

/** The lines of a store's whole history, of one moment; on a connection of its own, reading only. */
export function* exportHistory(path: string): Generator<string> {
  const database = openDatabase(path, { readOnly: true });
  try {
    database.exec('BEGIN');
    const counts = { records: countRecords(database), contents: 0 };
    yield line(headerOf(database));
    for (const text of contentLines(database)) {
      if (text.startsWith('{"content"')) counts.contents++;
      yield text;
    }
    for (const section of sections) {
      const { kind, table, columns, rows } = section;
      const select = database.prepare(`SELECT ${columns.join(', ')} FROM ${table} ${rows}`);
      for (const row of select.iterate()) yield line({ [kind]: encodeRow(section, row as Row) });
    }
    yield line({ end: counts });
  } finally {
    database.close();
  }
}

const line = (value: object): string => `${JSON.stringify(value)}\n`;

export function headerOf(database: SqliteDatabase): HistoryHeader {
  const meta = new StoreMeta(database);
  const newest = database.prepare('SELECT seq, chain FROM records ORDER BY seq DESC LIMIT 1').get() as
    | { seq: number; chain: Buffer }
    | undefined;
  const next = database.prepare('SELECT value FROM meta WHERE key = ?').pluck();
  return {
    memfsd_history: historyVersion,
    store: meta.storeId,
    created_ms: meta.createdMs,
    head: newest?.seq ?? 0,
    chain: newest?.chain.toString('hex') ?? '',
    next_inode: (next.get('next_inode') as number | undefined) ?? 2,
    next_memory: (next.get('next_memory') as number | undefined) ?? 1,
  };
}

export const countRecords = (database: SqliteDatabase): number =>
  database.prepare('SELECT count(*) FROM records').pluck().get() as number;

/** Contents of versions and of refused writes, each said as what it adds to one before it. */
function* contentLines(database: SqliteDatabase): Generator<string> {
  const store = new SegmentStore(database);
  const byFirstSegment = new Map<number, Known>();
  const rows = database.prepare(
    `SELECT id, sha256, size, segments FROM contents WHERE sha256 IS NOT NULL AND (
       id IN (SELECT content FROM records WHERE content IS NOT NULL) OR
       id IN (SELECT base FROM refusals UNION SELECT mine FROM refusals UNION SELECT theirs FROM refusals))
       ORDER BY id`,
  );
  for (const row of rows.iterate()) {
    const { id, sha256, size, segments: list } = row as ContentRow;
    const content = { id, size, segments: decodeNumbers(list) };
    const base = byFirstSegment.get(content.segments[0] ?? 0);
    const keep = base === undefined ? 0 : commonBytes(base, content);
    const from = keep === 0 ? null : base!.id;
    yield line({ content: { id, sha256: sha256.toString('hex'), size, from, keep } satisfies ContentLine });
    yield* dataLines(store, content, keep);
    if (content.segments[0]) byFirstSegment.set(content.segments[0], content);
  }
}

/** How many bytes at the beginning two contents share by having the same segments. */
function commonBytes(one: Known, other: Known): number {
  const most = Math.min(one.size, other.size);
  let index = 0;
  while (index * segmentBytes < most && one.segments[index] === other.segments[index]) index++;
  return Math.min(most, index * segmentBytes);
}

function* dataLines(store: SegmentStore, { segments, size }: Known, from: number): Generator<string> {
  for (let position = from; position < size; ) {
    const index = Math.floor(position / segmentBytes);
    const end = Math.min(size, (index + 1) * segmentBytes);
    const segment = segments[index] ?? 0;
    const data = (): string =>
      store.read(segment, position - index * segmentBytes, end - position).toString('base64');
    yield line(segment === 0 ? { zeros: end - position } : { data: data() });
    position = end;
  }
}

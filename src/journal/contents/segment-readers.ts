import type { SqliteDatabase, Statement } from '../database.js';
import { decodeNumbers } from '../number-list.js';
import type { Content, ContentId } from './contents.js';
import { extentsOf } from './segments.js';

interface Reader {
  readonly id: ContentId;
  readonly bytes: number;
}

interface Row {
  readonly id: ContentId;
  readonly size: number;
  readonly segments: Buffer;
}

/**
 * Finds the contents that read the segments of some others: they must be known before bytes go that several may share.
 * Nothing in the database leads from a segment to its contents, so all of them are looked at, page by page.
 */
export class SegmentReaders {
  readonly #page: Statement;
  readonly #bySegment = new Map<number, Reader[]>();
  #scannedTo = 0;

  constructor(database: SqliteDatabase, contents: Iterable<Content>) {
    this.#page = database.prepare('SELECT id, size, segments FROM contents WHERE id > ? ORDER BY id LIMIT ?');
    for (const { segments } of contents) for (const segment of segments) this.#bySegment.set(segment, []);
  }

  /** The content that was looked at last; ids grow, so whatever is made later has a higher one. */
  get scannedTo(): ContentId {
    return this.#scannedTo;
  }

  /** Looks at the next `limit` contents. Returns whether there may be more. */
  scan(limit: number): boolean {
    const rows = this.#page.all(this.#scannedTo, limit) as Row[];
    for (const { id, size, segments } of rows) {
      for (const [segment, bytes] of extentsOf(decodeNumbers(segments), size))
        this.#bySegment.get(segment)?.push({ id, bytes });
      this.#scannedTo = id;
    }
    return rows.length === limit;
  }

  /** How far anybody reads into the segment, besides those that are `gone`. */
  extent(segment: number, gone: ReadonlySet<ContentId>): number {
    return this.#furthest(segment, gone)?.bytes ?? 0;
  }

  #furthest(segment: number, gone: ReadonlySet<ContentId>): Reader | undefined {
    let furthest: Reader | undefined;
    for (const reader of this.#bySegment.get(segment) ?? [])
      if (!gone.has(reader.id) && reader.bytes > (furthest?.bytes ?? 0)) furthest = reader;
    return furthest;
  }

  /** Whoever reads furthest into each segment of `contents`, besides those that are `gone`. */
  furthest(contents: Iterable<Content>, gone: ReadonlySet<ContentId>): ContentId[] {
    const readers = new Set<ContentId>();
    for (const { segments, size } of contents)
      for (const [segment] of extentsOf(segments, size)) {
        const furthest = this.#furthest(segment, gone);
        if (furthest !== undefined) readers.add(furthest.id);
      }
    return [...readers];
  }

  /** The contents that have bytes in common with this one, each with how many. */
  sharing(content: Content): Map<ContentId, number> {
    const shared = new Map<ContentId, number>();
    for (const [segment, own] of extentsOf(content.segments, content.size))
      for (const { id, bytes } of this.#bySegment.get(segment) ?? [])
        if (id !== content.id) shared.set(id, (shared.get(id) ?? 0) + Math.min(own, bytes));
    return shared;
  }
}

import type { SqliteDatabase } from '../database.js';

/** Measures what a store holds in its file: pages in use, but for one of each table and index, which an empty one has. */
export function heldBytes(database: SqliteDatabase): () => number {
  const pages = database.prepare('SELECT page_count FROM pragma_page_count').pluck();
  const free = database.prepare('SELECT freelist_count FROM pragma_freelist_count').pluck();
  const pageBytes = database.pragma('page_size', { simple: true }) as number;
  const trees = database
    .prepare('SELECT count(*) FROM sqlite_schema WHERE rootpage > 0')
    .pluck()
    .get() as number;
  return () => Math.max(0, (pages.get() as number) - (free.get() as number) - trees - 1) * pageBytes;
}

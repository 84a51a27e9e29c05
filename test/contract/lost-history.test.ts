import { copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/journal/database.js';
import { verifyStore } from '../../src/journal/verify.js';
import { openStore } from '../../src/vfs/store/open-store.js';
import type { Store } from '../../src/vfs/store.js';
import { actor, options, Volume } from './support/volume.js';

let volume: Volume;
beforeEach(() => {
  volume = new Volume();
});
afterEach(() => volume.destroy());

let copies = 0;

/** The files of the store as they are now, in a directory of their own; returns the path of the database there. */
function filesNow(): string {
  const to = join(volume.directory, `files-${copies++}`);
  mkdirSync(to);
  for (const end of ['.db', '.db-wal', '.spool'])
    copyFileSync(volume.path.replace(/\.db$/, end), join(to, `store${end}`));
  return join(to, 'store.db');
}

const spoolOf = (path: string): string => path.replace(/\.db$/, '.spool');
const namesIn = (store: Store): string[] =>
  [...store.exportEntries()].map(({ path }) => path.toString()).filter((path) => path !== '/');

function contentOf(path: string, file: string): string {
  const store = openStore(path, options);
  try {
    return Buffer.concat([...store.show(file).chunks]).toString();
  } finally {
    store.close();
  }
}

function opened(path: string): { names: string[]; damaged: string | null } {
  const store = openStore(path, options);
  store.retainConnections(new Set());
  const found = { names: namesIn(store), damaged: store.damaged };
  store.close();
  expect(verifyStore(path)).toMatchObject({ ok: true });
  return found;
}

/** Commits the group, without a sync. */
const commit = (): void => void volume.store.statistics();

describe('frames of a history that was lost with the write-ahead log', () => {
  test('never come back, however many groups are committed after it', async () => {
    volume.store.write('/first.md', Buffer.from('first'), actor);
    await volume.store.sync();
    const durable = filesNow();
    const spools: Buffer[] = [];
    // The history that will be lost: the power fails before anything of it is synced, but the spool's pages are written.
    for (let i = 0; i < 6; i++) {
      if (i % 2 === 0) volume.store.write(`/lost-${i}.md`, Buffer.from(`lost ${i}`), actor);
      else volume.store.remove(`/lost-${i - 1}.md`, actor);
      spools.push(readFileSync(spoolOf(volume.path)));
      commit();
    }
    const present = openStore(durable, options);
    const kept: string[] = ['/first.md'];
    for (let i = 0; i < 6; i++) {
      present.write(`/kept-${i}.md`, Buffer.from(`kept ${i}`), actor);
      kept.push(`/kept-${i}.md`);
      await present.sync();
      for (const spool of spools) {
        const to = join(volume.directory, `files-${copies++}`);
        cpSync(join(durable, '..'), to, { recursive: true, filter: (from) => !from.endsWith('-shm') });
        const again = join(to, 'store.db');
        writeFileSync(spoolOf(again), spool);
        expect(opened(again)).toEqual({ names: kept, damaged: null });
      }
    }
    present.close();
  });
});

describe('a spool that an engine of schema 3 left behind', () => {
  const fixtures = fileURLToPath(new URL('../../fixtures/spools', import.meta.url));

  function leftBehind(): string {
    const path = join(volume.directory, `former-${copies++}.db`);
    const database = new Database(path);
    database.exec(readFileSync(join(fixtures, 'schema-3.sql'), 'utf8'));
    database.close();
    copyFileSync(join(fixtures, 'schema-3.spool'), spoolOf(path));
    return path;
  }

  const state = { names: ['/a.md', '/d', '/d/b.md'], damaged: null };

  test('is carried out', () => {
    const path = leftBehind();
    expect(opened(path)).toEqual(state);
    expect(contentOf(path, '/a.md')).toBe('one\ntwo\n');
    expect(contentOf(path, '/d/b.md')).toBe('only in the spool\n');
  });

  test('is carried out once', () => {
    const path = leftBehind();
    const spool = readFileSync(spoolOf(path));
    opened(path);
    writeFileSync(spoolOf(path), spool);
    expect(opened(path)).toEqual(state);
  });

  test('is carried out after an engine that died when it had only migrated the database', () => {
    const path = leftBehind();
    openDatabase(path).close();
    expect(opened(path)).toEqual(state);
  });
});

import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase, type SqliteDatabase } from '../../../src/sqlite/database.js';
import { versionOf } from '../../../src/sqlite/migrations.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'memfsd-sqlite-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const open = (...migrations: string[]): SqliteDatabase =>
  openDatabase(join(directory, 'a.db'), {
    lockWaitMs: 0,
    pragmas: ['journal_mode = WAL'],
    schema: { migrations, newerHint: 'install it' },
  });

const tables = (database: SqliteDatabase): unknown[] =>
  database.prepare('SELECT name FROM sqlite_schema ORDER BY name').pluck().all();

test('carries out the migrations that a file has not had', () => {
  open('CREATE TABLE a (x)').close();
  const database = open('CREATE TABLE a (x)', 'CREATE TABLE b (x)');
  expect([tables(database), versionOf(database)]).toEqual([['a', 'b'], 2]);
  database.close();
});

test('carries out all of them or none', () => {
  open('CREATE TABLE a (x)').close();
  expect(() => open('', 'CREATE TABLE b (x)', 'CREATE TABLE a (x)')).toThrow(/already exists/);
  const database = open('');
  expect([tables(database), versionOf(database)]).toEqual([['a'], 1]);
  database.close();
});

test('refuses a file of a newer schema, with what to do about it', () => {
  open('CREATE TABLE a (x)', 'CREATE TABLE b (x)').close();
  expect(() => open('CREATE TABLE a (x)')).toThrow(
    expect.objectContaining({ code: 'unsupported', hint: 'install it' }),
  );
});

test('cuts off what a loss of power left behind its log, before anything is written', () => {
  const first = open('CREATE TABLE a (x)');
  for (let n = 0; n < 3; n++) first.prepare('INSERT INTO a VALUES (?)').run(n);
  const path = join(directory, 'a.db');
  copyFileSync(path, join(directory, 'left.db'));
  const log = readFileSync(`${path}-wal`);
  first.close();
  // Of the last but one frame, which is the second row, a sector never reached the disk; the last one is whole.
  const frame = 24 + 4096;
  log.fill(0, log.length - frame - 512, log.length - frame);
  writeFileSync(join(directory, 'left.db-wal'), log);
  const database = openDatabase(join(directory, 'left.db'), {
    lockWaitMs: 0,
    pragmas: ['journal_mode = WAL'],
    schema: { migrations: ['CREATE TABLE a (x)'], newerHint: '' },
  });
  expect(statSync(join(directory, 'left.db-wal')).size).toBe(log.length - 2 * frame);
  expect(database.prepare('SELECT x FROM a').pluck().all()).toEqual([0]);
  database.close();
});

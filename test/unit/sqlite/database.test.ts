import { mkdtempSync, rmSync } from 'node:fs';
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

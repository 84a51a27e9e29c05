import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { cutRemnants } from '../../../src/sqlite/remnants.js';

const sector = 512;
const pageBytes = 4096;
const frameBytes = 24 + pageBytes;

let directory: string;
let open: Database.Database[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'memfsd-sqlite-'));
  open = [];
});
afterEach(() => {
  for (const database of open) database.close();
  rmSync(directory, { recursive: true });
});

function openAt(path: string): Database.Database {
  const database = new Database(path, { timeout: 0 });
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = NORMAL');
  open.push(database);
  return database;
}

const insert = (database: Database.Database, n: number): unknown =>
  database.prepare('INSERT INTO t VALUES (?)').run(n);
const rows = (database: Database.Database): unknown[] => database.prepare('SELECT n FROM t').pluck().all();

/** What is there when all processes end at once. */
function crashed(path: string, name: string): string {
  const copy = join(directory, name);
  for (const suffix of ['', '-wal']) copyFileSync(path + suffix, copy + suffix);
  return copy;
}

/** Committed are 1, 2 and 3, a frame each; of the frame of 2 a sector never reached the disk. Returns where that begins. */
function lossOfPower(): { readonly path: string; readonly end: number } {
  const first = join(directory, 'first');
  const database = openAt(first);
  database.exec('CREATE TABLE t (n)');
  insert(database, 1);
  const end = statSync(`${first}-wal`).size;
  insert(database, 2);
  insert(database, 3);
  expect(statSync(`${first}-wal`).size).toBe(end + 2 * frameBytes);
  const path = crashed(first, 'second');
  const log = readFileSync(`${path}-wal`);
  // The last one of the page, where its rows are.
  log.fill(0, end + frameBytes - sector, end + frameBytes);
  writeFileSync(`${path}-wal`, log);
  return { path, end };
}

it('brings nothing back that a loss of power took, when the same is done again', () => {
  const { path, end } = lossOfPower();
  const database = openAt(path);
  cutRemnants(database, path);
  expect(statSync(`${path}-wal`).size).toBe(end);
  expect(rows(database)).toEqual([1]);
  insert(database, 2);
  expect(rows(openAt(crashed(path, 'third')))).toEqual([1, 2]);
});

it('is needed: SQLite alone takes the lost commit for one that followed', () => {
  const { path } = lossOfPower();
  const database = openAt(path);
  expect(rows(database)).toEqual([1]);
  insert(database, 2);
  expect(rows(openAt(crashed(path, 'third')))).toEqual([1, 2, 3]);
});

it('empties a log of which nothing counts', () => {
  const { path } = lossOfPower();
  const log = readFileSync(`${path}-wal`);
  log.fill(0, 40, 60);
  writeFileSync(`${path}-wal`, log);
  const database = openAt(path);
  cutRemnants(database, path);
  expect(statSync(`${path}-wal`).size).toBe(0);
});

it('leaves a log as the death of a process leaves it, and frames of an earlier one', () => {
  const first = join(directory, 'first');
  const database = openAt(first);
  database.exec('CREATE TABLE t (n)');
  for (let n = 0; n < 9; n++) insert(database, n);
  database.pragma('wal_checkpoint(RESTART)');
  insert(database, 9);
  const path = crashed(first, 'second');
  const before = readFileSync(`${path}-wal`);
  expect(before.length).toBeGreaterThan(9 * frameBytes);
  const again = openAt(path);
  cutRemnants(again, path);
  expect(readFileSync(`${path}-wal`).equals(before)).toBe(true);
  expect(rows(again)).toHaveLength(10);
});

it('leaves a file to whoever has locked it', () => {
  const { path, end } = lossOfPower();
  const [database, other] = [openAt(path), openAt(path)];
  other.exec('BEGIN IMMEDIATE');
  cutRemnants(database, path);
  expect(statSync(`${path}-wal`).size).toBeGreaterThan(end);
});

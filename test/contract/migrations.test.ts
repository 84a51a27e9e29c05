import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { afterAll, describe, expect, test } from 'vitest';
import { wholeStore } from '../../src/core/scope.js';
import { migrations } from '../../src/journal/schema.js';
import { verifyStore } from '../../src/journal/verify.js';
import { openStore } from '../../src/vfs/store/open-store.js';
import { spoolPath } from '../../src/vfs/store/workspace.js';
import { actor, options, silent } from './support/volume.js';

const fixtures = fileURLToPath(new URL('../../fixtures/stores', import.meta.url));
const shipped = readdirSync(fixtures).filter((name) => /^schema-\d+\.sql$/.test(name));
const directory = mkdtempSync(join(tmpdir(), 'memfsd-migrations-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test('there is a store of every schema that was shipped', () => {
  expect(shipped.length).toBe(migrations.length);
});

describe.each(shipped)('a store of %s', (name) => {
  const path = join(directory, `${name}.db`);
  const database = new Database(path);
  database.exec(readFileSync(join(fixtures, name), 'utf8'));
  database.close();

  test('opens, with its history, its present and its identity', () => {
    const store = openStore(path, options);
    const records = [...store.log({})].filter(({ operation }) => operation !== 'branched');
    const journal = records.map(({ operation, path: at, agent }) => `${agent} ${operation} ${at}`);
    expect(journal).toEqual([
      'ada created /a.md',
      'ada modified /a.md',
      'ada mkdir /d',
      'ada created /d/b.md',
      'ada link /d/c.md',
      'ada symlink /link',
      'ada modified /a.md',
      'ada renamed /e',
      'ada unlink /e/c.md',
      'ada attributes /a.md',
      'ada created /gone.md',
      'ada deleted /gone.md',
      'ada created /ü.md',
    ]);
    const names = [...store.exportEntries()].map((entry) => entry.path.toString());
    expect(names).toEqual(['/a.md', '/e', '/e/b.md', '/link', '/ü.md']);
    const text = (version?: number): string =>
      Buffer.concat([...store.show('/a.md', version).chunks]).toString();
    expect([text(1), text(2), text()]).toEqual(['one\n', 'one\ntwo\n', 'ONE\ntwo\n']);
    const written = store.write('/a.md', Buffer.from('on\n'), actor);
    expect(written).toMatchObject({ operation: 'modified', memory: records[0]!.memory });
    store.close();
  });

  test('keeps what sessions know and were refused', () => {
    const store = openStore(path, options);
    const conflicts = store.conflicts({}).map(({ path: at, operation }) => `${operation} ${at}`);
    expect(conflicts).toEqual(name === 'schema-1.sql' ? [] : ['unlink /a.md']);
    store.close();
  });

  test('has its branches', () => {
    const store = openStore(path, options);
    const others = store.branches().filter(({ fork_seq: forkSeq }) => forkSeq !== null);
    expect(others).toEqual(name < 'schema-3' ? [] : [{ name: 'dream-1', fork_seq: 13 }]);
    for (const branch of others) {
      const changes = [...store.branch(branch.name).diff(branch.fork_seq!, undefined)];
      expect(changes.map(({ change, path: at }) => `${change} ${at}`)).toEqual([
        'changed /a.md',
        'removed /ü.md',
      ]);
    }
    store.close();
  });

  test('verifies', () => {
    expect(verifyStore(path)).toMatchObject({ ok: true });
  });
});

test('appends that an engine of schema 3 left open, and its spool, go on as it would have gone on', () => {
  const path = join(directory, 'appends.db');
  const database = new Database(path);
  database.exec(readFileSync(join(fixtures, 'appends-3.sql'), 'utf8'));
  database.close();
  copyFileSync(join(fixtures, 'appends-3.spool'), spoolPath(path));
  const store = openStore(path, options);
  const text = (): string => Buffer.concat([...store.show('/log.md').chunks]).toString();
  // Its close of one handle committed what all had appended.
  expect(text()).toBe('one\ntwo\nthree\nfour\n');
  const view = {
    connection: 1,
    actor,
    scope: wholeStore,
    precondition: 'observed',
    onConflict: 'refuse',
  } as const;
  const fs = store.attach(view, silent);
  const context = { connection: 1, unique: 1000n, resent: false, uid: 0, gid: 0, pid: 1, umask: 0 };
  const appending = { flags: 0o2001, fromCache: false, killPrivileges: false };
  const [ino, first, second] = [2, 2, 3];
  fs.write(context, ino, first, 24, Buffer.from('six\n'), appending);
  void fs.flush(context, ino, first, 1n);
  expect(text()).toBe('one\ntwo\nthree\nfour\nfive\nsix\n');
  fs.release({ ...context, unique: 1002n }, ino, second, null);
  expect(text()).toBe('one\ntwo\nthree\nfour\nfive\nsix\n');
  expect([...store.log({})].map(({ operation }) => operation)).toEqual(['created', 'modified', 'modified']);
  store.close();
  expect(verifyStore(path)).toMatchObject({ ok: true });
});

test('appends that an engine of schema 3 left open end with their mount as they did', () => {
  const path = join(directory, 'ended.db');
  const database = new Database(path);
  database.exec(readFileSync(join(fixtures, 'appends-3.sql'), 'utf8'));
  database.close();
  const store = openStore(path, options);
  store.retainConnections(new Set());
  expect(Buffer.concat([...store.show('/log.md').chunks]).toString()).toBe('one\ntwo\nthree\n');
  store.close();
  expect(verifyStore(path)).toMatchObject({ ok: true });
});

import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SegmentStore } from '../../src/journal/contents/segments.js';
import { type VerifyReport, verifyStore } from '../../src/journal/verify.js';
import { openStore } from '../../src/vfs/store/open-store.js';
import { actor, Volume } from './support/volume.js';

let volume: Volume;
beforeEach(async () => {
  volume = new Volume();
  volume.write('/a.md', 'one');
  volume.write('/b.md', 'b');
  volume.write('/a.md', 'two');
  volume.write('/a.md', 'three');
  await volume.store.redact([1], actor);
  volume.store.close();
});
afterEach(() => rmSync(volume.directory, { recursive: true }));

function damaged(...statements: string[]): VerifyReport {
  const database = new Database(volume.path);
  for (const statement of statements) expect(database.prepare(statement).run().changes).toBeGreaterThan(0);
  database.close();
  const report = verifyStore(volume.path);
  return report;
}

test('a sound store with a redaction is good', () => {
  expect(verifyStore(volume.path)).toMatchObject({ ok: true, records: 5, versions: 3 });
});

test.each<[string, number | null, RegExp, ...string[]]>([
  ['a byte of a content', 3, /SHA-256/, `UPDATE pieces SET data = x'00' WHERE data = x'74776f'`],
  ['a content that is gone', 3, /content \d+ is missing/, 'DELETE FROM contents WHERE size = 3'],
  ['a path', 3, /not those that were recorded/, `UPDATE records SET path = x'2f78' WHERE seq = 3`],
  ['a path that is gone', 3, /path is missing/, 'UPDATE records SET path = NULL WHERE seq = 3'],
  ['a time', 3, /chain/, 'UPDATE records SET time_ms = time_ms + 1 WHERE seq = 3'],
  ['a record that is gone', 3, /record 2 is missing/, 'DELETE FROM records WHERE seq = 2'],
  [
    'a content taken away without a record',
    3,
    /no record removed it/,
    'UPDATE records SET salt = NULL, content = NULL WHERE seq = 3',
  ],
  [
    'a content taken away in the name of another redaction',
    3,
    /no record removed it/,
    'UPDATE records SET salt = NULL, content = NULL, removed_by = 5 WHERE seq = 3',
  ],
  ['a redaction that says otherwise', 5, /not those/, `UPDATE records SET removes = x'0103' WHERE seq = 5`],
  [
    'a content that is back',
    1,
    /still there/,
    'UPDATE records SET content = (SELECT max(id) FROM contents) WHERE seq = 1',
  ],
  ['the content of a file', null, /content of record 4/, 'UPDATE inodes SET content = 2 WHERE version = 4'],
  ['the version of a file', null, /newest version/, 'UPDATE inodes SET version = 3 WHERE version = 4'],
  ['the memory of a file', null, /lost its memory/, 'UPDATE inodes SET memory = 9 WHERE version = 4'],
  ['the memory of a name', null, /another memory/, 'UPDATE entries SET memory = 9 WHERE memory = 1'],
  ['a name', null, /not in the tree/, 'DELETE FROM entries WHERE memory = 1'],
  [
    'a conflict that lost a content',
    null,
    /lost its content "mine"/,
    `INSERT INTO refusals (time_ms, mount, agent, session, operation, code, cause, path, ino, mine)
       VALUES (0, 0, '', '', 'close', 'conflict', '', x'2f61', 2, 99)`,
  ],
])('sees damage: %s', (_, seq, problem, ...statements) => {
  const { ok, firstBad } = damaged(...statements);
  expect(ok).toBe(false);
  expect(firstBad).toMatchObject({ seq, problem: expect.stringMatching(problem) });
});

test('an export of a damaged store gives each file the hash that it should have, and goes on', () => {
  const database = new Database(volume.path);
  database.exec(`UPDATE pieces SET data = x'62616421' WHERE data = CAST('three' AS BLOB)`);
  database.exec('DELETE FROM contents WHERE size = 1');
  database.close();
  const store = openStore(volume.path, { maxFileBytes: 1000, unversioned: [] });
  const files = [...store.exportEntries()].map(({ path, size, sha256, chunks }) => {
    const content = Buffer.concat([...chunks!]);
    const isWhole = createHash('sha256').update(content).digest('hex') === sha256;
    return { path: path.toString(), isWhole, hasSize: content.length === size };
  });
  store.close();
  expect(files).toEqual([
    { path: '/a.md', isWhole: false, hasSize: true },
    { path: '/b.md', isWhole: false, hasSize: true },
  ]);
});

test('there is no export of a time before the store was made', () => {
  const store = openStore(volume.path, { maxFileBytes: 1000, unversioned: [] });
  expect(() => [...store.exportEntries('2001-01-01T00:00:00Z')]).toThrow(
    expect.objectContaining({ code: 'not_found' }),
  );
  store.close();
});

test('of a file that grew by appends a damaged line is found, and the first version that has it', () => {
  volume = new Volume();
  for (let n = 0; n < 300; n++) {
    volume[n === 0 ? 'write' : 'append']('/log.md', `line ${n} ${'x'.repeat(2000)}\n`);
    volume[n === 0 ? 'write' : 'append']('/other.md', `${n}\n`);
  }
  volume.store.close();
  const read = vi.spyOn(SegmentStore.prototype, 'read');
  expect(verifyStore(volume.path)).toMatchObject({ ok: true, versions: 600 });
  const bytes = read.mock.calls.reduce((sum, [, , length]) => sum + length, 0);
  read.mockRestore();
  // Each byte once, and not once for each version that has it.
  expect(bytes).toBeLessThan(2 * 300 * 2020);
  const report = damaged(
    `UPDATE pieces SET data = CAST(replace(CAST(data AS TEXT), 'line 200 ', 'LINE 200 ') AS BLOB)
       WHERE CAST(data AS TEXT) LIKE 'line 200 %'`,
  );
  expect(report.firstBad).toMatchObject({ seq: 401, problem: expect.stringMatching(/SHA-256/) });
});

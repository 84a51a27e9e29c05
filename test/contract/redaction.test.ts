import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { actor, Volume } from './support/volume.js';

let volume: Volume;
beforeEach(() => {
  volume = new Volume();
});
afterEach(() => {
  expect(volume.verify()).toMatchObject({ ok: true, firstBad: null });
  volume.destroy();
});

const secret = 'the-password-is-' + 'correct-horse';

/** The files of the store that hold the bytes, read as they lie on the disk. */
function filesWith(bytes: string | Buffer): string[] {
  const directory = dirname(volume.path);
  return readdirSync(directory).filter((name) => readFileSync(join(directory, name)).includes(bytes));
}

const text = (path: string, version?: number): string =>
  Buffer.concat([...volume.store.show(path, version).chunks]).toString();

const redact = (...versions: (string | number)[]) => volume.store.redact(versions, actor);

test('the content of a version is gone from every file of the store', async () => {
  volume.write('/a.md', `${secret}\n`);
  volume.write('/a.md', 'clean\n');
  expect(filesWith(secret)).not.toEqual([]);
  const [version] = [...volume.store.log({})];
  const { records, conflicts, stillIn } = await redact(version!.version!);
  expect(filesWith(secret)).toEqual([]);
  expect({ conflicts, stillIn }).toEqual({ conflicts: 0, stillIn: [] });
  expect(records).toMatchObject([{ operation: 'redacted', path: '/a.md', removes: [1], agent: 'tester' }]);
  const [redacted] = [...volume.store.log({ path: '/a.md' })];
  expect(redacted).toMatchObject({ seq: 1, sha256: null, size: null, removed_by: 3 });
  expect(() => volume.store.show('/a.md', 1)).toThrow(
    expect.objectContaining({
      code: 'gone',
      message: expect.stringMatching(/redacted by tester \(sesn_test\) at .*, record 3/),
    }),
  );
  expect(text('/a.md')).toBe('clean\n');
});

test('neither hash nor salt is left, with which a guess could be confirmed', async () => {
  volume.write('/a.md', secret);
  const hash = createHash('sha256').update(secret).digest();
  const expectation = Buffer.from(hash.toString('hex'));
  volume.fs.setxattr(volume.context(), volume.ino('/a.md'), 'user.memfs.if_match', expectation, 0, false);
  volume.store.write('/a.md', Buffer.from('clean'), { agent: 'other', session: 'sesn_other' });
  await volume.store.sync();
  expect(filesWith(hash)).not.toEqual([]);
  await redact(1);
  expect([filesWith(hash), filesWith(hash.toString('hex'))]).toEqual([[], []]);
  expect(() => volume.write('/a.md', 'not what was expected')).toThrow(
    expect.objectContaining({ code: 'conflict' }),
  );
});

test('every version with the same content goes with it', async () => {
  volume.write('/a.md', secret);
  volume.write('/b.md', secret);
  volume.rename('/b.md', '/c.md');
  volume.write('/a.md', 'a');
  volume.write('/c.md', 'c');
  const { records } = await redact(2);
  expect(records).toMatchObject([{ removes: [1, 2, 3] }]);
  expect(filesWith(secret)).toEqual([]);
});

test.each([
  ['a file has it', '/a.md'],
  ['an unversioned file has it', '/a.md~'],
])('the present content cannot be redacted: %s', async (_, path) => {
  volume.write('/a.md', secret);
  if (path !== '/a.md') volume.rename('/a.md', path);
  await expect(redact(1)).rejects.toMatchObject({
    code: 'conflict',
    hint: expect.stringMatching(/new version/),
  });
  expect(volume.read(path)).toBe(secret);
});

test('a content that is being changed cannot be redacted', async () => {
  volume.write('/a.md', secret);
  const handle = volume.openForWriting('/a.md');
  const plain = { flags: 1, fromCache: false, killPrivileges: false };
  volume.fs.write(volume.context(), handle.ino, handle.handle, 0, Buffer.from('x'), plain);
  volume.store.write('/a.md', Buffer.from('from elsewhere'), actor);
  await expect(redact(1)).rejects.toMatchObject({ code: 'busy' });
  volume.close(handle);
  await expect(redact(1)).resolves.toMatchObject({ records: [{ removes: [1] }] });
});

test('what others still read of a shared segment stays, and is named', async () => {
  volume.write('/log.md', 'first\n');
  volume.append('/log.md', `${secret}\n`);
  volume.append('/log.md', 'third\n');
  volume.write('/log.md', 'new\n');
  const { stillIn } = await redact(2);
  expect(stillIn.map(({ record, bytes }) => [record.seq, bytes])).toEqual([
    [1, 6],
    [3, 6 + secret.length + 1],
  ]);
  expect(text('/log.md', 1)).toBe('first\n');
  expect(text('/log.md', 3)).toBe(`first\n${secret}\nthird\n`);
  expect(filesWith(secret)).not.toEqual([]);
  await redact(3);
  expect(filesWith(secret)).toEqual([]);
  expect(filesWith('third')).toEqual([]);
  expect(text('/log.md', 1)).toBe('first\n');
});

test('a piece that another content reads the beginning of is cut', async () => {
  volume.write('/a.md', `kept ${secret}`);
  volume.fs.setattr(volume.context(), volume.ino('/a.md'), { size: 5 });
  expect(volume.read('/a.md')).toBe('kept ');
  await redact(1);
  expect(filesWith(secret)).toEqual([]);
  expect(volume.read('/a.md')).toBe('kept ');
  volume.append('/a.md', 'on');
  expect(volume.read('/a.md')).toBe('kept on');
});

test('an open file without a name is emptied, and its mount is told', async () => {
  const dropped: number[] = [];
  const notifier = {
    hasExpiry: true,
    invalidateAttributes() {},
    invalidatePages: (ino: number) => Promise.resolve(void dropped.push(ino)),
    expireName: () => Promise.resolve(),
  };
  volume.write('/a.md', secret);
  const ino = volume.ino('/a.md');
  const other = volume.attach(2, notifier);
  const context = { ...volume.context(), connection: 2 };
  other.lookup(context, 1, Buffer.from('a.md'));
  other.open(context, ino, 0, false);
  other.read(context, ino, 0, 0, 100);
  volume.unlink('/a.md');
  await redact(1);
  expect(dropped).toContain(ino);
  expect(filesWith(secret)).toEqual([]);
});

test('a redaction that a crash ended is brought to its end by the next engine', async () => {
  volume.write('/a.md', secret);
  volume.write('/a.md', 'clean');
  await volume.store.sync();
  const reader = new Database(volume.path, { readonly: true });
  reader.exec('BEGIN');
  reader.prepare('SELECT count(*) FROM records').get();
  const redacting = redact(1).catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(filesWith(secret)).not.toEqual([]);
  volume.crash();
  expect([...volume.store.log({})].map(({ operation }) => operation).at(-1)).toBe('redacted');
  await vi.waitFor(() => expect(filesWith(secret)).toEqual([]));
  reader.close();
  await redacting;
});

test('a version that cannot be redacted leaves those before it redacted', async () => {
  volume.write('/a.md', secret);
  volume.write('/a.md', 'now');
  await expect(redact(1, 2)).rejects.toMatchObject({ code: 'conflict' });
  expect(filesWith(secret)).toEqual([]);
  expect(volume.read('/a.md')).toBe('now');
  await expect(redact(1)).resolves.toMatchObject({ records: [{ removes: [1] }] });
});

test('the past copes with it: export, diff, log, restore', async () => {
  volume.write('/a.md', secret);
  volume.write('/b.md', 'b');
  volume.write('/a.md', 'clean');
  await redact(1);
  expect([...volume.store.exportEntries(2)].map(({ path }) => path.toString())).toEqual(['/b.md']);
  const changes = [...volume.store.diff(2, 3)];
  expect(changes).toMatchObject([
    { path: '/a.md', change: 'changed', before: { record: { removed_by: 4 } } },
  ]);
  expect([...volume.store.diff(1, 2)].map(({ path }) => path)).toEqual(['/b.md']);
  expect(() => volume.store.restore('/a.md', 1, actor)).toThrow(expect.objectContaining({ code: 'gone' }));
  expect([...volume.store.log({ path: '/a.md' })].map(({ operation }) => operation)).toEqual([
    'created',
    'modified',
    'redacted',
  ]);
});

test('what is no version cannot be redacted', async () => {
  volume.mkdir('/d');
  await expect(redact(1)).rejects.toMatchObject({ code: 'invalid' });
  await expect(redact(7)).rejects.toMatchObject({ code: 'not_found' });
});

test('a reader of the write-ahead log is waited for', async () => {
  volume.write('/a.md', secret);
  volume.write('/a.md', 'clean');
  await volume.store.sync();
  const reader = new Database(volume.path, { readonly: true });
  reader.exec('BEGIN');
  reader.prepare('SELECT count(*) FROM records').get();
  let done = false;
  const redacting = redact(1).then(() => {
    done = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(done).toBe(false);
  reader.close();
  await redacting;
  expect(filesWith(secret)).toEqual([]);
});

test('copies that SQLite left where rows have moved from are found and wiped', async () => {
  let state = 1;
  const random = (below: number): number => {
    state = (state * 48_271) % 0x7fffffff;
    return state % below;
  };
  // Small files come and go, and grow in the middle of the table: its pages are split and joined.
  for (let i = 0; i < 1500; i++) {
    const name = `/n${random(80)}.tmp`;
    if (i > 300 && random(3) === 0 && volume.exists(name)) volume.unlink(name);
    else if (random(4) === 0) volume.write(`/v${i}.md`, `${secret}-${i} ${'x'.repeat(random(1200))}`);
    else if (random(2) === 0 && volume.exists(name)) volume.append(name, `${'z'.repeat(random(900))}`);
    else volume.write(name, 'y'.repeat(random(3000)));
    if (i % 200 === 199) volume.reopen();
  }
  const versions = [...volume.store.log({})];
  for (const { path } of versions) volume.unlink(path);
  const found: string[] = [];
  for (const { seq, path } of versions.filter((_, i) => i % 3 === 0)) {
    await redact(seq);
    found.push(...filesWith(`${secret}-${path.slice(2, -3)} `).map((name) => `${name} ${path}`));
  }
  expect(found).toEqual([]);
}, 60_000);

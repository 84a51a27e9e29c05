import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { measureSpace } from '../../src/journal/contents/space.js';
import { copyStore, settle } from '../../src/journal/transfer/copy.js';
import { exportHistory } from '../../src/journal/transfer/history-export.js';
import { importHistory } from '../../src/journal/transfer/history-import.js';
import { verifyStore } from '../../src/journal/verify.js';
import { openStore } from '../../src/vfs/store/open-store.js';
import type { Store, StoreView } from '../../src/vfs/store.js';
import { actor, options, Volume } from './support/volume.js';

let volume: Volume;
let target: string;
beforeEach(async () => {
  volume = new Volume();
  target = join(volume.directory, 'other.db');
  await tell();
});
afterEach(() => rmSync(volume.directory, { recursive: true }));

const binary = Buffer.from(Array.from({ length: 256 }, (_, i) => i));

/** A bit of everything that history knows. */
async function tell(): Promise<void> {
  const { fs } = volume;
  volume.mkdir('/d');
  volume.write('/d/a.md', 'one\n');
  volume.append('/d/a.md', 'two\n');
  volume.write('/binary', binary);
  fs.setattr(volume.context(), volume.ino('/binary'), { mode: 0o100600 });
  fs.symlink(volume.context(), 1, Buffer.from('link'), Buffer.from('d/a.md'));
  fs.link(volume.context(), volume.ino('/d/a.md'), 1, Buffer.from('hard.md'));
  fs.create(volume.context(), 1, Buffer.from([0xff, 0xfe, 0x61]), 0o100644, 1);
  volume.rename('/d', '/e');
  volume.write('/gone.md', 'gone');
  volume.unlink('/gone.md');
  volume.write('/large.bin', Buffer.alloc(600_000, 'abc'));
  volume.append('/large.bin', 'more');
  fs.setattr(volume.context(), volume.ino('/large.bin'), { size: 2_000_000 });
  fs.setxattr(volume.context(), volume.ino('/binary'), 'user.colour', Buffer.from('red'), 0, false);
  volume.write('/scratch.tmp', 'unversioned');
  volume.write('/secret.md', 'a secret');
  volume.write('/secret.md', 'none');
  const log = [...volume.store.log({ path: '/secret.md' })];
  await volume.store.redact([log[0]!.seq], actor);
  volume.store.createBranch('dropped', actor);
  volume.store.branch('dropped').write('/binary', Buffer.from('text'), actor);
  volume.store.dropBranch('dropped', actor);
  volume.store.createBranch('dream-1', actor);
  const branch = volume.store.branch('dream-1');
  branch.write('/binary', Buffer.from('dreamt'), actor);
  branch.move('/large.bin', '/e/moved.bin', actor);
  branch.remove('/secret.md', actor);
  volume.write('/binary', 'of main');
  volume.reopen();
  volume.store.retainConnections(new Set());
}

/** What can be seen of a store: its journal, every version, and the tree at each moment. */
function seen(store: Store): unknown {
  const branches = store.branches();
  return { branches, views: branches.map(({ name }) => seenOn(store.branch(name))) };
}

function seenOn(store: StoreView): unknown {
  const log = [...store.log({})];
  const trees = log.map(({ seq }) =>
    [...store.exportEntries(seq)].map(({ chunks, ...entry }) => ({
      ...entry,
      content: chunks === undefined ? null : Buffer.concat([...chunks]).toString('base64'),
    })),
  );
  return { log: log.map(({ memory: _, version: __, ...record }) => record), trees };
}

const opened = <T>(path: string, look: (store: Store) => T): T => {
  const store = openStore(path, options);
  try {
    return look(store);
  } finally {
    store.close();
  }
};

const expected = (): unknown => opened(volume.path, seen);

test('a history that goes out and comes in is the same', () => {
  volume.store.close();
  const lines = [...exportHistory(volume.path)];
  importHistory(
    target,
    lines.map((line) => line.trimEnd()),
  );
  expect(settle(target, null).id).toBe('memstore_abcdefghijkmnpqrstuvwxyz');
  const [before, after] = [verifyStore(volume.path), verifyStore(target)];
  expect(after).toMatchObject({ ok: true, firstBad: null, chain: before.chain, head: before.head });
  expect(opened(target, seen)).toEqual(expected());
  expect([...exportHistory(target)]).toEqual(lines);
});

test('a store that came in goes on', () => {
  volume.store.close();
  importHistory(target, exportHistory(volume.path));
  const record = opened(target, (store) => {
    store.write('/e/a.md', Buffer.from('three\n'), actor);
    return store.write('/new.md', Buffer.from('new'), actor);
  });
  expect(record.seq).toBeGreaterThan(2);
  expect(verifyStore(target)).toMatchObject({ ok: true });
});

test('what several contents share is in the file once', () => {
  volume.store.close();
  const data = [...exportHistory(volume.path)].filter((line) => line.startsWith('{"data"'));
  const bytes = data.reduce((sum, line) => sum + line.length, 0);
  expect(bytes).toBeLessThan((600_000 + 256 * 1024 + 5000) * (4 / 3) * 1.1);
});

test.each<[string, RegExp, (lines: string[]) => string[]]>([
  ['a byte of a content', /SHA-256/, (lines) => replaced(lines, /"data":"[^"]/, '"data":"A')],
  ['a chain', /lines are missing/, (lines) => replaced(lines, /"chain":"[0-9a-f]/, '"chain":"-')],
  ['a record', /missing/, (lines) => without(lines, '{"record"')],
  ['a content', /.*/, (lines) => without(lines, '{"content"')],
  ['the end', /end/, (lines) => lines.slice(0, -1)],
  ['the beginning', /begins/, (lines) => lines.slice(1)],
  ['a column', /proper "mode"/, (lines) => replaced(lines, /"mode":\d+,/, '')],
  ['the form', /JSON/, (lines) => ['not JSON', ...lines]],
  ['another format', /format 9/, (lines) => replaced(lines, /"memfsd_history":2/, '"memfsd_history":9')],
])('refuses a file that lacks %s', (_, problem, change) => {
  volume.store.close();
  const lines = change([...exportHistory(volume.path)]);
  expect(() => importHistory(target, lines)).toThrow(
    expect.objectContaining({ code: 'invalid', message: expect.stringMatching(problem) }),
  );
});

test('a path that was changed in the file is seen by the verification', () => {
  volume.store.close();
  const lines = [...exportHistory(volume.path)];
  importHistory(target, replaced(lines, /("record":.*"path":")[^"]*/, '$1L3h4'));
  expect(verifyStore(target)).toMatchObject({ ok: false, firstBad: { seq: 1 } });
});

test('a copy is the store without what passes, made while it is written to', () => {
  const handle = volume.openForWriting('/open.md');
  const plain = { flags: 1, fromCache: false, killPrivileges: false };
  volume.fs.write(volume.context(), handle.ino, handle.handle, 0, Buffer.from('not yet committed'), plain);
  volume.store.statistics();
  copyStore(volume.path, target, 'memstore_zzzzzzzzzzzzzzzzzzzzzzzz');
  volume.close(handle);
  expect(verifyStore(target)).toMatchObject({ ok: true });
  const copy = opened(target, (store) => ({ id: store.id, log: [...store.log({})].length }));
  expect(copy.id).toBe('memstore_zzzzzzzzzzzzzzzzzzzzzzzz');
  expect(copy.log).toBe([...volume.store.log({})].length - 1);
  volume.store.close();
});

test('space is counted once, for the first that has it', () => {
  volume.store.close();
  const { living, unversioned, history, conflicts, redacted, pruned } = measureSpace(volume.path);
  const large = 600_000 + 'more'.length;
  const present = 'one\ntwo\n'.length + 256 + 'none'.length;
  expect(living).toBeGreaterThanOrEqual(large + present);
  expect({ unversioned, history, conflicts, redacted, pruned }).toEqual({
    unversioned: 'unversioned'.length,
    history: 'gone'.length + 'text'.length + binary.length,
    conflicts: 0,
    redacted: 1,
    pruned: 0,
  });
});

function replaced(lines: readonly string[], pattern: RegExp, by: string): string[] {
  const at = lines.findIndex((line) => pattern.test(line));
  expect(at).toBeGreaterThanOrEqual(0);
  return lines.map((line, index) => (index === at ? line.replace(pattern, by) : line));
}

function without(lines: readonly string[], beginning: string): string[] {
  const at = lines.findIndex((line) => line.startsWith(beginning));
  return lines.filter((_, index) => index !== at);
}

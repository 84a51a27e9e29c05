import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FileSystem, OpenReply } from '../../src/vfs/filesystem.js';
import type { MountView } from '../../src/vfs/store.js';
import { actor, Volume } from './support/volume.js';

let volume: Volume;

beforeEach(() => {
  volume = new Volume();
});
afterEach(() => {
  expect(volume.verify()).toMatchObject({ ok: true });
  volume.destroy();
});

/** Attaches a mount of which only some of the view is of interest. */
function attach(view: Partial<MountView> & { connection: number }): FileSystem {
  const notifier = {
    hasExpiry: true,
    invalidateAttributes() {},
    invalidatePages: () => Promise.resolve(),
    expireName: () => Promise.resolve(),
  };
  const scope = { mode: 'read_write', rules: [] } as const;
  return volume.store.attach(
    { actor, scope, precondition: 'observed', onConflict: 'refuse', ...view },
    notifier,
  );
}

async function open(path: string, fs = volume.fs): Promise<OpenReply & { ino: number }> {
  const ino = inoOf(path, fs);
  return { ino, ...(await fs.open(volume.context(), ino, 0, false)) };
}

function inoOf(path: string, fs = volume.fs): number {
  let ino = 1;
  for (const name of path.split('/').filter((part) => part !== '')) {
    const found = fs.lookup(volume.context(), ino, Buffer.from(name));
    if (found.attr === null) throw new Error(`no ${path}`);
    ino = found.attr.ino;
  }
  return ino;
}

/** The whole of a file, read as a kernel reads it: until there is no more. */
async function cat(path: string, fs = volume.fs): Promise<string> {
  const { ino, handle } = await open(path, fs);
  const pieces: Uint8Array[] = [];
  for (let offset = 0; ; ) {
    const part = Buffer.concat([...(await fs.read(volume.context(), ino, handle, offset, 4096))]);
    if (part.length === 0) break;
    offset += part.length;
    pieces.push(part);
  }
  await fs.release(volume.context(), ino, handle, null);
  return Buffer.concat(pieces).toString();
}

function ls(path: string, fs = volume.fs): string[] {
  const names: string[] = [];
  const add = (name: Buffer): boolean => names.push(name.toString()) > 0;
  fs.readdir(volume.context(), inoOf(path, fs), 0, 0, true, { add });
  return names.slice(2);
}

const sizeOf = (path: string, fs = volume.fs): number =>
  fs.getattr(volume.context(), inoOf(path, fs), null).attr.size;

const jsonLines = (text: string): Record<string, unknown>[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('the name .memfs', () => {
  test('is found, and not listed', () => {
    volume.write('/a.md', 'one');
    expect(volume.list('/')).toEqual(['a.md']);
    expect(ls('/.memfs')).toEqual([
      'README.md',
      'status.json',
      'errors.jsonl',
      'log.jsonl',
      'history',
      'at',
      'blame',
      'conflicts',
      'dreams',
    ]);
  });

  test('cannot be taken, moved or removed', () => {
    volume.write('/a.md', 'one');
    expect(() => volume.mkdir('/.memfs')).toThrow(/reserved/);
    expect(() => volume.fs.create(volume.context(), 1, Buffer.from('.memfs'), 0o644, 1)).toThrow(/reserved/);
    expect(() => volume.link('/a.md', '/.memfs')).toThrow(/reserved/);
    expect(() => volume.rename('/a.md', '/.memfs')).toThrow(/can be changed/);
    expect(() => volume.rename('/.memfs', '/b')).toThrow(/can be changed/);
    expect(() => volume.unlink('/.memfs')).toThrow(/can be changed/);
    expect(() => volume.store.write('/.memfs/x', Buffer.from('x'), actor)).toThrow(/reserved/);
    expect(volume.journal()).toEqual(['created /a.md']);
  });

  test('holds nothing that can be changed', async () => {
    volume.write('/a.md', 'one');
    const { fs } = volume;
    const context = volume.context();
    const [file, directory] = [inoOf('/.memfs/at/1/a.md'), inoOf('/.memfs/at/1')];
    const name = Buffer.from('new');
    for (const attempt of [
      () => fs.open(context, file, 1, false),
      () => fs.open(context, file, 0o1000, false),
      () => fs.setattr(context, file, { size: 0 }),
      () => fs.create(context, directory, name, 0o644, 1),
      () => fs.mkdir(context, directory, name, 0o755),
      () => fs.unlink(context, directory, Buffer.from('a.md')),
      () => fs.rename(context, 1, Buffer.from('a.md'), directory, name, 0),
      () => fs.rename(context, directory, Buffer.from('a.md'), 1, name, 0),
      () => fs.link(context, file, 1, name),
      () => fs.setxattr(context, file, 'user.x', name, 0, false),
    ])
      expect(attempt).toThrow(expect.objectContaining({ code: 'read_only' }));
    expect(await cat('/.memfs/at/1/a.md')).toBe('one');
  });
});

describe('at/', () => {
  test('shows the tree as it was, by number and by time', async () => {
    volume.mkdir('/d');
    volume.write('/d/a.md', 'one');
    const time = [...volume.store.log({})].at(-1)!.time;
    await new Promise((resolve) => setTimeout(resolve, 5));
    volume.write('/d/a.md', 'second');
    volume.rename('/d', '/e');
    expect(ls('/.memfs/at')).toEqual([]);
    expect([ls('/.memfs/at/2'), ls('/.memfs/at/2/d')]).toEqual([['d'], ['a.md']]);
    expect(await cat('/.memfs/at/2/d/a.md')).toBe('one');
    expect(await cat(`/.memfs/at/${time}/d/a.md`)).toBe('one');
    expect(await cat('/.memfs/at/4/e/a.md')).toBe('second');
    expect(sizeOf('/.memfs/at/4/e/a.md')).toBe(6);
    expect(() => inoOf('/.memfs/at/5')).toThrow(/no /);
    expect(() => inoOf('/.memfs/at/2999-01-01T00:00:00Z')).toThrow(/no /);
    expect(() => inoOf('/.memfs/at/yesterday')).toThrow(/no /);
  });

  test('is what a mount of the past shows as its root', async () => {
    volume.write('/a.md', 'one');
    volume.write('/a.md', 'two');
    const past = attach({ connection: 7, at: 1 });
    expect(ls('/', past)).toEqual(['a.md']);
    expect(await cat('/a.md', past)).toBe('one');
    expect(await cat('/.memfs/at/2/a.md', past)).toBe('two');
    expect(() => past.open(volume.context(), inoOf('/a.md', past), 1, false)).toThrow(/can be changed/);
    past.destroy();
  });
});

describe('history/', () => {
  test('has every version as a file, over renames, and of what was deleted', async () => {
    volume.write('/a.md', 'one');
    volume.write('/a.md', 'two');
    volume.rename('/a.md', '/b.md');
    volume.mkdir('/d');
    volume.write('/d/gone.md', 'gone');
    volume.unlink('/d/gone.md');
    expect(ls('/.memfs/history')).toEqual(['b.md', 'd']);
    expect(ls('/.memfs/history/b.md')).toEqual([
      '000000001-created-tester',
      '000000002-modified-tester',
      '000000003-renamed-tester',
    ]);
    expect(await cat('/.memfs/history/b.md/000000001-created-tester')).toBe('one');
    expect(ls('/.memfs/history/d/gone.md')).toEqual(['000000005-created-tester', '000000006-deleted-tester']);
    expect(await cat('/.memfs/history/d/gone.md/000000005-created-tester')).toBe('gone');
    expect(() => inoOf('/.memfs/history/b.md/000000001-created-somebody')).toThrow(/no /);
    expect(() => inoOf('/.memfs/history/a.md')).toThrow(/no /);
  });

  test('goes on with a memory that was replaced, and keeps a directory that is gone', () => {
    volume.write('/note.md', 'one');
    volume.write('/new.md', 'two');
    volume.rename('/new.md', '/note.md');
    volume.mkdir('/d');
    volume.write('/d/x.md', 'x');
    volume.unlink('/d/x.md');
    volume.fs.rmdir(volume.context(), 1, Buffer.from('d'));
    expect(ls('/.memfs/history')).toEqual(['note.md', 'new.md', 'd']);
    expect(ls('/.memfs/history/note.md')).toEqual(['000000001-created-tester', '000000004-modified-tester']);
    expect(ls('/.memfs/history/d')).toEqual(['x.md']);
  });
});

describe('blame/', () => {
  test('names the version of each line', async () => {
    volume.write('/a.md', 'first\nsecond\nthird\n');
    volume.write('/a.md', 'first\nSECOND\nthird\nfourth');
    const lines = (await cat('/.memfs/blame/a.md')).split('\n');
    expect(lines.map((line) => line.replace(/ {2}\d{4}-.*Z/, ''))).toEqual([
      '1  tester  sesn_test | first',
      '2  tester  sesn_test | SECOND',
      '1  tester  sesn_test | third',
      '2  tester  sesn_test | fourth',
      '',
    ]);
    volume.write('/b.bin', Buffer.from([1, 0, 2]));
    expect(await cat('/.memfs/blame/b.bin')).toMatch(/^\/b.bin: .*binary/);
  });
});

describe('blame', () => {
  test('follows lines over many versions as a slow comparison does', async () => {
    const random = (() => {
      let state = 42;
      return (below: number) => {
        state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
        return state % below;
      };
    })();
    let lines: { text: string; seq: number }[] = [];
    for (let seq = 1; seq <= 120; seq++) {
      const at = random(lines.length + 1);
      // Each text is new, so that there is one answer only.
      const added = Array.from({ length: 1 + random(3) }, (_, i) => ({ text: `${seq}.${i}`, seq }));
      lines = [...lines.slice(0, at), ...added, ...lines.slice(at + random(3))];
      volume.write('/a.md', lines.map(({ text }) => text).join('\n') + (random(2) === 0 ? '\n' : ''));
      lines = retold(lines, await volume.store.blame('/a.md'));
    }
    const fresh = await volume.store.blame('/a.md', 120);
    expect(fresh.map(({ text, seq }) => ({ text, seq }))).toEqual(lines);
    expect((await volume.store.blame('/a.md', 1)).every(({ seq }) => seq === 1)).toBe(true);
  });
});

/** A last line that gets its end is another line: what blame says of it is right. */
function retold(
  lines: readonly { text: string; seq: number }[],
  told: readonly { text: string; seq: number }[],
): { text: string; seq: number }[] {
  expect(told.map(({ text }) => text)).toEqual(lines.map(({ text }) => text));
  const ends = new Set(told.filter(({ seq }) => seq === Math.max(...told.map((line) => line.seq))));
  return lines.map((line, index) => {
    if (!ends.has(told[index]!)) expect(told[index]!.seq).toBe(line.seq);
    return { text: line.text, seq: told[index]!.seq };
  });
}

describe('log.jsonl', () => {
  test('says what memfsd log says, and grows', async () => {
    volume.write('/a.md', 'one');
    const first = sizeOf('/.memfs/log.jsonl');
    for (let i = 0; i < 600; i++) volume.write('/a.md', `${i}`);
    const text = await cat('/.memfs/log.jsonl');
    expect(jsonLines(text)).toEqual([...volume.store.log({})]);
    expect([first < text.length, sizeOf('/.memfs/log.jsonl')]).toEqual([true, text.length]);
    const { ino, handle } = await open('/.memfs/log.jsonl');
    const part = await volume.fs.read(volume.context(), ino, handle, 123_456, 1000);
    expect(Buffer.concat([...part]).toString()).toBe(text.slice(123_456, 124_456));
  });

  test('keeps what it has measured for the next engine', async () => {
    // More than one call measures.
    for (let i = 0; i < 1700; i++) volume.write('/a.md', `${i}`);
    expect(sizeOf('/.memfs/log.jsonl')).toBe(0);
    const size = (await cat('/.memfs/log.jsonl')).length;
    await volume.store.sync();
    volume.crash();
    expect(sizeOf('/.memfs/log.jsonl')).toBe(size);
  });

  test('is measured again when a redaction has changed its lines', async () => {
    for (let i = 0; i < 300; i++) volume.write('/a.md', `${i}`);
    const before = await cat('/.memfs/log.jsonl');
    await volume.store.redact([1], actor);
    const after = await cat('/.memfs/log.jsonl');
    expect(jsonLines(after)).toEqual([...volume.store.log({})]);
    expect(after.startsWith(before.slice(0, 2000))).toBe(false);
    expect(sizeOf('/.memfs/log.jsonl')).toBe(after.length);
  });
});

describe('events', () => {
  test('waits for the next record, and goes on where it was after the engine died', async () => {
    volume.write('/a.md', 'one');
    const { ino, handle, ...flags } = await open('/.memfs/events');
    expect(flags).toMatchObject({ directIo: true });
    const read = (offset: number): Promise<Uint8Array[]> =>
      volume.fs.read(volume.context(), ino, handle, offset, 4096) as Promise<Uint8Array[]>;
    const waiting = read(0);
    volume.write('/a.md', 'two');
    const first = Buffer.concat(await waiting).toString();
    expect(jsonLines(first)).toMatchObject([{ seq: 2, operation: 'modified' }]);
    volume.write('/a.md', 'three');
    volume.crash();
    const second = Buffer.concat(await read(first.length)).toString();
    expect(jsonLines(second)).toMatchObject([{ seq: 3 }]);
    expect(Buffer.concat(await read(first.length - 10)).toString()).toBe(first.slice(-10) + second);
  });

  test('lets go of a reader who is interrupted, or whose mount ends', async () => {
    const { ino, handle } = await open('/.memfs/events');
    const context = volume.context();
    const interrupted = volume.fs.read(context, ino, handle, 0, 10) as Promise<unknown>;
    expect(context.waitsForOthers).toBe(true);
    volume.fs.interrupt(context.unique);
    await expect(interrupted).rejects.toMatchObject({ code: 'interrupted' });
    const other = attach({ connection: 2 });
    const file = await open('/.memfs/events', other);
    const ended = other.read(volume.context(), file.ino, file.handle, 0, 10) as Promise<unknown>;
    other.destroy();
    await expect(ended).rejects.toMatchObject({ code: 'interrupted' });
  });
});

describe('what it says of the mount', () => {
  test('is in status.json and README.md', async () => {
    volume.write('/a.md', 'one');
    volume.write('/a.tmp', 'scratch');
    const status = JSON.parse(await cat('/.memfs/status.json')) as Record<string, unknown>;
    expect(status).toMatchObject({
      store: { id: volume.store.id },
      agent: 'tester',
      session: 'sesn_test',
      head: { seq: 1 },
      scope: 'read_write',
      precondition: 'observed',
      unversioned: ['/a.tmp'],
      recent_refusals: [],
    });
    const readme = await cat('/.memfs/README.md');
    expect(readme.split('\n').length).toBeLessThan(60);
    expect(sizeOf('/.memfs/README.md')).toBe(Buffer.byteLength(readme));
  });
});

describe('node ids', () => {
  test('outlive the engine, and go with the connection', () => {
    volume.write('/a.md', 'one');
    const ino = inoOf('/.memfs/at/1/a.md');
    volume.crash();
    expect(volume.fs.getattr(volume.context(), ino, null).attr.size).toBe(3);
    volume.fs.forget(ino, 1);
    expect(volume.fs.getattr(volume.context(), ino, null).attr.size).toBe(3);
    volume.fs.destroy();
    volume.fs = volume.attach();
    expect(() => volume.fs.getattr(volume.context(), ino, null)).toThrow(/no node/);
  });

  test('are given up when the kernel forgets them', () => {
    volume.write('/a.md', 'one');
    const ino = inoOf('/.memfs/at/1/a.md');
    volume.fs.forget(ino, 1);
    expect(() => volume.fs.getattr(volume.context(), ino, null)).toThrow(/no node/);
  });

  test('are given out by a damaged store too', async () => {
    volume.write('/a.md', 'one');
    volume.store.setDamaged('for the test');
    expect(await cat('/.memfs/at/1/a.md')).toBe('one');
    expect(JSON.parse(await cat('/.memfs/status.json'))).toMatchObject({ damaged: 'for the test' });
    volume.store.setDamaged(null);
  });
});

describe('under a scope', () => {
  test('what is hidden is nowhere', async () => {
    volume.mkdir('/open');
    volume.mkdir('/secret');
    volume.write('/secret/a.md', 'hidden');
    volume.rename('/secret/a.md', '/open/a.md');
    volume.write('/open/b.md', 'b');
    volume.rename('/open/b.md', '/secret/b.md');
    const rules = [{ pattern: 'open/**', access: 'ro' } as const];
    const fs = attach({ connection: 3, scope: { mode: 'read_write', rules } });
    expect(ls('/.memfs/at/6', fs)).toEqual(['open']);
    expect(() => inoOf('/.memfs/at/6/secret', fs)).toThrow(/no /);
    expect(ls('/.memfs/history', fs)).toEqual(['open']);
    expect(ls('/.memfs/history/open/a.md', fs)).toEqual(['000000004-renamed-tester']);
    expect(ls('/.memfs/blame', fs)).toEqual(['open']);
    const log = jsonLines(await cat('/.memfs/log.jsonl', fs));
    expect(log.map(({ operation, path, previous_path }) => [operation, path, previous_path])).toEqual([
      ['mkdir', '/open', null],
      ['renamed', '/open/a.md', null],
      ['created', '/open/b.md', null],
      ['deleted', '/open/b.md', null],
    ]);
    const { ino, handle } = await open('/.memfs/events', fs);
    const waiting = fs.read(volume.context(), ino, handle, 0, 4096) as Promise<Uint8Array[]>;
    volume.write('/secret/c.md', 'c');
    await new Promise(setImmediate);
    volume.write('/open/c.md', 'c');
    expect(jsonLines(Buffer.concat(await waiting).toString())).toMatchObject([{ path: '/open/c.md' }]);
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Change } from '../../src/dream/edit.js';
import { Dreaming, edit, reviewer } from './support/dreaming.js';

const all = { edits: null, except: null };
const append = (path: string, text: string): Change => ({ op: 'append', path, text });
const replace = (path: string, old: string, by: string): Change => ({
  op: 'replace',
  path,
  old,
  new: by,
  line: 1,
});

let dreaming: Dreaming;
beforeEach(() => {
  dreaming = new Dreaming();
  dreaming.write('/a.md', 'a one\na two\na three\n');
  dreaming.write('/b.md', 'b\n');
  dreaming.write('/c.md', 'c\n');
});
afterEach(() => dreaming.close());

/** A staged dream with an edit for each list of changes. */
async function staged(...changes: Change[][]): Promise<string> {
  dreaming.propose = () => changes.map((each) => edit({ changes: each }));
  const dream = await dreaming.dream();
  expect(dream.status).toBe('staged');
  return dream.id;
}

/** Directories that hold nothing are part of it. */
function tree(): Record<string, string> {
  const entries = [...dreaming.store.exportEntries()].map(({ path, chunks }) => ({
    path: path.toString(),
    text: chunks === undefined ? 'directory' : Buffer.concat([...chunks]).toString(),
  }));
  const isEmpty = (directory: string): boolean =>
    entries.every(({ path }) => !path.startsWith(`${directory}/`));
  return Object.fromEntries(
    entries
      .filter(({ path, text }) => text !== 'directory' || isEmpty(path))
      .map(({ path, text }) => [path, text]),
  );
}

const asItWas = { '/a.md': 'a one\na two\na three\n', '/b.md': 'b\n', '/c.md': 'c\n' };
const author = (path: string) => {
  const [record] = dreaming.store.log({ path, reverse: true, limit: 1 });
  return { agent: record!.agent, session: record!.session };
};
const branches = (): string[] => dreaming.store.branches().map(({ name }) => name);
const states = (id: string) => dreaming.dreams.edits.of(id).map(({ state }) => state);

describe('apply', () => {
  it('writes all of it, put down to the dream, and drops the branch', async () => {
    const id = await staged(
      [append('/a.md', 'a four\n')],
      [{ op: 'remove', path: '/b.md' }],
      [{ op: 'move', path: '/c.md', to: '/d/c.md' }],
      [{ op: 'create', path: '/new.md', text: 'new\n' }],
    );
    const memory = dreaming.store.show('/c.md').record.memory;
    const outcome = await dreaming.service.apply(id, all, reviewer);
    expect(outcome).toMatchObject({ id, status: 'applied', applied: [1, 2, 3, 4], left_out: [] });
    expect(tree()).toEqual({
      '/a.md': 'a one\na two\na three\na four\n',
      '/d/c.md': 'c\n',
      '/new.md': 'new\n',
    });
    expect(author('/a.md')).toEqual({ agent: 'dream', session: id });
    expect(dreaming.store.show('/d/c.md').record.memory).toBe(memory);
    expect(branches()).toEqual(['main']);
    expect(dreaming.service.show(id)).toMatchObject({ branch: null, counts: { applied: 4 } });
    await expect(dreaming.service.apply(id, all, reviewer)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('writes over nothing that is not text', async () => {
    const id = await staged(
      [
        { op: 'create', path: '/new.md', text: 'new\n' },
        { op: 'remove', path: '/a.md' },
      ],
      [{ op: 'move', path: '/c.md', to: '/there.md' }],
      [append('/b.md', 'b two\n')],
    );
    const bytes = Buffer.from([0xff, 0xfe, 0]);
    for (const path of ['/new.md', '/there.md', '/b.md'])
      dreaming.store.write(path, bytes, { agent: 'ada', session: 'sesn_ada' });
    const outcome = await dreaming.service.apply(id, all, reviewer);
    expect(outcome.left_out.map(({ n }) => n)).toEqual([1, 2, 3]);
    for (const path of ['/new.md', '/there.md', '/b.md'])
      expect(Buffer.concat([...dreaming.store.show(path).chunks]), path).toEqual(bytes);
    expect(tree()).toMatchObject({ '/a.md': asItWas['/a.md'], '/c.md': 'c\n' });
  });

  it('says which of the changes of a reviewer it cannot take', async () => {
    const id = await staged([append('/a.md', 'a four\n')]);
    dreaming.store.branch(id).write('/chart.png', Buffer.from([0xff, 0xfe, 0]), reviewer);
    const { status, paths } = await dreaming.service.apply(id, all, reviewer);
    expect(status).toBe('applied');
    expect(paths).toContainEqual({
      path: '/chart.png',
      outcome: 'left_out',
      reason: expect.stringContaining('not text'),
    });
  });

  it('takes some now and the others later', async () => {
    const id = await staged([append('/a.md', 'x\n')], [append('/b.md', 'x\n')], [append('/c.md', 'x\n')]);
    const first = await dreaming.service.apply(id, { edits: [2], except: null }, reviewer);
    expect(first).toMatchObject({ status: 'staged', applied: [2] });
    expect(tree()).toEqual({ ...asItWas, '/b.md': 'b\nx\n' });
    const unknown = dreaming.service.apply(id, { edits: [2], except: null }, reviewer);
    await expect(unknown).rejects.toMatchObject({ code: 'conflict' });
    const nowhere = dreaming.service.apply(id, { edits: [9], except: null }, reviewer);
    await expect(nowhere).rejects.toMatchObject({ code: 'not_found' });
    const second = await dreaming.service.apply(id, all, reviewer);
    expect(second).toMatchObject({ status: 'applied', applied: [1, 3], reviewed: [] });
    expect(tree()).toEqual({ '/a.md': `${asItWas['/a.md']}x\n`, '/b.md': 'b\nx\n', '/c.md': 'c\nx\n' });
  });

  it("writes a reviewer's changes once, whatever becomes of them later", async () => {
    const id = await staged([append('/a.md', 'x\n')], [append('/b.md', 'x\n')]);
    const branch = dreaming.store.branch(id);
    branch.write('/c.md', Buffer.from('c\nchecked\n'), reviewer);
    const first = await dreaming.service.apply(id, { edits: [1], except: null }, reviewer);
    expect(first.reviewed).toEqual(['/c.md']);
    dreaming.write('/c.md', 'c\n');
    branch.write('/b.md', Buffer.from('b\nx\nlater\n'), reviewer);
    const second = await dreaming.service.apply(id, all, reviewer);
    expect(second).toMatchObject({ status: 'applied', reviewed: ['/b.md'] });
    expect(tree()).toEqual({ '/a.md': `${asItWas['/a.md']}x\n`, '/b.md': 'b\nx\nlater\n', '/c.md': 'c\n' });
  });

  it('rejects what is excepted: it is not proposed again', async () => {
    const id = await staged([append('/a.md', 'x\n')], [append('/b.md', 'x\n')]);
    const outcome = await dreaming.service.apply(id, { edits: null, except: [1] }, reviewer);
    expect(outcome).toMatchObject({ status: 'partly_applied', applied: [2], rejected: [1] });
    expect(tree()).toEqual({ ...asItWas, '/b.md': 'b\nx\n' });
    expect(dreaming.dreams.rejections.of(dreaming.storeId).size).toBe(1);
  });

  it("takes the reviewer's own changes, put down to the reviewer", async () => {
    const id = await staged([replace('/a.md', 'a two', 'a 2')], [append('/b.md', 'x\n')]);
    const branch = dreaming.store.branch(id);
    const rob = { agent: 'rob', session: 'sesn_rob' };
    branch.write('/a.md', Buffer.from('a one\na 2 (checked)\na three\n'), rob);
    branch.write('/c.md', Buffer.from('c by rob\n'), rob);
    const outcome = await dreaming.service.apply(id, { edits: null, except: [2] }, reviewer);
    expect(outcome).toMatchObject({ applied: [1, 3], rejected: [2], reviewed: ['/a.md', '/c.md'] });
    expect(tree()).toEqual({
      '/a.md': 'a one\na 2 (checked)\na three\n',
      '/b.md': 'b\n',
      '/c.md': 'c by rob\n',
    });
    const blame = await dreaming.store.blame('/a.md');
    expect(blame.map(({ agent }) => agent)).toEqual(['ada', 'rob', 'ada']);
    const [last, first] = [...dreaming.store.log({ path: '/a.md', reverse: true, limit: 2 })];
    expect([first!.session, last!.session]).toEqual([id, 'sesn_rob']);
    expect(author('/c.md')).toEqual(rob);
  });

  it('merges with what main has made of a memory meanwhile, and leaves out what cannot be', async () => {
    const id = await staged([replace('/a.md', 'a three', 'a 3')], [replace('/b.md', 'b', 'dream')]);
    dreaming.write('/a.md', 'a ONE\na two\na three\n');
    dreaming.write('/b.md', 'other\n');
    const outcome = await dreaming.service.apply(id, all, reviewer);
    expect(outcome).toMatchObject({ status: 'partly_applied', applied: [1], left_out: [{ n: 2 }] });
    expect(tree()).toEqual({ '/a.md': 'a ONE\na two\na 3\n', '/b.md': 'other\n', '/c.md': 'c\n' });
  });
});

describe('reject', () => {
  it('leaves the store as it was, drops the branch, and remembers', async () => {
    const id = await staged([append('/a.md', 'x\n')], [append('/b.md', 'x\n')]);
    expect(await dreaming.service.reject(id, { edits: [1], except: null })).toMatchObject({
      status: 'staged',
      rejected: [1],
    });
    expect(await dreaming.service.reject(id, all)).toMatchObject({ status: 'rejected', rejected: [2] });
    expect(tree()).toEqual(asItWas);
    expect(branches()).toEqual(['main']);
    expect(dreaming.dreams.rejections.of(dreaming.storeId).size).toBe(2);
    await expect(dreaming.service.reject(id, all)).rejects.toMatchObject({ code: 'conflict' });
  });
});

describe('revert', () => {
  it('takes everything back as it was', async () => {
    const id = await staged(
      [append('/a.md', 'x\n')],
      [{ op: 'remove', path: '/b.md' }],
      [{ op: 'move', path: '/c.md', to: '/d/e/c.md' }],
      [{ op: 'create', path: '/made/new.md', text: 'new\n' }],
    );
    await dreaming.service.apply(id, { edits: [2], except: null }, reviewer);
    await dreaming.service.apply(id, all, reviewer);
    const outcome = await dreaming.service.revert(id, reviewer);
    expect(outcome).toMatchObject({ status: 'reverted' });
    expect(tree()).toEqual(asItWas);
    expect(author('/a.md')).toEqual(reviewer);
    expect(new Set(states(id))).toEqual(new Set(['reverted']));
    await expect(dreaming.service.revert(id, reviewer)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('keeps what was written later', async () => {
    const id = await staged([replace('/a.md', 'a one', 'a 1')], [append('/b.md', 'x\n')]);
    await dreaming.service.apply(id, all, reviewer);
    dreaming.write('/a.md', 'a 1\na two\na later three\n');
    dreaming.write('/b.md', 'all new\n');
    const { paths } = await dreaming.service.revert(id, reviewer);
    expect(tree()).toEqual({
      '/a.md': 'a one\na two\na later three\n',
      '/b.md': 'all new\n',
      '/c.md': 'c\n',
    });
    expect(paths).toContainEqual({
      path: '/b.md',
      outcome: 'left_out',
      reason: expect.stringContaining('/b.md'),
    });
  });

  it('needs nothing of the history', async () => {
    const id = await staged([append('/a.md', 'x\n')], [{ op: 'remove', path: '/b.md' }]);
    await dreaming.service.apply(id, all, reviewer);
    dreaming.store.retention = { keepDays: null, keepVersions: 1 };
    expect((await dreaming.store.prune(reviewer)).versions).toBeGreaterThan(0);
    await dreaming.service.revert(id, reviewer);
    expect(tree()).toEqual(asItWas);
  });
});

describe('revert of what a reviewer corrected', () => {
  it('takes that back too', async () => {
    const id = await staged([replace('/a.md', 'a two\n', '')]);
    dreaming.store.branch(id).write('/a.md', Buffer.from('a one\na three\nChecked.\n'), reviewer);
    const outcome = await dreaming.service.apply(id, all, reviewer);
    expect(outcome.reviewed).toEqual(['/a.md']);
    expect(tree()).toEqual({ ...asItWas, '/a.md': 'a one\na three\nChecked.\n' });
    expect(await dreaming.service.revert(id, reviewer)).toMatchObject({ status: 'reverted' });
    expect(tree()).toEqual(asItWas);
  });
});

describe('an engine that dies while it writes', () => {
  it.each([0, 1, 2, 3, 4])('is followed by one that writes the rest (%d steps were done)', async (done) => {
    const id = await staged(
      [append('/a.md', 'x\n')],
      [{ op: 'remove', path: '/b.md' }],
      [{ op: 'move', path: '/c.md', to: '/d.md' }],
      [{ op: 'create', path: '/new.md', text: 'new\n' }],
    );
    dreaming.store.branch(id).write('/a.md', Buffer.from('a reviewed\n'), reviewer);
    const { store } = dreaming;
    const written: unknown[] = [];
    const dying = new Proxy(store, {
      get(target, name) {
        const value = Reflect.get(target, name, target) as unknown;
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          if (['write', 'remove', 'move'].includes(String(name)) && written.push(name) > done)
            throw new Error('the engine is dead');
          return (value as (...args: unknown[]) => unknown).apply(target, args);
        };
      },
    });
    const { writable } = dreaming.stores;
    dreaming.stores.writable = () => dying;
    dreaming.dreams.writings.end = () => {
      throw new Error('the engine is dead');
    };
    await expect(dreaming.service.apply(id, all, reviewer)).rejects.toThrow('dead');
    dreaming.stores.writable = writable;
    dreaming.restart();
    expect(tree()).toEqual({ '/a.md': 'a reviewed\n', '/d.md': 'c\n', '/new.md': 'new\n' });
    expect(dreaming.service.show(id)).toMatchObject({ status: 'applied', branch: null });
    await dreaming.service.revert(id, reviewer);
    expect(tree()).toEqual(asItWas);
  });
});

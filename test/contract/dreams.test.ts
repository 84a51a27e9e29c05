import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { wholeStore } from '../../src/core/scope.js';
import type { DreamInput } from '../../src/dream/input.js';
import { Dreaming, edit, reviewer } from './support/dreaming.js';
import { silent } from './support/volume.js';

let dreaming: Dreaming;
beforeEach(() => {
  dreaming = new Dreaming();
});
afterEach(() => dreaming.close());

describe('what a dream is made from', () => {
  it('is every memory that is text, with who made it, and the transcripts of the store', async () => {
    dreaming.write('/b.md', 'b\n');
    dreaming.write('/a/deep.md', 'deep\n');
    dreaming.write('/binary', 'a\0b');
    dreaming.write('/a/deep.md', 'deeper\n', { agent: 'bob', session: 'sesn_bob' });
    dreaming.tell('sesn_1', 'hello');
    const inputs: DreamInput[] = [];
    dreaming.propose = (input) => {
      inputs.push(input);
      return [];
    };
    const dream = await dreaming.dream();
    const [input] = inputs;
    expect(input!.memories).toMatchObject([
      { path: '/a/deep.md', text: 'deeper\n', agent: 'bob', session: 'sesn_bob' },
      { path: '/b.md', text: 'b\n', agent: 'ada' },
    ]);
    const [deep] = input!.memories;
    expect(deep!.version).toBe(dreaming.store.show('/a/deep.md').record.version);
    expect(deep!.created < deep!.time || deep!.created === deep!.time).toBe(true);
    expect(input!.sessions.map(({ id, events }) => [id, [...events()].map(({ text }) => text)])).toEqual([
      ['sesn_1', ['hello']],
    ]);
    expect(input!.now).toBe('2026-03-14T09:00:00.000Z');
    expect(dream).toMatchObject({ status: 'nothing_to_do', sessions: 1, branch: null });
    expect(dream.remarks).toEqual([expect.stringContaining('/binary')]);
    expect(dreaming.store.branches()).toHaveLength(1);
  });

  it('is what its sessions have read through mounts, here and in other stores', async () => {
    const other = dreaming.stores.get(dreaming.stores.create('private', '').id);
    other.write('/key.md', Buffer.from('the private fact\n'), reviewer);
    dreaming.write('/a.md', 'first\n');
    dreaming.tell('sesn_reader', 'hello');
    const read = (store: typeof other, path: string, connection: number): void => {
      const actor = { agent: 'reader', session: 'sesn_reader' };
      const view = { connection, actor, scope: wholeStore, branch: 'main' };
      const fs = store.attach({ ...view, precondition: 'observed', onConflict: 'refuse' }, silent);
      const context = { connection, unique: 2n, resent: false, uid: 0, gid: 0, pid: 1, umask: 0 };
      const { attr } = fs.lookup(context, 1, Buffer.from(path));
      fs.open(context, attr!.ino, 0, false);
    };
    read(other, 'key.md', 7);
    read(dreaming.store, 'a.md', 8);
    dreaming.write('/a.md', 'second\n');
    let reads: DreamInput['reads'] = [];
    dreaming.propose = (input) => {
      reads = input.reads;
      return [];
    };
    expect(await dreaming.dream()).toMatchObject({ sessions: 1, remarks: [] });
    const session = 'sesn_reader';
    expect(reads).toMatchObject([
      { session, store: dreaming.storeId, path: '/a.md', text: 'first\n' },
      { session, store: other.id, path: '/key.md', text: 'the private fact\n' },
    ]);
    writeFileSync(dreaming.stores.path(other.id), 'no store any more');
    dreaming.tell('sesn_reader', 'hello again');
    expect(await dreaming.dream()).toMatchObject({
      status: 'nothing_to_do',
      remarks: [expect.stringContaining(other.id)],
    });
  });

  it('is only what is new to the store, the next time', async () => {
    const seen: string[][] = [];
    dreaming.propose = ({ sessions }) => {
      seen.push(sessions.map(({ id }) => id));
      return [];
    };
    dreaming.tell('sesn_1', 'hello');
    await dreaming.dream();
    dreaming.tell('sesn_2', 'hello');
    await dreaming.dream();
    dreaming.tell('sesn_1', 'and more');
    await dreaming.dream();
    await dreaming.dream({ sessions: ['sesn_2'] });
    expect(seen).toEqual([['sesn_1'], ['sesn_2'], ['sesn_1'], ['sesn_2']]);
  });
});

describe('staging', () => {
  it('leaves main alone and shows the edits on a branch', async () => {
    dreaming.write('/a.md', 'one\n');
    dreaming.write('/old.md', 'old\n');
    dreaming.propose = () => [
      edit({ changes: [{ op: 'append', path: '/a.md', text: 'two\n' }] }),
      edit({ changes: [{ op: 'move', path: '/old.md', to: '/kept/old.md' }] }),
    ];
    const dream = await dreaming.dream();
    expect(dream).toMatchObject({ status: 'staged', branch: dream.id, counts: { staged: 2 } });
    expect(dreaming.text('/a.md')).toBe('one\n');
    expect(dreaming.text('/a.md', dream.id)).toBe('one\ntwo\n');
    expect(dreaming.text('/old.md', dream.id)).toBeNull();
    expect(dreaming.text('/kept/old.md', dream.id)).toBe('old\n');
    const records = [...dreaming.store.branch(dream.id).log({ path: '/a.md' })];
    expect(records.at(-1)).toMatchObject({ agent: 'dream', session: dream.id });
    expect([...dreaming.service.diff(dream.id)].map(({ path, change }) => `${change} ${path}`)).toEqual([
      'changed /a.md',
      'added /kept/old.md',
      'removed /old.md',
    ]);
    expect(dreaming.service.waiting().map(({ id }) => id)).toEqual([dream.id]);
  });

  it('refuses an edit that does not find any more what it changes', async () => {
    dreaming.write('/a.md', 'one\n');
    dreaming.write('/b.md', 'b\n');
    dreaming.propose = () => {
      dreaming.write('/a.md', 'another\n');
      dreaming.write('/b.md', 'b\nc\n');
      return [
        edit({ changes: [{ op: 'replace', path: '/a.md', old: 'one', new: '1', line: 1 }] }),
        edit({ changes: [{ op: 'append', path: '/b.md', text: 'd\n' }] }),
      ];
    };
    const dream = await dreaming.dream();
    expect(dream.refused).toMatchObject([{ n: 1, note: expect.stringContaining('/a.md') }]);
    expect(dream.edits).toMatchObject([{ n: 2, state: 'staged', note: null }]);
    expect(dreaming.text('/b.md', dream.id)).toBe('b\nc\nd\n');
  });

  it('says how much of the store has changed since', async () => {
    dreaming.write('/a.md', 'one\n');
    dreaming.propose = () => [edit({ changes: [{ op: 'append', path: '/a.md', text: 'two\n' }] })];
    const { id, moved } = await dreaming.dream();
    expect(moved).toEqual({ memories: 0 });
    dreaming.write('/b.md', 'b\n');
    expect(dreaming.service.show(id).moved).toEqual({ memories: 1 });
  });
});

describe('the job', () => {
  it('is one at a time for a store', async () => {
    let go = (): void => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    dreaming.propose = () => gate.then(() => []);
    const id = dreaming.begin();
    expect(() => dreaming.begin()).toThrow(id);
    await expect.poll(() => dreaming.service.show(id).status).toBe('running');
    go();
    expect(await dreaming.ended(id)).toMatchObject({ status: 'nothing_to_do' });
  });

  it('is cancelled', async () => {
    dreaming.propose = (_, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('ended'))));
    const id = dreaming.begin();
    await expect.poll(() => dreaming.service.show(id).status).toBe('running');
    dreaming.service.cancel(id);
    expect(await dreaming.ended(id)).toMatchObject({ status: 'canceled', error: null });
    expect(() => dreaming.service.cancel(id)).toThrow('canceled');
    dreaming.propose = () => [];
    expect(await dreaming.dream()).toMatchObject({ status: 'nothing_to_do' });
  });

  it('says why it failed', async () => {
    dreaming.propose = () => {
      throw new Error('no idea');
    };
    expect(await dreaming.dream()).toMatchObject({
      status: 'failed',
      error: { code: 'internal', message: 'no idea' },
    });
    const named = await dreaming.dream({ sessions: ['nobody'] });
    expect(named).toMatchObject({ status: 'failed', error: { code: 'not_found' } });
  });

  it('goes on from what was saved when its engine has died, and drops what was half staged', async () => {
    dreaming.write('/a.md', 'one\n');
    dreaming.propose = (_, { save }) => {
      save({ round: 1 });
      return new Promise(() => {});
    };
    const id = dreaming.begin();
    await expect.poll(() => dreaming.dreams.savedStates.of(id)).toEqual({ round: 1 });
    dreaming.store.createBranch(id, { agent: 'dream', session: id });
    dreaming.store.branch(id).write('/half.md', Buffer.from('half\n'), { agent: 'dream', session: id });
    const saved: unknown[] = [];
    dreaming.propose = (_, context) => {
      saved.push(context.saved);
      return [edit({ changes: [{ op: 'append', path: '/a.md', text: 'two\n' }] })];
    };
    dreaming.restart();
    expect(await dreaming.ended(id)).toMatchObject({ status: 'staged' });
    expect(saved).toEqual([{ round: 1 }]);
    expect(dreaming.text('/half.md', id)).toBeNull();
    expect(dreaming.text('/a.md', id)).toBe('one\ntwo\n');
  });

  it('is given up when engines die of it', async () => {
    dreaming.propose = () => new Promise(() => {});
    const id = dreaming.begin();
    for (let deaths = 0; deaths < 3; deaths++) {
      await expect.poll(() => dreaming.service.show(id).status).toBe('running');
      dreaming.restart();
    }
    expect(await dreaming.ended(id)).toMatchObject({ status: 'failed' });
  });
});

describe('what is deleted', () => {
  it('is quoted no more', async () => {
    dreaming.write('/a.md', 'one\n');
    dreaming.tell('sesn_1', 'the launch code is nine');
    dreaming.propose = ({ sessions }) => {
      const [event] = [...sessions[0]!.events()];
      const { session, cursor, time, origin } = event!;
      const quote = 'launch code';
      return [
        edit({
          changes: [{ op: 'append', path: '/a.md', text: 'two\n' }],
          evidence: [{ type: 'event', session, event: cursor, time, origin, quote }],
        }),
      ];
    };
    const { id } = await dreaming.dream();
    dreaming.service.forgetSession('sesn_2');
    expect(dreaming.service.show(id).edits[0]!.evidence).toMatchObject([{ quote: 'launch code' }]);
    dreaming.service.forgetSession('sesn_1');
    expect(dreaming.service.show(id).edits[0]!.evidence).toMatchObject([{ quote: '[removed]' }]);
  });

  it('takes its dreams along', async () => {
    dreaming.propose = () => new Promise(() => {});
    dreaming.begin();
    dreaming.service.forgetStore(dreaming.storeId);
    expect(dreaming.dreams.list(null)).toEqual([]);
  });
});

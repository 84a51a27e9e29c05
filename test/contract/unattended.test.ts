import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Unattended } from '../../src/daemon/dreams/unattended.js';
import type { Change, Edit } from '../../src/dream/edit.js';
import type { ScheduleSettings } from '../../src/dream/triggers/schedule.js';
import { systemClock } from '../../src/vfs/store/clock.js';
import { Dreaming, edit, reviewer } from './support/dreaming.js';

const settings = (more: Partial<ScheduleSettings>): ScheduleSettings => ({
  cron: null,
  every_s: null,
  after_sessions: 1,
  on_session_end: false,
  engine: 'local',
  policy: 'manual',
  max_change_percent: 50,
  max_change_percent_30_days: 100,
  notify: null,
  ...more,
});

const append = (path: string, text: string): Change => ({ op: 'append', path, text });

let dreaming: Dreaming;
beforeEach(() => {
  dreaming = new Dreaming();
  dreaming.write('/a.md', 'a one\na two\na three\n');
  dreaming.write('/b.md', 'b\n'.repeat(50));
});
afterEach(() => dreaming.close());

/** Of a schedule; `provable` edits come first. */
async function staged(
  edits: readonly Change[][],
  provable = 0,
  kind: Edit['kind'] = 'verify',
): Promise<string> {
  dreaming.propose = () => edits.map((changes) => edit({ kind, changes }));
  const { id } = await dreaming.dream({ schedule: dreaming.storeId });
  dreaming.dreams.edits.put(
    id,
    dreaming.dreams.edits
      .of(id)
      .map((each) => ({ ...each, provable: each.n <= provable, sources: ['user'] })),
  );
  return id;
}

async function settle(id: string, more: Partial<ScheduleSettings> = {}): Promise<void> {
  const { dreams, service, stores } = dreaming;
  const unattended = new Unattended({ dreams, service, stores, clock: systemClock() });
  await unattended.settle(dreams.get(id), settings(more));
}

const states = (id: string) => dreaming.dreams.edits.of(id).map(({ state }) => state);

describe('a policy', () => {
  it('of "manual" applies nothing', async () => {
    const id = await staged([[append('/a.md', 'x\n')]], 1);
    await settle(id);
    expect(states(id)).toEqual(['staged']);
  });

  it('of "safe" applies what is proven, and the rest waits', async () => {
    const id = await staged([[append('/a.md', 'proven\n')], [append('/a.md', 'not proven\n')]], 1);
    await settle(id, { policy: 'safe' });
    expect(states(id)).toEqual(['applied', 'staged']);
    expect(dreaming.text('/a.md')).toBe('a one\na two\na three\nproven\n');
    expect(dreaming.service.show(id).edits[0]).toMatchObject({ note: expect.stringContaining('unseen') });
    await dreaming.service.apply(id, { edits: null, except: null }, reviewer);
    expect(dreaming.text('/a.md')).toBe('a one\na two\na three\nproven\nnot proven\n');
  });

  it('keeps within the limits of a dream and of 30 days', async () => {
    const line = (text: string): Change[] => [append('/a.md', `${text}\n`)];
    const long = 'x'.repeat(40);
    const first = await staged([line(long), line('short')], 2);
    await settle(first, { policy: 'safe', max_change_percent: 20 });
    expect(states(first)).toEqual(['staged', 'applied']);
    const second = await staged([line('again')], 1);
    await settle(second, { policy: 'safe', max_change_percent_30_days: 5 });
    expect(states(second)).toEqual(['staged']);
  });

  it('of "auto" goes by what people accepted before, and not by what it accepted itself', async () => {
    const lines = Array.from({ length: 19 }, (_, at) => [append('/a.md', `line ${at}\n`)]);
    const first = await staged(lines, 0, 'reorganise');
    await dreaming.service.apply(first, { edits: null, except: null }, reviewer);
    const second = await staged([[append('/a.md', 'early\n')]], 0, 'reorganise');
    await settle(second, { policy: 'auto' });
    expect(states(second)).toEqual(['staged']);
    await dreaming.service.apply(second, { edits: null, except: null }, reviewer);
    const third = await staged([[append('/a.md', 'trusted\n')]], 0, 'reorganise');
    await settle(third, { policy: 'auto' });
    expect(states(third)).toEqual(['applied']);
    expect(dreaming.dreams.unseen.reviews(dreaming.storeId).get('reorganise')).toEqual({
      judged: 20,
      accepted: 20,
    });
  });
});

describe('a later dream of the schedule', () => {
  it('takes the place of the one that waits, and keeps what its reviewer changed', async () => {
    const first = await staged([[append('/a.md', 'of the first\n')]]);
    const shadow = dreaming.store.branch(first);
    shadow.write('/a.md', Buffer.from('a ONE\na two\na three\nof the first\n'), reviewer);
    shadow.write('/mine.md', Buffer.from('mine\n'), reviewer);
    shadow.remove('/b.md', reviewer);
    const second = await staged([[append('/a.md', 'of the second\n')]]);
    await settle(second);
    expect(dreaming.dreams.get(first).status).toBe('superseded');
    expect(dreaming.store.branches().map(({ name }) => name)).toEqual(['main', second]);
    expect(dreaming.text('/a.md', second)).toBe('a ONE\na two\na three\nof the second\n');
    expect(dreaming.text('/mine.md', second)).toBe('mine\n');
    expect(dreaming.text('/b.md', second)).toBeNull();
    const outcome = await dreaming.service.apply(second, { edits: null, except: null }, reviewer);
    expect(outcome.reviewed).toEqual(['/a.md', '/b.md', '/mine.md']);
    const [record] = dreaming.store.log({ path: '/mine.md' });
    expect(record).toMatchObject(reviewer);
  });

  it("leaves the reviewer's memory as it was where both changed the same lines", async () => {
    const first = await staged([[append('/a.md', 'x\n')]]);
    dreaming.store.branch(first).write('/a.md', Buffer.from('all mine\n'), reviewer);
    const second = await staged([[{ op: 'replace', path: '/a.md', old: 'a two', new: 'a 2', line: 2 }]]);
    await settle(second);
    expect(dreaming.text('/a.md', second)).toBe('all mine\n');
  });

  it('reads the sessions again that the one before had read', async () => {
    dreaming.tell('sesn_one', 'something');
    const first = await staged([[append('/a.md', 'x\n')]]);
    const second = await staged([[append('/a.md', 'y\n')]]);
    expect([first, second].map((id) => dreaming.dreams.get(id).sessions)).toEqual([1, 1]);
    await settle(second);
    const byHand = await dreaming.dream();
    expect(byHand.sessions).toBe(0);
  });

  it('leaves dreams alone that a person asked for', async () => {
    dreaming.propose = () => [edit({ changes: [append('/a.md', 'asked for\n')] })];
    const asked = await dreaming.dream();
    await settle(await staged([[append('/a.md', 'y\n')]]));
    expect(dreaming.dreams.get(asked.id).status).toBe('staged');
  });
});

import { expect, it } from 'vitest';
import type { TranscriptSession } from '../../../../../src/dream/input.js';
import { LocalConsolidator } from '../../../../../src/dream/local/local-consolidator.js';
import { LagFinder } from '../../../../../src/dream/local/patterns/lag-finder.js';
import { bash, inputOf, memory, session, user } from '../../dream-input.js';

/** Odd minutes, so that nothing runs by the clock. */
const starts = [1013, 90_437, 181_259, 262_871, 351_097, 433_883].map(
  (s) => Date.parse('2026-03-02') / 1000 + s,
);

const noise = [1_900, 4_310, 2_777, 5_900, 3_150, 2_260];
const stamp = (seconds: number): string =>
  new Date(Math.round(seconds) * 1000).toISOString().replace('.000Z', 'Z');
const shown = (at: number, lines: readonly (readonly [number, string])[]): TranscriptSession =>
  session(
    `sesn_${at}`,
    stamp(at + 7_200),
    user('What happened?'),
    bash(`tail plant.log`, lines.map(([after, what]) => `${stamp(at + after)} ${what}`).join('\n')),
  );

/** Each session sees the valve close, and the pump stop so many seconds later, among other things. */
const stories = (lags: readonly number[]): TranscriptSession[] =>
  lags.map((lag, i) =>
    shown(starts[i]!, [
      [0, `poll ok n=${i}`],
      [61 + 7 * i, 'valve closed unit=v2'],
      [noise[i]! / 9, `poll ok n=${i + 50}`],
      [61 + 7 * i + lag, `pump stopped pressure=0.${i + 3}`],
      [noise[i]!, `poll ok n=${i + 90}`],
    ]),
  );

const notes = async (sessions: TranscriptSession[], ...memories: ReturnType<typeof memory>[]) => {
  const context = {
    ...{ signal: new AbortController().signal, progress() {}, saved: null, save() {} },
  };
  const consolidator = new LocalConsolidator([new LagFinder()]);
  const { edits } = await consolidator.consolidate(inputOf({ sessions, memories }), context);
  return edits.map((edit) => edit.changes.map((change) => ('text' in change ? change.text : '')).join());
};

it('notes both events, lag, support and confidence', async () => {
  const [note, ...more] = await notes(stories([90, 91, 89, 90, 90]));
  expect(more).toEqual([]);
  expect(note).toContain('`pump stopped pressure=*` comes 90 s after `valve closed unit=v2`');
  expect(note).toContain('5 times in 5 sessions');
  expect(note).toContain('5 of 5');
});

it('says minutes as people do', async () => {
  expect((await notes(stories([1499, 1501, 1500, 1502, 1500]))).join()).toContain('25 min (1500 s)');
});

it('gives the lines as evidence', async () => {
  const sessions = stories([90, 91, 89, 90]);
  const finder = new LagFinder();
  for (const each of sessions) finder.observe(each, [...each.events()]);
  const [edit] = finder.propose(inputOf({ sessions }), []);
  for (const evidence of edit!.evidence) {
    if (evidence.type !== 'event') throw new Error('no event');
    const events = [...sessions.find(({ id }) => id === evidence.session)!.events()];
    const said = events.find(({ cursor }) => cursor === evidence.event)!.text;
    expect(said).toContain(evidence.quote);
    expect(evidence.quote).toMatch(/valve closed|pump stopped/);
  }
});

it.each([
  ['varies', [90, 400, 31, 1210, 700, 160]],
  ['is nearly always short, and varies', [17, 14, 13, 608, 17]],
  ['came up twice only', [90, 90]],
])('notes nothing when the lag %s', async (_, lags) => {
  expect(await notes(stories(lags))).toEqual([]);
});

it('counts an excerpt that several sessions quote once', async () => {
  const [first, second] = stories([90, 90]);
  const again = ['a', 'b', 'c'].map((id) => ({ ...first!, id: `sesn_${id}` }));
  expect(await notes([first!, second!, ...again])).toEqual([]);
});

it('notes nothing of one session, however often', async () => {
  const lines = starts.flatMap((_, i): [number, string][] => [
    [i * 977, 'valve closed'],
    [i * 977 + 90, 'pump stopped'],
  ]);
  expect(await notes([shown(starts[0]!, lines)])).toEqual([]);
});

it('notes nothing of two things that run by the clock', async () => {
  const hour = Date.parse('2026-03-02') / 1000;
  const sessions = [2, 27, 55, 81, 107].map((hours) =>
    shown(hour + hours * 3600, [
      [0, 'backup begun'],
      [300, 'mail queue flushed'],
      [1311 + hours, 'something else'],
    ]),
  );
  expect(await notes(sessions)).toEqual([]);
});

it('notes nothing of events that only are many', async () => {
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  const what = ['poll ok', 'cache swept', 'token renewed', 'index merged', 'queue drained'];
  const sessions = Array.from({ length: 40 }, (_, i) =>
    shown(
      starts[0]! + i * 30_011 + random(9_000),
      Array.from({ length: 20 }, (): [number, string] => [random(5_400), what[random(what.length)]!]),
    ),
  );
  expect(await notes(sessions)).toEqual([]);
});

it('does not say what a memory says, nor learn from what a memory shows', async () => {
  const sessions = stories([90, 91, 89, 90, 90]);
  const known = memory(
    '/notes/plant.md',
    'The pump has stopped 90 s after valve v2 is closed (pressure, unit).',
  );
  expect(await notes(sessions, known)).toEqual([]);
  const shownByMemory = memory(
    '/notes/log.md',
    sessions.flatMap((each) => [...each.events()].map(({ text }) => text)).join('\n'),
  );
  expect(await notes(sessions, shownByMemory)).toEqual([]);
});

it('finds what two tools show in different formats', async () => {
  const sessions = starts
    .slice(0, 5)
    .map((at, i) =>
      session(
        `sesn_${at}`,
        stamp(at + 7_200),
        bash(
          'deploys',
          `time,what\n${stamp(at)},deploy of cart-api finished\n${stamp(at + 800 + 31 * i)},idle`,
        ),
        bash(
          'alerts --json',
          JSON.stringify([{ startsAt: (at + 420) * 1000, summary: 'CartLatency firing' }]),
        ),
      ),
    );
  expect((await notes(sessions)).join()).toContain(
    '`CartLatency firing` comes 7 min (420 s) after `deploy of cart-api finished`',
  );
});

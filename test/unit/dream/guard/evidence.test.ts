import { describe, expect, it } from 'vitest';
import type { Evidence } from '../../../../src/dream/edit.js';
import { agent, bash, inputOf, memory, session, user } from '../dream-input.js';
import { append, proposed, refusal, remove, replace, said, stands } from './guarded.js';

const pool = 'The pool of billing-api holds 44 connections.';
const other = 'billing-api: 44 connections in the pool.';
const notice = 'The bamboo-7 mirror is read-only until 2026-03-01.';
const input = inputOf({
  memories: [
    memory('/services/billing.md', `# billing-api\n\n- ${pool}\n`),
    memory('/notes/pool.md', `${other}\n`),
    memory('/notes/mirror.md', `${notice}\n`),
  ],
  sessions: [
    session('live', '2026-05-01T08:00:00Z', bash('cat /srv/billing-api.yaml', 'database.pool.max: 44')),
    session(
      'asked',
      '2026-05-02T08:00:00Z',
      user(`My notes say: ${pool} Right?`),
      user('I asked, yes, it is.'),
    ),
    session(
      'gone',
      '2026-05-03T08:00:00Z',
      user('The bamboo-7 mirror is writable again, forget the notice.'),
    ),
    session(
      'agent',
      '2026-05-04T08:00:00Z',
      agent('I am sure that billing-api holds 44 of them in the pool.'),
    ),
    ...Array.from({ length: 20 }, (_, at) =>
      session(`echo-${at}`, '2026-05-06T08:00:00Z', [
        ...bash('cat /mnt/memory/services/billing.md', `# billing-api\n\n- ${pool}\n`),
        agent(`As my notes say: ${pool}`),
      ]),
    ),
  ],
});

const verify = (...evidence: Evidence[]): string | null =>
  refusal(input, proposed('verify', [append('/services/billing.md', 'Verified 2026-05-02.')], evidence));

describe('evidence', () => {
  const good = said(input, 'live', 'database.pool.max: 44');
  const event = good as Evidence & { type: 'event' };
  const line = stands(input, '/notes/pool.md', other) as Evidence & { type: 'memory' };

  it('is believed when it is there', () => {
    expect(verify(good)).toBeNull();
    expect(verify(good, line)).toBeNull();
  });

  it.each<[string, Evidence, RegExp]>([
    ['of a session that there is not', { ...event, session: 'none' }, /session none is none of those/],
    ['of an event that there is not', { ...event, event: '99' }, /has no event 99/],
    ['that says something else', { ...event, quote: 'pool.max: 45' }, /does not say what is quoted/],
    ['that says nothing', { ...event, quote: ' ' }, /does not say what is quoted/],
    ['that somebody else says', { ...event, origin: 'user' }, /of origin tool_result, not user/],
    ['of another time', { ...event, time: '2026-06-01T08:00:00.000Z' }, /another time/],
    ['of another version', { ...line, version: 'memver_x' }, /has no version memver_x/],
    ['of another memory', { ...line, path: '/services/billing.md' }, /has no version/],
    ['of another line', { ...line, line: 2 }, /line 2 of .* does not say/],
    ['that the memory does not say', { ...line, quote: 'of 99' }, /does not say/],
  ])('%s is refused', (_, evidence, why) => {
    expect(verify(good, evidence)).toMatch(why);
  });
});

describe('a verification', () => {
  it('takes a live system or a user', () => {
    expect(verify(said(input, 'live', 'database.pool.max: 44'))).toBeNull();
    expect(verify(said(input, 'asked', 'I asked, yes, it is.'))).toBeNull();
  });

  it('is not made of twenty echoes', () => {
    const sessions = Array.from({ length: 20 }, (_, at) => `echo-${at}`);
    const shown = sessions.map((each) => said(input, each, pool));
    const repeated = sessions.map((each) => said(input, each, `As my notes say: ${pool}`));
    expect(verify(...shown)).toMatch(/only repeats what the store says/);
    expect(verify(...repeated)).toMatch(/only repeats what the store says/);
    expect(verify(...shown, said(input, 'live', 'database.pool.max: 44'))).toBeNull();
  });

  it('is not made of a question, of what the agent says, of a memory, or of nothing', () => {
    expect(verify(said(input, 'asked', pool))).toMatch(/only repeats/);
    expect(verify(said(input, 'agent', 'holds 44'))).toBe('only the agent itself says so');
    expect(verify(stands(input, '/notes/pool.md', other))).toBe('no session confirms it');
    expect(verify()).toBe('no session confirms it');
  });
});

it('a merge names two places', () => {
  const one = stands(input, '/notes/pool.md', other);
  const merge = (...evidence: Evidence[]): string | null =>
    refusal(input, proposed('merge_duplicates', [remove('/notes/pool.md')], evidence));
  expect(merge(one, stands(input, '/services/billing.md', pool))).toBeNull();
  expect(merge(one, one)).toMatch(/which two places/);
});

it('a removal takes a session, or the last day of what is removed', () => {
  const stale = (...evidence: Evidence[]): string | null =>
    refusal(input, proposed('remove_stale', [remove('/notes/mirror.md')], evidence));
  expect(stale(said(input, 'gone', 'writable again'))).toBeNull();
  expect(stale(stands(input, '/notes/mirror.md', notice))).toBeNull();
  expect(stale()).toBe('no session says that it is out of date');
  expect(stale(stands(input, '/notes/pool.md', other))).toBe('no session says that it is out of date');
});

it('a pattern takes two sessions', () => {
  const note = (...evidence: Evidence[]): string | null =>
    refusal(input, proposed('note_pattern', [append('/notes/pool.md', 'It is read often.')], evidence));
  const first = said(input, 'live', 'database.pool.max');
  expect(note(first, said(input, 'gone', 'writable again'))).toBeNull();
  expect(note(first, first)).toMatch(/two sessions/);
  expect(note(said(input, 'echo-1', pool), said(input, 'echo-2', pool))).toMatch(/only repeats/);
});

it('a reviewer alone makes edits of a review', () => {
  const change = replace('/notes/pool.md', '44', '44 ');
  expect(refusal(input, proposed('review', [change]))).toMatch(/only a reviewer/);
  expect(refusal(input, proposed('reorganise', [change]))).toBeNull();
});

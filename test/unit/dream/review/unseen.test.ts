import { describe, expect, it } from 'vitest';
import { applicableUnseen, mayApplyUnseen } from '../../../../src/dream/review/unseen.js';
import { edit, replace, texts } from './edits.js';

const none = new Map();
const merge = edit(1, [replace('/a.md', 'two', 'TWO', 2)], { sources: ['memory'] });
const proved = { ...merge, provable: true };

describe('by policy', () => {
  it('manual applies nothing', () => expect(mayApplyUnseen(proved, 'manual', none)).toBe(false));

  it('safe applies what is proved', () => {
    expect(mayApplyUnseen(proved, 'safe', none)).toBe(true);
    expect(mayApplyUnseen({ ...proved, kind: 'verify', sources: ['live'] }, 'safe', none)).toBe(true);
    expect(mayApplyUnseen(merge, 'safe', new Map([['merge_duplicates', { judged: 99, accepted: 99 }]]))).toBe(
      false,
    );
    for (const kind of [
      'note_pattern',
      'remove_stale',
      'resolve_contradiction',
      'reorganise',
      'review',
    ] as const)
      expect(mayApplyUnseen({ ...proved, kind }, 'safe', none), kind).toBe(false);
  });

  it.each([
    [19, 19, false],
    [20, 18, false],
    [20, 19, true],
    [100, 94, false],
    [100, 95, true],
  ])('auto, after %i judged and %i accepted: %s', (judged, accepted, expected) => {
    expect(mayApplyUnseen(merge, 'auto', new Map([['merge_duplicates', { judged, accepted }]]))).toBe(
      expected,
    );
  });

  it('auto counts no other kind', () => {
    expect(mayApplyUnseen(merge, 'auto', new Map([['verify', { judged: 99, accepted: 99 }]]))).toBe(false);
  });

  it('what only a tool or somebody else says waits for a person', () => {
    const records = new Map([['note_pattern', { judged: 99, accepted: 99 }]] as const);
    const note = { ...merge, kind: 'note_pattern' as const };
    expect(mayApplyUnseen({ ...note, sources: ['live'] }, 'auto', records)).toBe(false);
    expect(mayApplyUnseen({ ...note, sources: ['agent', 'external'] }, 'auto', records)).toBe(false);
    expect(mayApplyUnseen({ ...note, sources: ['live', 'user'] }, 'auto', records)).toBe(true);
  });

  it('what the guard refused is never applied', () => {
    expect(mayApplyUnseen({ ...proved, state: 'refused' }, 'auto', none)).toBe(false);
  });
});

describe('the limit of bytes', () => {
  const base = texts({ '/a.md': 'one\ntwo\nthree\n' });
  const edits = [proved, edit(2, [replace('/a.md', 'three', 'THREE', 3)], { provable: true })];
  const numbers = (ofDream: number, ofMonth: number, before: number): number[] => [
    ...applicableUnseen(edits, base, 'safe', none, { ofDream, ofMonth, before }).numbers,
  ];

  it('ends what one dream, and all of a month, may change', () => {
    expect(numbers(20, 20, 0)).toEqual([1, 2]);
    expect(numbers(19, 99, 0)).toEqual([1]);
    expect(numbers(99, 20, 1)).toEqual([1]);
    expect(numbers(7, 99, 0)).toEqual([]);
    expect(applicableUnseen(edits, base, 'safe', none, { ofDream: 20, ofMonth: 20, before: 0 }).bytes).toBe(
      20,
    );
  });
});

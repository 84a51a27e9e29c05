import { describe, expect, it } from 'vitest';
import { planRevert, type RevertRequest } from '../../../../src/dream/review/plan-revert.js';
import { texts } from './edits.js';

const before = texts({ '/a.md': 'one\ntwo\nthree\n', '/gone.md': 'gone\n', '/old.md': 'x\n' });
const after = texts({ '/a.md': 'one\nTWO\nthree\n', '/made.md': 'made\n', '/new.md': 'x\n' });
const moved = [{ path: '/old.md', to: '/new.md' }];

function revert(head: Record<string, string>, request: Partial<RevertRequest> = {}) {
  const { steps, leftOut } = planRevert({ before, after, head: texts(head), moved, ...request });
  return { steps, left: leftOut.map(({ note }) => note) };
}

it('restores what the dream changed, and nothing else', () => {
  const { steps, left } = revert({ ...Object.fromEntries(after), '/other.md': 'other' });
  expect(left).toEqual([]);
  expect(steps).toEqual([
    { op: 'remove', path: '/made.md' },
    { op: 'move', path: '/new.md', to: '/old.md' },
    { op: 'write', path: '/a.md', text: 'one\ntwo\nthree\n' },
    { op: 'write', path: '/gone.md', text: 'gone\n' },
  ]);
});

it('merges with what was changed since', () => {
  const { steps, left } = revert({
    ...Object.fromEntries(after),
    '/a.md': 'one\nTWO\nthree\nfour\n',
    '/new.md': 'x\ny\n',
  });
  expect(left).toEqual([]);
  expect(steps).toContainEqual({ op: 'write', path: '/a.md', text: 'one\ntwo\nthree\nfour\n' });
  expect(steps).not.toContainEqual(expect.objectContaining({ op: 'write', path: '/old.md' }));
});

it('does nothing where it was taken back already', () => {
  expect(revert(Object.fromEntries(before), { moved: [] })).toEqual({ steps: [], left: [] });
});

describe('leaves out', () => {
  it.each([
    [
      'what was changed at the same place',
      { '/a.md': 'one\nzwei\nthree\n' },
      /\/a\.md has been changed since, at the same/,
    ],
    ['what it made and somebody changed', { '/made.md': 'mine' }, /\/made\.md, which the dream made/],
    ['a name that is taken', { '/gone.md': 'mine' }, /another memory at \/gone\.md/],
    ['where it came from, if that is taken', { '/old.md': 'mine' }, /another memory at \/old\.md/],
  ])('%s', (_, change, why) => {
    const { left, steps } = revert({ ...Object.fromEntries(after), ...change });
    expect(left).toEqual([expect.stringMatching(why)]);
    expect(steps.length).toBe(3);
  });

  it('what was removed since', () => {
    const { '/a.md': _, ...rest } = Object.fromEntries(after);
    expect(revert(rest).left).toEqual(['/a.md has been removed since']);
  });
});

import { describe, expect, test } from 'vitest';
import { removedBytes } from '../../../src/dream/removed-bytes.js';
import { StagedTree } from '../../../src/dream/staged-tree.js';

const removed = (before: Record<string, string>, after: Record<string, string>): number => {
  const trees = [before, after].map((texts) => new StagedTree(Object.entries(texts)));
  return removedBytes(trees[0]!, trees[1]!, [...new Set([...Object.keys(before), ...Object.keys(after)])]);
};

describe('a line', () => {
  test('that is gone counts with its end', () => {
    expect(removed({ '/a.md': 'one\ntwo\n' }, { '/a.md': 'two\n' })).toBe(4);
    expect(removed({ '/a.md': 'one\none\n' }, { '/a.md': 'one\n' })).toBe(4);
  });

  test('that moves, or is indented, is not removed', () => {
    expect(removed({ '/a.md': 'one\n', '/b.md': 'two\n' }, { '/b.md': '  one\ntwo\n' })).toBe(0);
  });

  test('that goes on is not removed', () => {
    expect(removed({ '/a.md': '- port 80.\n' }, { '/a.md': '- port 80 (verified 2026-03-01).\n' })).toBe(0);
  });

  test('that now says something else is', () => {
    expect(removed({ '/a.md': '- port 80.\n' }, { '/a.md': '- port 81 (it was 80).\n' })).toBe(11);
  });
});

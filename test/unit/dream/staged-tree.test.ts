import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/dream/edit.js';
import { StagedTree } from '../../../src/dream/staged-tree.js';

const tree = (): StagedTree =>
  new StagedTree([
    ['/b.md', 'x\ny\nx\n'],
    ['/a.md', 'one'],
  ]);

const changedBy = (...changes: Change[]): StagedTree => {
  const changed = tree();
  changed.apply(changes);
  return changed;
};

describe('a staged tree', () => {
  it('has its paths sorted', () => expect(tree().paths).toEqual(['/a.md', '/b.md']));

  it('carries out every change', () => {
    expect(changedBy({ op: 'create', path: '/c', text: 't' }).text('/c')).toBe('t');
    expect(changedBy({ op: 'remove', path: '/a.md' }).paths).toEqual(['/b.md']);
    const moved = changedBy({ op: 'move', path: '/a.md', to: '/c/a.md' });
    expect([moved.text('/a.md'), moved.text('/c/a.md')]).toEqual([undefined, 'one']);
  });

  it('appends on a line of its own', () => {
    expect(changedBy({ op: 'append', path: '/a.md', text: 'two\n' }).text('/a.md')).toBe('one\ntwo\n');
    expect(changedBy({ op: 'append', path: '/b.md', text: 'z' }).text('/b.md')).toBe('x\ny\nx\nz');
  });

  it.each([
    [1, 'X\ny\nx\n'],
    [2, 'X\ny\nx\n'],
    [3, 'x\ny\nX\n'],
    [99, 'x\ny\nX\n'],
  ])('replaces what stands nearest to line %i', (line, expected) => {
    expect(changedBy({ op: 'replace', path: '/b.md', old: 'x', new: 'X', line }).text('/b.md')).toBe(
      expected,
    );
  });

  it('takes letters as they are', () => {
    expect(changedBy({ op: 'replace', path: '/a.md', old: 'one', new: '$& $1', line: 1 }).text('/a.md')).toBe(
      '$& $1',
    );
  });

  it.each<[string, Change]>([
    ['/a.md is there already', { op: 'create', path: '/a.md', text: '' }],
    ['/b.md is there already', { op: 'move', path: '/a.md', to: '/b.md' }],
    ['/no is not there', { op: 'remove', path: '/no' }],
    ['/no is not there', { op: 'append', path: '/no', text: '' }],
    ['/a.md has no "two" any more', { op: 'replace', path: '/a.md', old: 'two', new: '', line: 1 }],
  ])('says "%s", and is as before', (message, change) => {
    const changed = tree();
    const first: Change = { op: 'append', path: '/a.md', text: 'more' };
    const others: Change[] = [
      { op: 'move', path: '/b.md', to: '/z.md' },
      { op: 'move', path: '/z.md', to: '/b.md' },
    ];
    expect(() => changed.apply([...others, first, change])).toThrow(
      expect.objectContaining({ code: 'conflict', message }),
    );
    expect([changed.paths, changed.text('/a.md'), changed.text('/b.md')]).toEqual([
      ['/a.md', '/b.md'],
      'one',
      'x\ny\nx\n',
    ]);
  });

  it('is not changed with its copy', () => {
    const one = tree();
    one.copy().put('/a.md', 'other');
    expect(one.text('/a.md')).toBe('one');
  });
});

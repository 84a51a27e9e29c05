import { expect, it } from 'vitest';
import type { Change } from '../../../src/dream/edit.js';
import { StagedTree } from '../../../src/dream/staged-tree.js';
import { carryOut, type TreeStep } from '../../../src/dream/tree-steps.js';

const before = { '/a': 'one\ntwo\n', '/b': 'b\n', '/c': 'c\n' };

/** A directory in which the steps are carried out, as a store would. */
function carriedOut(steps: readonly TreeStep[]): Record<string, string> {
  const files = new Map<string, string>(Object.entries(before));
  for (const step of steps) {
    if (step.op === 'write') files.set(step.path, step.text);
    else {
      const text = files.get(step.path);
      if (text === undefined) expect.fail(`${step.path} is not there`);
      if (step.op === 'move') {
        expect(files.has(step.to), step.to).toBe(false);
        files.set(step.to, text);
      }
      files.delete(step.path);
    }
  }
  return Object.fromEntries([...files].sort());
}

it.each<[string, Change[], number]>([
  [
    'several replacements in one file',
    [
      { op: 'replace', path: '/a', old: 'one', new: '1', line: 1 },
      { op: 'replace', path: '/a', old: 'two', new: '2', line: 2 },
    ],
    1,
  ],
  ['a removal', [{ op: 'remove', path: '/a' }], 1],
  ['a move', [{ op: 'move', path: '/a', to: '/d' }], 1],
  [
    'a change before a move and one after it',
    [
      { op: 'append', path: '/a', text: 'three\n' },
      { op: 'move', path: '/a', to: '/d' },
      { op: 'append', path: '/d', text: 'four\n' },
    ],
    3,
  ],
  [
    'a move to a place that was made free',
    [
      { op: 'remove', path: '/b' },
      { op: 'move', path: '/a', to: '/b' },
    ],
    2,
  ],
  [
    'a new file that is moved',
    [
      { op: 'create', path: '/n', text: 'n\n' },
      { op: 'move', path: '/n', to: '/m' },
    ],
    2,
  ],
  [
    'a new file that is removed',
    [
      { op: 'create', path: '/n', text: 'n\n' },
      { op: 'remove', path: '/n' },
    ],
    0,
  ],
  [
    'a file that is changed and removed',
    [
      { op: 'append', path: '/a', text: 'x\n' },
      { op: 'remove', path: '/a' },
    ],
    1,
  ],
  [
    'a file that is made anew',
    [
      { op: 'remove', path: '/a' },
      { op: 'create', path: '/a', text: 'new\n' },
    ],
    2,
  ],
])('%s', (_, changes, count) => {
  const tree = new StagedTree(Object.entries(before));
  const steps = carryOut(tree, changes);
  expect(carriedOut(steps)).toEqual(Object.fromEntries(tree.paths.map((path) => [path, tree.text(path)])));
  expect(steps).toHaveLength(count);
});

it('changes nothing when a change does not find what it changes', () => {
  const tree = new StagedTree(Object.entries(before));
  const changes: Change[] = [
    { op: 'remove', path: '/b' },
    { op: 'replace', path: '/a', old: 'nine', new: '9', line: 1 },
  ];
  expect(() => carryOut(tree, changes)).toThrow('nine');
  expect(tree.paths).toEqual(['/a', '/b', '/c']);
});

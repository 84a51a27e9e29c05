import { describe, expect, it } from 'vitest';
import type { Edit } from '../../../../src/dream/edit.js';
import type { Plan, Texts } from '../../../../src/dream/review/plan.js';
import { planApply } from '../../../../src/dream/review/plan-apply.js';
import { StagedTree } from '../../../../src/dream/staged-tree.js';
import { edit, replace, texts } from './edits.js';

const base = texts({ '/a.md': 'one\ntwo\nthree\nfour\nfive\n', '/b.md': 'b\n', '/c.md': 'c\n' });

/** What a directory becomes by the steps, each of which must be possible. */
function walked(head: Texts, { steps, expected }: Plan): Record<string, string> {
  const tree = new Map(head);
  for (const [path, text] of expected) expect(tree.get(path) ?? null, path).toBe(text);
  for (const step of steps) {
    if (step.op !== 'write') expect(tree.has(step.path), `${step.op} ${step.path}`).toBe(true);
    expect(expected.has(step.path), `${step.path} is expected`).toBe(true);
    if (step.op === 'move') {
      expect(tree.has(step.to), `${step.to} is free`).toBe(false);
      tree.set(step.to, tree.get(step.path)!);
    }
    if (step.op === 'write') tree.set(step.path, step.text);
    else tree.delete(step.path);
  }
  return Object.fromEntries([...tree].sort());
}

interface Case {
  readonly edits: Edit[];
  readonly chosen?: number[];
  readonly head?: Texts;
  readonly reviewed?: (staged: Map<string, string>) => void;
}

function apply({ edits, chosen = edits.map(({ n }) => n), head = base, reviewed = () => {} }: Case) {
  const tree = new StagedTree(base);
  for (const { changes, state } of edits) if (state === 'staged') tree.apply(changes);
  const branch = new Map(tree.paths.map((path) => [path, tree.text(path)!]));
  reviewed(branch);
  const plan = planApply({ base, head, reviewed: branch, edits, chosen: new Set(chosen) });
  return { ...plan, tree: walked(head, plan), states: plan.edits.map(({ state, note }) => note ?? state) };
}

const changed = (path: string, text: string): Texts => new Map([...base, [path, text]]);
const two = edit(1, [replace('/a.md', 'two', 'TWO', 2)]);
const four = edit(2, [replace('/a.md', 'four', 'FOUR', 4)]);

describe('edits that were chosen', () => {
  it('are applied, and no others', () => {
    const all = apply({ edits: [two, four] });
    expect(all.tree['/a.md']).toBe('one\nTWO\nthree\nFOUR\nfive\n');
    expect(all.states).toEqual(['applied', 'applied']);
    expect(all.steps).toHaveLength(1);
    const one = apply({ edits: [two, four], chosen: [2] });
    expect(one.tree['/a.md']).toBe('one\ntwo\nthree\nFOUR\nfive\n');
    expect(one.states).toEqual(['staged', 'applied']);
    expect(apply({ edits: [two], chosen: [] }).steps).toEqual([]);
  });

  it('are applied though their neighbour is left out', () => {
    const three = edit(2, [replace('/a.md', 'three', 'THREE', 3)]);
    expect(apply({ edits: [two, three], chosen: [2] }).tree['/a.md']).toBe('one\ntwo\nTHREE\nfour\nfive\n');
  });

  it('leave what the guard refused where it is', () => {
    const refused = edit(1, [replace('/a.md', 'two', 'TWO', 2)], { state: 'refused', note: 'no' });
    expect(apply({ edits: [refused, four] })).toMatchObject({ states: ['no', 'applied'] });
  });

  it('make, remove and move', () => {
    const { tree, steps } = apply({
      edits: [
        edit(1, [{ op: 'create', path: '/new.md', text: 'new' }]),
        edit(2, [{ op: 'remove', path: '/b.md' }]),
        edit(3, [{ op: 'move', path: '/c.md', to: '/d/c.md' }, replace('/d/c.md', 'c', 'C')]),
        edit(4, [{ op: 'append', path: '/a.md', text: 'six\n' }]),
      ],
    });
    expect(tree).toEqual({ '/a.md': `${base.get('/a.md')}six\n`, '/d/c.md': 'C\n', '/new.md': 'new' });
    expect(steps.map(({ op, path }) => `${op} ${path}`)).toEqual([
      ...['remove /b.md', 'move /c.md', 'write /a.md', 'write /d/c.md', 'write /new.md'],
    ]);
  });

  it('move one to where another was', () => {
    const moves = [
      edit(1, [{ op: 'move', path: '/c.md', to: '/d.md' }]),
      edit(2, [{ op: 'move', path: '/b.md', to: '/c.md' }]),
    ];
    expect(apply({ edits: moves }).tree).toEqual({
      '/a.md': base.get('/a.md'),
      '/c.md': 'b\n',
      '/d.md': 'c\n',
    });
  });
});

describe('an edit that builds on one that is left out', () => {
  const first = edit(1, [replace('/a.md', 'two', 'second', 2)]);
  const second = edit(2, [replace('/a.md', 'second', 'number two', 2)]);

  it('is left out, with the reason', () => {
    const { states, tree } = apply({ edits: [first, second], chosen: [2] });
    expect(states[1]).toBe('builds on edit 1, which is left out');
    expect(tree['/a.md']).toBe(base.get('/a.md'));
    expect(apply({ edits: [first, second] }).tree['/a.md']).toContain('number two');
  });

  it('is not put where the same words stand by chance', () => {
    const chance = edit(2, [replace('/a.md', 'five', 'FIVE', 2)]);
    const made = edit(1, [replace('/a.md', 'two', 'five', 2)]);
    const { states, tree } = apply({ edits: [made, chance], chosen: [2] });
    expect(states[1]).toMatch(/builds on edit 1/);
    expect(tree['/a.md']).toBe(base.get('/a.md'));
  });
});

describe('when main has changed', () => {
  it('elsewhere in the memory, it is merged', () => {
    const head = changed('/a.md', 'ONE\ntwo\nthree\nfour\nfive\nsix\n');
    const { tree, states } = apply({ edits: [two], head });
    expect(tree['/a.md']).toBe('ONE\nTWO\nthree\nfour\nfive\nsix\n');
    expect(states).toEqual(['applied']);
  });

  it('at the same place, the edit is left out, and the others are not', () => {
    const head = changed('/a.md', 'one\nzwei\nthree\nfour\nfive\n');
    const { tree, states } = apply({ edits: [two, four], head });
    expect(tree['/a.md']).toBe('one\nzwei\nthree\nFOUR\nfive\n');
    expect(states).toEqual(['on main, /a.md has changed at the same place since the dream', 'applied']);
  });

  it.each([
    ['what it removes has changed', [edit(1, [{ op: 'remove', path: '/b.md' }])], changed('/b.md', 'B\n')],
    ['what it makes is there', [edit(1, [{ op: 'create', path: '/n', text: 'x' }])], changed('/n', 'y')],
    ['where it moves to is taken', [edit(1, [{ op: 'move', path: '/b.md', to: '/n' }])], changed('/n', 'y')],
    ['what it changes is gone', [two], texts({ '/b.md': 'b\n' })],
  ] as const)('%s: left out', (_, edits, head) => {
    const { tree, states } = apply({ edits: [...edits], head });
    expect(states[0]).toMatch(/^on main, .* since the dream$/);
    expect(tree).toEqual(Object.fromEntries([...head].sort()));
  });

  it('to what the edit would make of it, nothing is left to do', () => {
    const { states, steps } = apply({
      edits: [two],
      head: changed('/a.md', 'one\nTWO\nthree\nfour\nfive\n'),
    });
    expect([states, steps]).toEqual([['applied'], []]);
  });

  it('what is appended goes behind what main has', () => {
    const more = edit(1, [{ op: 'append', path: '/b.md', text: 'mine\n' }]);
    expect(apply({ edits: [more], head: changed('/b.md', 'b\nyours\n') }).tree['/b.md']).toBe(
      'b\nyours\nmine\n',
    );
  });

  it('all changes of an edit are left out with one of them', () => {
    const both = edit(1, [replace('/a.md', 'two', 'TWO', 2), { op: 'remove', path: '/b.md' }]);
    const { tree } = apply({ edits: [both], head: changed('/b.md', 'B\n') });
    expect(tree['/a.md']).toBe(base.get('/a.md'));
  });
});

describe("the reviewer's own changes", () => {
  it('go with the edits, as one more edit', () => {
    const { tree, edits } = apply({
      edits: [two],
      head: changed('/a.md', 'one\ntwo\nthree\nfour\nfive\nsix\n'),
      reviewed: (branch) => {
        branch.set('/a.md', branch.get('/a.md')!.replace('four', '4'));
        branch.set('/mine.md', 'mine');
        branch.delete('/b.md');
      },
    });
    expect(tree).toEqual({ '/a.md': 'one\nTWO\nthree\n4\nfive\nsix\n', '/c.md': 'c\n', '/mine.md': 'mine' });
    expect(edits[1]).toMatchObject({ n: 2, kind: 'review', state: 'applied', note: null });
    expect(edits[1]!.paths).toEqual(['/a.md', '/b.md', '/mine.md']);
  });

  it('go without an edit that is left out, unless they change what it made', () => {
    const make = edit(1, [{ op: 'create', path: '/new.md', text: 'new' }]);
    const { tree, edits } = apply({
      edits: [make],
      chosen: [],
      reviewed: (branch) => branch.set('/new.md', 'newer').set('/c.md', 'C\n'),
    });
    expect(tree).toMatchObject({ '/c.md': 'C\n' });
    expect(tree['/new.md']).toBeUndefined();
    expect(edits[1]).toMatchObject({ state: 'applied', paths: ['/c.md'] });
    expect(edits[1]!.note).toMatch(/\/new\.md, which the reviewer changed, is not there/);
  });

  it('are left out where main has changed too', () => {
    const { tree, states } = apply({
      edits: [],
      head: changed('/b.md', 'B\n'),
      reviewed: (branch) => branch.set('/b.md', 'beta\n'),
    });
    expect(tree['/b.md']).toBe('B\n');
    expect(states[0]).toMatch(/\/b\.md, which the reviewer changed, is not the same/);
  });
});

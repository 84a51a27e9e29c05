import { describe, expect, it } from 'vitest';
import { guard } from '../../../../../src/dream/guard/guard.js';
import type { DreamInput } from '../../../../../src/dream/input.js';
import type { Finder } from '../../../../../src/dream/local/finder.js';
import { ContradictionFinder } from '../../../../../src/dream/local/store/contradiction-finder.js';
import { DuplicateFinder } from '../../../../../src/dream/local/store/duplicate-finder.js';
import { SecretFinder } from '../../../../../src/dream/local/store/secret-finder.js';
import { inputOf, memory } from '../../dream-input.js';

type Tree = Record<string, string>;

const names: Tree = {
  '/mixers.md': 'The motor of rye-mixer is loud.\n\nThe hood of oat-mixer is grey.\n',
  '/more.md': 'Nobody cleans rye-mixer on a Sunday.\n\nWe bought oat-mixer from a friend.\n',
};

const inputFor = (tree: Tree): DreamInput =>
  inputOf({ memories: Object.entries({ ...names, ...tree }).map(([path, text]) => memory(path, text)) });

/** What becomes of the tree, without the memories that only teach the names. */
function staged(finder: Finder, tree: Tree): Tree {
  const input = inputFor(tree);
  const { edits, tree: staged } = guard(input, finder.propose(input, []), {
    removable: 0.9,
    removedBefore: 0,
  });
  expect(edits.filter(({ state }) => state === 'refused').map(({ note }) => note)).toEqual([]);
  const paths = staged.paths.filter((path) => !(path in names));
  return Object.fromEntries(paths.map((path) => [path, staged.text(path)!]));
}

describe('duplicates', () => {
  const merged = (tree: Tree): Tree => staged(new DuplicateFinder(), tree);

  it('have the same weekday', () => {
    const on = (day: string): Tree => ({
      '/a.md': 'rye-mixer is cleaned on Tuesdays at 10:00.\n',
      '/b.md': `At 10:00 on ${day}, rye-mixer is cleaned.\n`,
    });
    expect(Object.keys(merged(on('Tuesdays')))).toHaveLength(1);
    expect(merged(on('Thursdays'))).toEqual(on('Thursdays'));
  });

  it('are merged into the newest, with what only the others say', () => {
    const tree = {
      '/a.md': 'rye-mixer is switched off after 90 s. Decided in OPS-17. (noted 2026-01-05)\n',
      '/b.md': 'The run time of rye-mixer is 1.5 min (noted 2026-03-05)\n',
      '/c.md': '- rye-mixer runs 90 seconds at a time.\n- oat-mixer is 9 years old.\n',
    };
    expect(merged(tree)).toEqual({
      '/b.md': 'The run time of rye-mixer is 1.5 min. Decided in OPS-17. (noted 2026-03-05)\n',
      '/c.md': '- oat-mixer is 9 years old.\n',
    });
  });

  it('leave no link to what is gone', () => {
    const tree = {
      '/a.md': 'rye-mixer is switched off after 90 s. (noted 2026-01-05)\n',
      '/d/b.md': 'The run time of rye-mixer is 90 s. (noted 2026-03-05)\n',
      '/d/c.md': 'Before you knead, read [the rule](../a.md) aloud.\n',
      '/INDEX.md': '- [run time](a.md)\n- [rye-mixer](d/b.md)\n- [kneading](d/c.md)\n',
    };
    expect(merged(tree)).toEqual({
      '/d/b.md': 'The run time of rye-mixer is 90 s. (noted 2026-03-05)\n',
      '/d/c.md': 'Before you knead, read [the rule](b.md) aloud.\n',
      '/INDEX.md': '- [rye-mixer](d/b.md)\n- [kneading](d/c.md)\n',
    });
  });

  it('go with their heading, if nothing else stands under it', () => {
    const tree = {
      '/a.md':
        '# mixers\n\n## time\n\nrye-mixer runs 90 s.\n\nRecorded: 2026-01-05\n\n## age\n\noat-mixer is 9 years old.\n',
      '/b.md': 'The run time of rye-mixer is 90 s. (noted 2026-03-05)\n',
    };
    expect(merged(tree)['/a.md']).toBe('# mixers\n\n## age\n\noat-mixer is 9 years old.\n');
  });

  it.each<[string, string, string]>([
    ['another thing', 'The run time of rye-mixer is 90 s.', 'The run time of oat-mixer is 90 s.'],
    ['another number', 'rye-mixer holds 12 trays.', 'rye-mixer has room for 13 trays.'],
    ['another scope', 'rye-mixer runs 90 s (in winter only).', 'rye-mixer runs 90 s (in summer only).'],
    ['a denial', 'rye-mixer may be opened by guests.', 'rye-mixer may not be opened by guests.'],
    ['a proposal', 'The run time of rye-mixer is 90 s.', 'We propose a run time of 90 s for rye-mixer.'],
    ['steps', '1. Run `mix rye-mixer`\n2. Wait 90 s', '1. Run `mix rye-mixer`\n2. Wait 90 s and open'],
  ])('are none: %s', (_, one, other) => {
    const tree = { '/a.md': `${one}\n`, '/b.md': `${other}\n` };
    expect(merged(tree)).toEqual(tree);
  });
});

describe('contradictions', () => {
  const resolved = (tree: Tree): Tree => staged(new ContradictionFinder(), tree);

  it('go to the newer memory, which says what it was before', () => {
    const tree = {
      '/a.md': 'The run time of rye-mixer is 90 s. (noted 2026-01-05)\n',
      '/b.md': 'The run time of rye-mixer is 70 s. (noted 2026-03-05)\n',
    };
    expect(resolved(tree)).toEqual({
      '/b.md': 'The run time of rye-mixer is 70 s. (It was 90 s until 2026-03-05.) (noted 2026-03-05)\n',
    });
  });

  it('keep the whole history of three', () => {
    const tree = {
      '/a.md': 'The run time of rye-mixer is 90 s. (noted 2026-01-05)\n',
      '/b.md': 'The run time of rye-mixer is 70 s. (noted 2026-03-05)\n',
      '/c.md': 'The run time of rye-mixer is 80 s. (noted 2026-02-05)\n',
    };
    expect(Object.values(resolved(tree))).toEqual([
      'The run time of rye-mixer is 70 s. (It was 80 s until 2026-03-05.) (It was 90 s until 2026-02-05.) (noted 2026-03-05)\n',
    ]);
  });

  it('are left, with a remark, if nothing says which is newer', () => {
    const tree = {
      '/a.md': 'The run time of rye-mixer is 90 s.\n',
      '/b.md': 'The run time of rye-mixer is 70 s. (noted 2026-03-05)\n',
    };
    const finder = new ContradictionFinder();
    expect(staged(finder, tree)).toEqual(tree);
    expect(finder.remarks()).toEqual([expect.stringContaining('/a.md')]);
  });

  it.each<[string, string, string]>([
    ['a proposal', 'The run time of rye-mixer is 90 s.', 'We propose a run time of 70 s for rye-mixer.'],
    [
      'a change taken back',
      'The run time of rye-mixer is 90 s.',
      'The run time of 70 s for rye-mixer was reverted.',
    ],
    ['history', 'The run time of rye-mixer is 90 s.', 'The run time of rye-mixer used to be 70 s.'],
    ['another scope', 'The run time of rye-mixer is 90 s.', 'In winter, the run time of rye-mixer is 70 s.'],
    ['another respect', 'The run time of rye-mixer is 90 s.', 'oat-mixer is next to rye-mixer, 70 s away.'],
    ['another thing', 'The run time of rye-mixer is 90 s.', 'The run time of oat-mixer is 70 s.'],
  ])('are none: %s', (_, one, other) => {
    const tree = { '/a.md': `${one} (noted 2026-01-05)\n`, '/b.md': `${other} (noted 2026-03-05)\n` };
    expect(resolved(tree)).toEqual(tree);
  });
});

describe('secrets', () => {
  const token = ['gh', 'p_', 'R7kQ2mZ9xW4nL8vB3cT6yH1dF5sJ0aGpEuXo'].join('');
  const key = [
    '-----BEGIN',
    'PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj\nAgEAAoIBAQC7VJTUt9Us8cKj\n-----END',
    'PRIVATE KEY-----',
  ].join(' ');

  it.each([
    ['a token', `Use ${token} for it.\nMore.\n`, 'Use [masked:github-token] for it.\nMore.\n'],
    [
      'a key of several lines',
      `It is\n\n${key}\n\nkept here.\n`,
      expect.stringMatching(/^It is\n\n\[masked:.*\]\n\nkept here\.\n$/),
    ],
  ])('%s gets a mark', (_, text, expected) => {
    expect(staged(new SecretFinder(), { '/a.md': text })).toEqual({ '/a.md': expected });
  });

  it('stands in no evidence', () => {
    const edits = new SecretFinder().propose(inputFor({ '/a.md': `Use ${token} for it.\n` }));
    expect(JSON.stringify(edits.map(({ reason, evidence }) => [reason, evidence]))).not.toContain(token);
  });

  it('is not what only looks like one', () => {
    const tree = { '/a.md': 'The token is in the safe; the checksum is ce8e79968b2f.\n' };
    expect(staged(new SecretFinder(), tree)).toEqual(tree);
  });
});

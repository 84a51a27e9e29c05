import { describe, expect, it } from 'vitest';
import { mergeLines } from '../../../src/vfs/merge.js';

const merge = (base: string, mine: string, theirs: string): string | null =>
  mergeLines(Buffer.from(base), Buffer.from(mine), Buffer.from(theirs))?.toString() ?? null;

describe('a merge', () => {
  const base = 'one\ntwo\nthree\nfour\nfive\n';

  it.each([
    [
      'changes in different places',
      'ONE\ntwo\nthree\nfour\nfive\n',
      'one\ntwo\nthree\nfour\nFIVE\n',
      'ONE\ntwo\nthree\nfour\nFIVE\n',
    ],
    [
      'the same change',
      'one\nTWO\nthree\nfour\nfive\n',
      'one\nTWO\nthree\nfour\nfive\n',
      'one\nTWO\nthree\nfour\nfive\n',
    ],
    [
      'the same change and another',
      'ONE\nthree\nfour\nfive\n',
      'ONE\nthree\nfour\nfive\nsix\n',
      'ONE\nthree\nfour\nfive\nsix\n',
    ],
    [
      'lines added and lines removed',
      'zero\none\ntwo\nthree\nfour\nfive\n',
      'one\ntwo\nfive\n',
      'zero\none\ntwo\nfive\n',
    ],
    ['everything removed on one side', '', base, ''],
  ])('takes %s', (_, mine, theirs, expected) => {
    expect(merge(base, mine, theirs)).toBe(expected);
  });

  it.each([
    ['the same line', 'one\nTWO\nthree\nfour\nfive\n', 'one\nzwei\nthree\nfour\nfive\n'],
    ['lines that touch', 'one\nTWO\nthree\nfour\nfive\n', 'one\ntwo\nTHREE\nfour\nfive\n'],
    ['two lines added at one place', `${base}six\n`, `${base}sechs\n`],
    ['a removal of what the other changed', 'one\nfive\n', 'one\ntwo\nTHREE\nfour\nfive\n'],
  ])('leaves %s to somebody else', (_, mine, theirs) => {
    expect(merge(base, mine, theirs)).toBeNull();
  });

  it('keeps line endings and a missing last one', () => {
    expect(merge('a\r\nb\r\nc\nd', 'A\r\nb\r\nc\nd', 'a\r\nb\r\nc\nd\ne')).toBe('A\r\nb\r\nc\nd\ne');
    expect(merge('a\nb\nc\n', 'A\nb\nc\n', 'a\nb\nc')).toBe('A\nb\nc');
    expect(merge('a\nb\nc\n', 'a\r\nb\nc\n', 'a\nb\nC\n')).toBe('a\r\nb\nC\n');
  });

  it('keeps every byte of what is not ASCII', () => {
    expect(merge('é\n—\n🙂\n', 'É\n—\n🙂\n', 'é\n—\n🙃\n')).toBe('É\n—\n🙃\n');
  });
});

describe('no merge', () => {
  const text = Buffer.from('a\nb\nc\n');

  it.each([
    ['bytes that are not UTF-8', Buffer.from([0x61, 0xff, 0x0a])],
    ['a NUL', Buffer.from('a\0b\n')],
    ['more than 1 MiB', Buffer.alloc(1024 * 1024 + 1, 'a\n')],
    [
      'more changed lines than the loop has time for',
      Buffer.from(Array.from({ length: 600 }, (_, n) => `${n}\n`).join('')),
    ],
  ])('of %s', (_, other) => {
    expect(mergeLines(text, other, text)).toBeNull();
    expect(mergeLines(text, text, other)).toBeNull();
    expect(mergeLines(other, text, text)).toBeNull();
  });

  it('of many equal lines takes long', () => {
    const blank = '\n'.repeat(100_000);
    const begin = performance.now();
    expect(merge(blank, `a\n${blank}`, `${blank}b\n`)).toBe(`a\n${blank}b\n`);
    expect(performance.now() - begin).toBeLessThan(20_000);
  });
});

describe('random texts', () => {
  let state = 1;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  const line = (): string => `${'abcd'[below(4)]}${below(5) === 0 ? '\r' : ''}\n`;
  const text = (): string => Array.from({ length: below(12) }, line).join('') + (below(3) === 0 ? 'end' : '');
  const edited = (before: string): string => {
    const lines = before.match(/[^\n]*\n|[^\n]+$/g) ?? [];
    lines.splice(below(lines.length + 1), below(3), ...Array.from({ length: below(3) }, line));
    return lines.join('');
  };
  const cases = Array.from({ length: 2_000 }, () => {
    const base = text();
    return { base, mine: below(4) === 0 ? text() : edited(base), theirs: edited(base) };
  });

  it('that one side left alone become the other side', () => {
    for (const { base, mine } of cases) {
      expect(merge(base, mine, base)).toBe(mine);
      expect(merge(base, base, mine)).toBe(mine);
      expect(merge(base, mine, mine)).toBe(mine);
    }
  });

  it('merge alike from either side', () => {
    const merged = cases.map(({ base, mine, theirs }) => merge(base, mine, theirs));
    expect(cases.map(({ base, mine, theirs }) => merge(base, theirs, mine))).toEqual(merged);
    expect(merged.filter((each) => each === null).length).toBeGreaterThan(100);
    expect(merged.filter((each) => each !== null).length).toBeGreaterThan(100);
  });

  it('consist of lines of the three', () => {
    for (const { base, mine, theirs } of cases) {
      const known = new Set(['', ...`${base}\n${mine}\n${theirs}`.split('\n')]);
      expect((merge(base, mine, theirs) ?? '').split('\n').filter((each) => !known.has(each))).toEqual([]);
    }
  });
});

import { describe, expect, it } from 'vitest';
import { MaskedText } from '../../../../src/dream/anthropic/masked-text.js';
import { unmasked } from '../../../../src/dream/anthropic/unmask-change.js';
import type { Change } from '../../../../src/dream/edit.js';

const token = (sign: string): string => `ghp_${`aB3dE5gH7jK${sign}`.repeat(3)}`;
const mark = '[masked:github-token]';

describe('a masked text', () => {
  const text = `old ${token('1')} and ${token('2')}, both in CI`;
  const masked = new MaskedText(text);

  it('leads back to what stands where a part of it is shown', () => {
    expect(masked.shown).toBe(`old ${mark} and ${mark}, both in CI`);
    const at = masked.shown.indexOf('and');
    expect(masked.original(at, masked.shown.length)).toBe(text.slice(text.indexOf('and')));
    expect(masked.original(0, masked.shown.length)).toBe(text);
  });

  it('has no way back where marks lie side by side', () => {
    const keys = new MaskedText(`password=${'a1'.repeat(6)};${token('3')}, x`);
    expect(keys.shown.match(/masked/g)!.length).toBe(2);
    expect(keys.original(0, keys.shown.length)).not.toBeNull();
    const joined = new MaskedText(`${mark}${mark}`);
    expect(joined.original(0, joined.shown.length)).toBeNull();
  });

  it('has no way back from within a mark', () => expect(masked.original(6, 10)).toBeNull());

  it('gives marks back in their order, and leaves those that it does not know', () => {
    const all = masked.shown.length;
    expect(masked.restored(`${mark} ${mark} ${mark}`, 0, all)).toBe(`${token('1')} ${token('2')} ${mark}`);
  });
});

describe('a change of a masked text', () => {
  const change = (old: string, by: string, line: number): Change => ({
    op: 'replace',
    path: '/a.md',
    old,
    new: by,
    line,
  });
  const text = `a: ${token('1')}\nb\na: ${token('2')}\n`;

  it('changes what the marks stand for, nearest to its line', () => {
    expect(unmasked(change(`a: ${mark}`, 'a: in the vault', 3), text)).toMatchObject({
      old: `a: ${token('2')}`,
      new: 'a: in the vault',
    });
  });

  it('keeps what it shows on both sides', () => {
    expect(unmasked(change(`a: ${mark}`, `key a: ${mark}`, 1), text)).toMatchObject({
      old: `a: ${token('1')}`,
      new: `key a: ${token('1')}`,
    });
  });

  it('is left as it is where nothing is masked, or nothing fits', () => {
    expect(unmasked(change('b', 'c', 2), text)).toEqual(change('b', 'c', 2));
    expect(unmasked(change('z', 'c', 2), text)).toEqual(change('z', 'c', 2));
  });
});

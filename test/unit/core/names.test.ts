import { describe, expect, it } from 'vitest';
import { checkName, isName } from '../../../src/core/names.js';

describe('the name of a session or an agent', () => {
  it.each(['a', 'sesn_x', 'Ada Lovelace', 'équipe/ops', '名前', '🦉', 'x'.repeat(255), '-', '...', '.a'])(
    'may be %s',
    (name) => expect(isName(name)).toBe(true),
  );

  it.each([
    ['empty', ''],
    ['a blank', ' '],
    ['blank at its beginning', ' a'],
    ['blank at its end', 'a\u00a0'],
    ['of two lines', 'a\nb'],
    ['of two lines in another way', 'a\u2028b'],
    ['with an end of string', 'a\0b'],
    ['with a delete', 'a\x7f'],
    ['with a C1 control', 'a\x9bm'],
    ['turned around', 'a\u202eb'],
    ['with what cannot be seen', 'a\u200bb'],
    ['with half a character', 'a\ud800'],
    ['for private use', 'a\ue000'],
    ['too long', 'x'.repeat(256)],
    ['the step that stays', '.'],
    ['the step that goes up', '..'],
  ])('is not %s', (_, name) => {
    expect(isName(name)).toBe(false);
    expect(() => checkName(name, 'MEMFSD_AGENT')).toThrow(
      expect.objectContaining({ code: 'invalid', message: expect.stringMatching(/^MEMFSD_AGENT: the name/) }),
    );
  });
});

import { expect, it } from 'vitest';
import { paragraph } from '../../../src/cli/commands/prompt.js';

const words = (text: string): number => text.split(/\s+/).length;

it('stays under 150 words whatever the description says', () => {
  const long = Array.from({ length: 500 }, () => 'word').join(' ');
  for (const readOnly of [true, false]) expect(words(paragraph('/m', 's', readOnly, long))).toBeLessThan(150);
});

it('says path, access and description', () => {
  const text = paragraph('/home/a/notes', 'team', true, 'What the team knows');
  expect(text).toContain('/home/a/notes');
  expect(text).toContain('What the team knows');
  expect(text).toContain('read-only');
  expect(paragraph('/home/a/notes', 'team', false, '')).not.toContain('read-only');
});

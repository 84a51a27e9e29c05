import { expect, it } from 'vitest';
import { versionNote } from '../../../src/cli/versions.js';

const note = (engine: string, keeper: string | null) =>
  versionNote({ engine, keeper: { pid: 42, version: keeper } }, '2.0.0');

it('says nothing where all are of one version', () => expect(note('2.0.0', '2.0.0')).toBeNull());

it.each([
  ['1.0.0', '1.0.0', 'the daemon is of version 1.0.0, this command of version 2.0.0'],
  ['3.0.0', '3.0.0', 'the daemon is of version 3.0.0, this command of version 2.0.0'],
  [
    '2.0.0',
    '1.0.0',
    'of the daemon the keeper is of version 1.0.0 and the engine of version 2.0.0, this command of version 2.0.0',
  ],
])('names an engine of %s and a keeper of %s', (engine, keeper, text) =>
  expect(note(engine, keeper)).toEqual({ text, next: 'memfsd restart' }),
);

it('says how to end a daemon that knows no restart', () => {
  expect(note('0.1.0', null)).toEqual({
    text: expect.stringContaining('earlier release'),
    next: expect.stringContaining('kill 42'),
  });
});

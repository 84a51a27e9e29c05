import { describe, expect, it } from 'vitest';
import { diffBody, longestCompared } from '../../../src/api/render.js';
import type { LogRecord } from '../../../src/core/records.js';
import type { DiffEntry, VersionContent } from '../../../src/core/versions.js';

const version = (bytes: Buffer, read = (): void => {}): VersionContent => ({
  record: { size: bytes.length } as LogRecord,
  chunks: {
    *[Symbol.iterator]() {
      read();
      yield bytes;
    },
  },
});

const entry = (before: VersionContent | null, after: VersionContent | null): DiffEntry => ({
  path: '/a',
  change: 'changed',
  before,
  after,
});

const text = version(Buffer.from('text'));

describe('a difference', () => {
  it('has both contents where they are text', () => {
    const late = Buffer.concat([Buffer.alloc(8192, 'x'), Buffer.of(0)]);
    const { before, after } = diffBody(entry(text, version(late)));
    expect(before?.content).toEqual({ encoding: 'utf8', data: 'text' });
    expect(after?.content).toEqual({ encoding: 'utf8', data: late.toString() });
  });

  it.each([
    ['a NUL early on', Buffer.from('te\0xt')],
    ['bytes that are not UTF-8', Buffer.of(0xff, 0xfe)],
  ])('leaves both out where one has %s', (_, bytes) => {
    const { before, after } = diffBody(entry(text, version(bytes)));
    for (const side of [before, after])
      expect(side?.content).toEqual({ encoding: 'base64', data: '', omitted: 'binary' });
  });

  it('does not even read what is too long', () => {
    const unread = version(Buffer.alloc(longestCompared + 1, 'x'), () => expect.unreachable());
    const { before, after } = diffBody(entry(null, unread));
    expect(before).toBeNull();
    expect(after?.content).toEqual({ encoding: 'base64', data: '', omitted: 'long' });
  });
});

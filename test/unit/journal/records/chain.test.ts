import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { chainNext, chainStart, commitmentOf, hmacSha256 } from '../../../../src/journal/records/chain.js';

const bytes = (text: string): Buffer => Buffer.from(text);

test.each([0, 1, 16, 63, 64])('HMAC-SHA-256 with a key of %i bytes is node:crypto’s', (length) => {
  const key = Buffer.alloc(length, 0xa7);
  const expected = createHmac('sha256', key).update('what do ya want ').update('for nothing?').digest();
  expect(hmacSha256(key, [bytes('what do ya want '), bytes('for nothing?')])).toEqual(expected);
});

const salt = Buffer.alloc(16, 7);
const committed = {
  path: bytes('/a'),
  previousPath: null,
  content: { sha256: Buffer.alloc(32, 1), size: 5 },
};

test.each([
  ['path', { path: bytes('/b') }],
  ['previous path', { previousPath: bytes('/a') }],
  ['size', { content: { ...committed.content, size: 6 } }],
  ['hash', { content: { ...committed.content, sha256: Buffer.alloc(32, 2) } }],
  ['no content', { content: null }],
])('a commitment depends on the %s', (_, change) => {
  expect(commitmentOf(salt, { ...committed, ...change })).not.toEqual(commitmentOf(salt, committed));
});

test('path and previous path cannot be shifted into each other', () => {
  const one = commitmentOf(salt, { path: bytes('/ab'), previousPath: bytes('/c'), content: null });
  const other = commitmentOf(salt, { path: bytes('/a'), previousPath: bytes('b/c'), content: null });
  expect(one).not.toEqual(other);
});

test('the chain depends on every field', () => {
  const fields = {
    seq: 1,
    branch: 1,
    timeMs: 1000,
    operation: 0,
    agent: 'a',
    session: 's',
    ino: 2,
    memory: 1,
    parent: null,
    commitment: Buffer.alloc(32, 3),
    mount: 1,
    claimed: false,
  };
  const links = [
    chainNext(chainStart, fields),
    chainNext(Buffer.alloc(32, 9), fields),
    ...Object.entries({
      seq: 2,
      branch: 2,
      timeMs: 1,
      operation: 1,
      agent: 'b',
      session: 't',
      ino: 3,
      memory: 2,
      mount: 2,
      claimed: true,
    }).map(([key, value]) => chainNext(chainStart, { ...fields, [key]: value })),
    chainNext(chainStart, { ...fields, parent: 1 }),
    chainNext(chainStart, { ...fields, mount: null }),
    chainNext(chainStart, { ...fields, commitment: Buffer.alloc(32, 4) }),
  ].map((link) => link.toString('hex'));
  expect(new Set(links).size).toBe(links.length);
});

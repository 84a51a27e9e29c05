/** The built-in policy: private keys and tokens of well-known services are noted, or refused. */
import { findSecrets, type Secret } from '../secrets/find.js';
import type { CommitPolicy, ReadableContent } from './policy.js';

/** Of what is larger than two of them, only the first and the last are looked at, in bytes. */
const searched = 1024 * 1024;
/** What was appended may go on with something that had begun before. */
const before = 1024;

/** A secret that the memory held before is no news. */
export function secretsPolicy(mode: 'flag' | 'refuse'): CommitPolicy {
  return ({ path, content, previous, unchanged }) => {
    const start = Math.max(0, unchanged - before);
    const found = secretsIn(content, start);
    if (found.length === 0) return { verdict: 'accept' };
    const known = new Set(previous === null ? [] : secretsIn(previous, start).map(({ text }) => text));
    const [first, ...others] = found.filter(({ text }) => !known.has(text));
    if (first === undefined) return { verdict: 'accept' };
    if (mode === 'refuse') return { verdict: 'refuse', reason: reasonOf(path, content, first) };
    const names = new Set([first, ...others].map(({ pattern }) => pattern.name));
    return { verdict: 'flag', flags: [...names].sort().map((name) => `secret:${name}`) };
  };
}

function reasonOf(path: Buffer, content: ReadableContent, { pattern, offset }: Secret): string {
  const lineFeeds = bytesOf(content, 0, offset).toString('latin1').match(/\n/g)?.length ?? 0;
  return `line ${lineFeeds + 1} of ${path.toString()} looks like ${pattern.title}`;
}

function secretsIn(content: ReadableContent, from: number): Secret[] {
  const { size } = content;
  const ranges =
    size - from <= 2 * searched
      ? [{ start: from, end: size }]
      : [
          { start: from, end: from + searched },
          { start: size - searched, end: size },
        ];
  return ranges.flatMap(({ start, end }) => {
    const bytes = bytesOf(content, start, end);
    return findSecrets(bytes).map((secret) => ({ ...secret, offset: start + secret.offset }));
  });
}

const bytesOf = (content: ReadableContent, start: number, end: number): Buffer =>
  Buffer.concat(content.read(start, end - start));

/** The built-in policy: private keys and tokens of well-known services are noted, or refused. */
import type { CommitPolicy, ReadableContent } from './policy.js';
import {
  privateKey,
  privateKeyMark,
  type SecretPattern,
  tokenLength,
  tokenPatterns,
} from './secret-patterns.js';
import { type Run, tokenRuns } from './token-runs.js';

/** Of what is larger than two of them, only the first and the last are looked at, in bytes. */
const searched = 1024 * 1024;
/** What was appended may go on with something that had begun before. */
const before = 1024;
/** How far a token may reach beyond its longest run, and how far the beginning of a key beyond its mark. */
const around = { token: { before: 64, after: 160 }, key: { before: 48, after: 2048 } };
/** Fewer different characters than a secret would have: `ghp_xxxxxxxx…`. */
const fewCharacters = 10;

interface Secret {
  readonly pattern: SecretPattern;
  readonly text: string;
  readonly offset: number;
}

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
    return [...keysIn(bytes), ...tokensIn(bytes)].map((secret) => ({
      ...secret,
      offset: start + secret.offset,
    }));
  });
}

const bytesOf = (content: ReadableContent, start: number, end: number): Buffer =>
  Buffer.concat(content.read(start, end - start));

function keysIn(bytes: Buffer): Secret[] {
  const secrets: Secret[] = [];
  for (
    let at = bytes.indexOf(privateKeyMark);
    at >= 0;
    at = bytes.indexOf(privateKeyMark, at + privateKeyMark.length)
  ) {
    const start = Math.max(0, at - around.key.before);
    const text = bytes.toString('latin1', start, at + around.key.after);
    secrets.push(...matches(privateKey, text, start));
  }
  return secrets;
}

function tokensIn(bytes: Buffer): Secret[] {
  const secrets: Secret[] = [];
  for (const { start, end } of joined(tokenRuns(bytes, tokenLength))) {
    const text = bytes.toString('latin1', start, end);
    if (!anyToken.test(text)) continue;
    for (const pattern of tokenPatterns) secrets.push(...matches(pattern, text, start));
  }
  return secrets;
}

/** With what may belong to them; those that touch become one. */
function* joined(runs: Iterable<Run>): Generator<Run> {
  let last: { start: number; end: number } | null = null;
  for (const run of runs) {
    const start = Math.max(0, run.start - around.token.before);
    const end = run.end + around.token.after;
    if (last !== null && start <= last.end) last.end = end;
    else {
      if (last !== null) yield last;
      last = { start, end };
    }
  }
  if (last !== null) yield last;
}

const anyToken = new RegExp(tokenPatterns.map(({ pattern }) => pattern.source).join('|'));

const matches = (pattern: SecretPattern, text: string, start: number): Secret[] =>
  [...text.matchAll(new RegExp(pattern.pattern, `${pattern.pattern.flags}g`))]
    .filter(([match]) => new Set(match).size >= fewCharacters && !match.endsWith('EXAMPLE'))
    .map(({ 0: match, index }) => ({ pattern, text: match, offset: start + index }));

/** Finds private keys and tokens in bytes, quickly: patterns run only where a long word or a key's mark is. */
import { privateKey, privateKeyMark, type SecretPattern, tokenLength, tokenPatterns } from './patterns.js';
import { type Run, tokenRuns } from './token-runs.js';

/** How far a token may reach beyond its longest run, and how far the beginning of a key beyond its mark. */
const around = { token: { before: 64, after: 160 }, key: { before: 48, after: 2048 } };
/** Fewer different characters than a secret would have: `ghp_xxxxxxxx…`. */
const fewCharacters = 10;

export interface Secret {
  readonly pattern: SecretPattern;
  /** One character for each byte. Of a private key its beginning only. */
  readonly text: string;
  /** In bytes. */
  readonly offset: number;
}

export const findSecrets = (bytes: Buffer): Secret[] => [...keysIn(bytes), ...tokensIn(bytes)];

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

/** Finds secrets that a text has and another has not. */
import { findSecrets } from '../../secrets/find.js';
import { maskSecrets } from '../../secrets/mask.js';

/** Names each secret for a person: `a GitHub token`, `a password`. */
export function newSecrets(after: string, known: string): string[] {
  const certain = findSecrets(Buffer.from(after)).filter(({ text }) => !known.includes(text));
  const lines = new Set(known.split('\n').map((line) => line.trim()));
  const fresh = after.split('\n').filter((line) => !lines.has(line.trim()));
  return [...certain.map(({ pattern }) => pattern.title), ...fresh.flatMap(suspectedIn)];
}

const mark = /\[masked:([\w-]+)\]/g;

function suspectedIn(line: string): string[] {
  const before = line.match(mark)?.length ?? 0;
  return [...maskSecrets(line).matchAll(mark)]
    .slice(before)
    .map(([, kind]) => `a ${kind!.replaceAll('-', ' ')}`);
}

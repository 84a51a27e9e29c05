/** Puts a mark in the place of each private key, token and password: `[masked:github-token]`. */
import { findSecrets, type Secret } from './find.js';
import { suspicions } from './suspicions.js';

/**
 * What is left of a key behind its beginning: up to its end mark, else as far as it can be one. Line feeds may be
 * escaped, and no quotation mark is passed, so that JSON stays JSON.
 */
const restOfKey =
  /^(?:(?:[\w+/=\s:,.;()-]|\\{1,4}[nr])*?-----END [A-Z0-9 ]{0,40}-----|(?:[\w+/=\s]|\\{1,4}[nr])*)/;
/** Of an assignment only the value is secret: `SecretAccessKey": "…`. */
const valueOfAssignment = /[\w/+]{40,}={0,2}$/;
const longest = { token: 512, key: 64 * 1024 };

interface Range {
  readonly start: number;
  readonly end: number;
  readonly mark: string;
}

/** The text itself when nothing was found. */
export function maskSecrets(text: string): string {
  const bytes = Buffer.from(text);
  const certain = findSecrets(bytes).map((secret) => rangeOf(secret, bytes));
  const known =
    certain.length === 0 ? text : withMarks(certain, (start, end) => bytes.toString('utf8', start, end));
  const suspected = suspectedIn(known);
  return suspected.length === 0 ? known : withMarks(suspected, (start, end) => known.slice(start, end));
}

function withMarks(ranges: Range[], part: (start: number, end?: number) => string): string {
  const parts: string[] = [];
  let done = 0;
  for (const { start, end, mark } of ranges.sort((a, b) => a.start - b.start)) {
    if (start >= done) parts.push(part(done, start), mark);
    done = Math.max(done, end);
  }
  parts.push(part(done));
  return parts.join('');
}

function rangeOf({ pattern, text, offset }: Secret, bytes: Buffer): Range {
  const mark = `[masked:${kindOf(pattern.title)}]`;
  const end = offset + text.length;
  if (pattern.name === 'private-key') {
    const rest = restOfKey.exec(bytes.toString('latin1', end, end + longest.key))!;
    return { start: offset, end: end + rest[0].length, mark };
  }
  // A token may be longer than its pattern asks for.
  const rest = /^[\w-]*/.exec(bytes.toString('latin1', end, end + longest.token))![0];
  const value = /[=:]/.test(text) ? (valueOfAssignment.exec(text)?.index ?? 0) : 0;
  return { start: offset + value, end: end + rest.length, mark };
}

/** "a GitHub token": `github-token` */
const kindOf = (title: string): string => title.replace(/^an? /, '').toLowerCase().replaceAll(' ', '-');

function suspectedIn(text: string): Range[] {
  return suspicions.flatMap(({ kind, sign = '', pattern, accepts = () => true }) =>
    !text.includes(sign)
      ? []
      : [...text.matchAll(pattern)].flatMap(({ indices }) => {
          const [start, end] = (indices![1] ?? indices![0])!;
          const value = text.slice(start, end);
          return value.startsWith('[masked:') || !accepts(value)
            ? []
            : [{ start, end, mark: `[masked:${kind}]` }];
        }),
  );
}

/** Finds long words of letters, digits, `_` and `-`, as keys and tokens are. */

const isTokenByte = new Uint8Array(256);
for (const byte of Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-'))
  isTokenByte[byte] = 1;

export interface Run {
  readonly start: number;
  readonly end: number;
}

/** In order. Looks at every `length`th byte only, and around those that may lie in such a run. */
export function* tokenRuns(bytes: Uint8Array, length: number): Generator<Run> {
  for (let at = length - 1, floor = 0; at < bytes.length; at += length) {
    if (isTokenByte[bytes[at]!] === 0) continue;
    let start = at;
    while (start > floor && isTokenByte[bytes[start - 1]!] === 1) start--;
    let end = at + 1;
    while (end < bytes.length && isTokenByte[bytes[end]!] === 1) end++;
    if (end - start >= length) yield { start, end };
    floor = end;
    at = end;
  }
}

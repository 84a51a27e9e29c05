/** Random identifiers: a prefix that names the kind, then 120 random bits in lowercase letters and digits. */

/** No `l`, `o`, `0` or `1`: an id is sometimes read aloud or typed. */
const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789';

const length = 24;

const prefixes = { store: 'memstore', session: 'sesn', dream: 'drm' } as const;

export type IdKind = keyof typeof prefixes;

/** `count` random bytes. */
export type RandomBytes = (count: number) => Uint8Array;

export function newId(kind: IdKind, randomBytes: RandomBytes): string {
  const bytes = randomBytes(length);
  let id = `${prefixes[kind]}_`;
  for (let i = 0; i < length; i++) id += alphabet[bytes[i]! & 31];
  return id;
}

export function isId(kind: IdKind, text: string): boolean {
  const prefix = `${prefixes[kind]}_`;
  if (!text.startsWith(prefix) || text.length !== prefix.length + length) return false;
  for (const letter of text.slice(prefix.length)) if (!alphabet.includes(letter)) return false;
  return true;
}

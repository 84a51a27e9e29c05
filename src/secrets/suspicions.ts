/**
 * What is a secret by its surroundings only: the value behind "password", the middle of a URL. Too many false alarms
 * for refusing a note, but a transcript loses nothing by a mark too many.
 */

export interface Suspicion {
  /** The kind in the mark. */
  readonly kind: string;
  /** No text without it can hold such a secret: looked for first, as it costs less. */
  readonly sign?: string;
  /** Its first group, else all of it, is the secret. With the flags `g` and `d`. */
  readonly pattern: RegExp;
  /** Of the secret. */
  readonly accepts?: (value: string) => boolean;
}

/** No reference to a variable, no placeholder, no plain word: it has a digit and a letter. */
const looksMade = (value: string): boolean =>
  /\d/.test(value) && /[A-Za-z]/.test(value) && !/^[$<{%[(*]|\*{3}|^(?:\d{4}-\d\d-\d\d|0x)/.test(value);

export const suspicions: readonly Suspicion[] = [
  {
    kind: 'password',
    sign: '://',
    // RFC 3986, section 3.2.1: userinfo
    pattern: /\b[a-z][a-z\d+.-]{1,20}:\/\/[^\s:@/"'\\]{0,64}:([^\s:@/"'\\]{3,128})@/dgi,
    accepts: (value) => !/^[$<{%[]/.test(value),
  },
  {
    kind: 'json-web-token',
    sign: 'eyJ',
    // RFC 7519: the first part is a JSON object
    pattern: /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/dg,
  },
  {
    kind: 'bearer-token',
    sign: 'Bearer',
    pattern: /\bBearer\s{1,3}([\w.~+/-]{16,}={0,2})/dg,
    accepts: looksMade,
  },
  { kind: 'api-key', pattern: /\b(?:sk|pk|rk)-[\w-]{20,}/dg, accepts: looksMade },
  { kind: 'slack-token', sign: 'xox', pattern: /\bxox[abeoprs]-[\w-]{16,}/dg },
  {
    kind: 'password',
    pattern:
      /(?:passw(?:or)?d|passphrase|\bpwd|secret|token|api[_-]?key|access[_-]?key|credential)s?(?:\\{0,4}["'])?(?:\s{0,3}[=:]\s{0,3}|\s{1,3}(?:is|was|to)\s{1,3}|\s)(?:\\{0,4}["'`])?([^\s"'`\\,;]{8,256})/dgi,
    accepts: looksMade,
  },
];

import { describe, expect, it } from 'vitest';
import { tokenLength, tokenPatterns } from '../../../src/secrets/patterns.js';
import { tokenRuns } from '../../../src/secrets/token-runs.js';
import type { Commit, ReadableContent } from '../../../src/vfs/policy.js';
import { secretsPolicy } from '../../../src/vfs/secrets.js';
import { hex, noise, pem, samples } from '../secrets/samples.js';

const contentOf = (bytes: Buffer): ReadableContent => ({
  size: bytes.length,
  read: (offset, length) => [bytes.subarray(offset, offset + length)],
});

const commit = (text: string | Buffer, more: Partial<Commit> = {}): Commit => ({
  path: Buffer.from('/notes.md'),
  actor: { agent: 'ada', session: 'sesn_1' },
  content: contentOf(Buffer.from(text)),
  previous: null,
  unchanged: 0,
  ...more,
});

const flag = secretsPolicy('flag');
const accepted = { verdict: 'accept' };
const prose = 'The service listens on port 5432; ask ben before you change the timeout of 30 s.\n';

describe('a secret', () => {
  it.each(samples)('of %s is flagged', (name, text) => {
    const expected = { verdict: 'flag', flags: [`secret:${name}`] };
    for (const around of [text, `${prose}token: "${text}"\n${prose}`, `KEY=${text}\n`, `x ${text} y`])
      expect(flag(commit(around)), around).toEqual(expected);
  });

  it('of every pattern has a sample', () => {
    const known = samples.map(([, text]) => text);
    expect(tokenPatterns.filter(({ pattern }) => !known.some((text) => pattern.test(text)))).toEqual([]);
  });

  it('is refused with the place, and without repeating it', () => {
    const token = `ghp_${noise(36)}`;
    expect(secretsPolicy('refuse')(commit(`${prose}${prose}x ${token}`))).toEqual({
      verdict: 'refuse',
      reason: 'line 3 of /notes.md looks like a GitHub token',
    });
  });

  it('is named once, with the others', () => {
    const text = `ghp_${noise(36)} ghp_${noise(37).slice(1)} npm_${noise(36)}`;
    expect(flag(commit(text))).toEqual({ verdict: 'flag', flags: ['secret:github', 'secret:npm'] });
  });
});

describe('what is new', () => {
  const [old, fresh] = [`token ghp_${noise(36)}\n`, `token npm_${noise(36)}\n`];

  it('alone is told', () => {
    const previous = contentOf(Buffer.from(`${prose}${old}`));
    expect(flag(commit(`${old}${prose}`, { previous }))).toEqual(accepted);
    const flags = ['secret:npm'];
    expect(flag(commit(`${old}${prose}${fresh}`, { previous }))).toEqual({ verdict: 'flag', flags });
  });

  it('alone is read of an append, with a little before it', () => {
    const before = Buffer.from(prose.repeat(100));
    const reads: [number, number][] = [];
    const text = Buffer.concat([before, Buffer.from(fresh)]);
    const content: ReadableContent = {
      size: text.length,
      read: (offset, length) => {
        reads.push([offset, length]);
        return [text.subarray(offset, offset + length)];
      },
    };
    const verdict = flag(commit('', { content, previous: contentOf(before), unchanged: before.length }));
    expect(verdict).toEqual({ verdict: 'flag', flags: ['secret:npm'] });
    expect(reads).toEqual([[before.length - 1024, 1024 + fresh.length]]);
  });

  it('may complete what was there', () => {
    const key = pem('RSA PRIVATE KEY');
    const unchanged = key.indexOf('\n') + 1;
    const previous = contentOf(Buffer.from(key.slice(0, unchanged)));
    expect(flag(commit(key, { previous, unchanged }))).toMatchObject({ verdict: 'flag' });
  });
});

describe('no secret', () => {
  it.each([
    ['prose', prose.repeat(20)],
    [
      'the words for it',
      'Put the PRIVATE KEY between -----BEGIN PRIVATE KEY----- and -----END PRIVATE KEY-----.',
    ],
    ['a public key', pem('PUBLIC KEY')],
    ['a certificate', pem('CERTIFICATE')],
    ['a placeholder', `ghp_${'x'.repeat(36)} sk_live_${'0'.repeat(24)} AKIA${'X'.repeat(16)}`],
    ['an example of the documentation', `AKIAIOSFODNN7${'EXAMPLE'}`],
    ['hashes and ids', `${hex(40)} ${hex(64)} sha512-${noise(86)}== 7f9c24e8-3b12-4fef-91e0-56a2d5a9c4bb`],
    [
      'long names',
      'a_function_with_a_very_long_name_that_says_all(github_personal_access_token_of_the_user)',
    ],
    ['a JSON web token', `eyJ${noise(30)}.eyJ${noise(60)}.${noise(43)}`],
    ['nothing', ''],
  ])('is %s', (_, text) => {
    expect(flag(commit(text))).toEqual(accepted);
  });
});

describe('a large content', () => {
  const token = `ghp_${noise(36)}`;
  const at = (offset: number, size: number): Buffer => {
    const bytes = Buffer.alloc(size, prose);
    bytes.write(` ${token} `, offset);
    return bytes;
  };

  it.each([
    ['its first MiB', 1_000_000, 8 * 1024 * 1024, 'flag'],
    ['its last MiB', 8 * 1024 * 1024 - 1000, 8 * 1024 * 1024, 'flag'],
    ['the middle of 2 MiB', 1024 * 1024 - 20, 2 * 1024 * 1024, 'flag'],
    ['no other place', 4 * 1024 * 1024, 8 * 1024 * 1024, 'accept'],
  ])('is looked at in %s', (_, offset, size, verdict) => {
    expect(flag(commit(at(offset, size)))).toMatchObject({ verdict });
  });
});

it('finds every long run of token characters', () => {
  for (let i = 0; i < 2_000; i++) {
    const bytes = Buffer.from(
      noise(i % 200, 'ABCDEFGHIJKLMNOPQRSTUVWXYZab_-0123456789.').replaceAll(
        /[A-F]/g,
        i % 3 === 0 ? ' ' : 'A',
      ),
    );
    const expected = [...bytes.toString().matchAll(new RegExp(`[\\w-]{${tokenLength},}`, 'g'))].map(
      ({ 0: run, index }) => ({ start: index, end: index + run.length }),
    );
    expect([...tokenRuns(bytes, tokenLength)]).toEqual(expected);
  }
});

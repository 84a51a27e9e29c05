import { describe, expect, it } from 'vitest';
import { maskSecrets } from '../../../src/secrets/mask.js';
import { hex, noise, pem, samples } from './samples.js';

const prose = 'Größe 12 ✓; the service listens on port 5432.\n';

/** Every stretch of the secret that is long enough to be worth something. */
const stretches = (text: string): string[] => text.match(/[A-Za-z0-9/+]{24,}/g) ?? [];

describe('a mask', () => {
  it.each(samples)('hides %s', (_, text) => {
    const masked = maskSecrets(`${prose}KEY="${text}"\n${prose}`);
    expect(masked).toMatch(/\[masked:[a-z-]+\]/);
    expect(masked.startsWith(prose)).toBe(true);
    expect(masked.endsWith(`"\n${prose}`)).toBe(true);
    for (const stretch of stretches(text)) expect(masked).not.toContain(stretch);
  });

  it.each(samples)('leaves JSON with %s as JSON', (_, text) => {
    const masked = maskSecrets(JSON.stringify({ command: prose, env: { KEY: text }, last: 'é "quoted"' }));
    expect(JSON.parse(masked)).toMatchObject({ command: prose, last: 'é "quoted"' });
    for (const stretch of stretches(text)) expect(masked).not.toContain(stretch);
  });

  it('leaves the name of what it hides', () => {
    const text = JSON.stringify({ SecretAccessKey: `${noise(38)}/+`, Region: 'eu-west-1' });
    expect(JSON.parse(maskSecrets(text))).toEqual({
      SecretAccessKey: '[masked:aws-secret-access-key]',
      Region: 'eu-west-1',
    });
  });

  it('hides a whole key, with its end and without', () => {
    const key = pem('RSA PRIVATE KEY', Array.from({ length: 30 }, (_, i) => noise(64 - (i % 2))).join('\n'));
    expect(maskSecrets(`a ${key} b`)).toBe('a [masked:private-key]\n b');
    expect(maskSecrets(`a ${key.slice(0, 900)}`)).toBe('a [masked:private-key]');
  });

  it('hides a token that is longer than usual, and each of several', () => {
    const text = `ghp_${noise(50)} npm_${noise(36)},ghp_${noise(36)}`;
    expect(maskSecrets(text)).toBe('[masked:github-token] [masked:npm-token],[masked:github-token]');
  });

  it.each([
    ['postgres://svc:', 'Xk29fjq01LMN', '@db.internal:5432/app'],
    ['https://ada:', 'hunter2', '@example.org/a'],
    ['Authorization: Bearer ', `${noise(30)}7`, ''],
    ['jwt ', `eyJ${noise(17)}.${noise(30)}.${noise(40)}`, ' end'],
    ['export DB_PASSWORD=', 'k5On3!tjl#uV8W', ''],
    ['{"password": "', 'k5On3!tjl#uV8W', '"}'],
    ['{\\"api_key\\":\\"', noise(32), '\\"}'],
    ['the password is ', 'corr3ct-horse', ', do not tell'],
    ['key sk-ant-', `api03-${noise(40)}`, ' was rotated'],
  ])('hides what stands behind %s', (before, secret, after) => {
    const masked = maskSecrets(`${prose}${before}${secret}${after}`);
    expect(masked).not.toContain(secret);
    expect(masked).toMatch(/\[masked:[a-z-]+\]/);
    expect(masked.endsWith(after)).toBe(true);
  });

  it.each([
    prose,
    'The token bucket holds 100 tokens; a password must have 12 characters.',
    'password: $DB_PASSWORD, token=<your-token-here-1>, api_key: %KEY_1%',
    'git clone https://example.org:8443/a/b.git; see http://user@host:80/',
    `commit ${hex(40)} of sk-learn and task-list-of-the-whole-team`,
    'secrets rotate on 2026-03-01; the access key was revoked.',
  ])('leaves alone: %s', (text) => {
    expect(maskSecrets(text)).toBe(text);
  });

  it('takes no time on hostile text', () => {
    const began = performance.now();
    for (const unit of [
      'password ',
      '-----BEGIN PRIVATE KEY-----\n',
      'a:\\\\n',
      'eyJ',
      'sk-',
      'a://',
      'token=x1',
    ])
      maskSecrets(unit.repeat(200_000 / unit.length));
    expect(performance.now() - began).toBeLessThan(30_000);
  });
});

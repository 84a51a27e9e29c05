import { describe, expect, it } from 'vitest';
import { descriptors, isAtLeast, names, resend } from '../../../src/daemon/health.js';

describe('the kernel release', () => {
  it.each([
    ['6.9.0', true],
    ['6.10.1-generic', true],
    ['7.0', true],
    ['6.8.12', false],
    ['6.1.0-21-amd64', false],
    ['5.15.0-microsoft-standard-WSL2', false],
  ])('%s: 6.9 or newer is %s', (release, expected) => expect(isAtLeast(release, 6, 9)).toBe(expected));

  it('names the guarantee in force', () => {
    expect(resend('6.18.1')).toMatchObject({ state: 'good' });
    expect(resend('6.1.0')).toMatchObject({ state: 'warning', cure: expect.stringContaining('6.9') });
    expect(names('6.2.0')).toMatchObject({ state: 'good' });
    expect(names('6.1.0')).toMatchObject({ state: 'warning', cure: expect.stringContaining('6.2') });
  });
});

it('warns of few descriptors', () => {
  const limits = (soft: string): string =>
    `Limit                     Soft Limit           Hard Limit           Units\nMax open files            ${soft}                 1048576              files\n`;
  expect(descriptors(limits('1024')).state).toBe('warning');
  expect(descriptors(limits('1048576')).state).toBe('good');
  expect(descriptors(limits('unlimited')).state).toBe('good');
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { MountInfo } from '../../../src/core/mountinfo.js';
import { deadMounts, descriptors, diskRoom, isAtLeast, names, resend } from '../../../src/daemon/health.js';
import { directoryMark } from '../../../src/daemon/mounts/mount-source.js';

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

it('warns of a disk with little room', () => {
  expect(diskRoom('/d', 1e12)).toMatchObject({ state: 'good' });
  expect(diskRoom('/d', 5e6)).toMatchObject({
    state: 'warning',
    detail: expect.stringContaining('only 4 MiB'),
  });
  expect(diskRoom('/d', 0)).toMatchObject({ state: 'warning', detail: expect.stringContaining('full') });
});

it('names the mounts that a killed daemon left, and no others', () => {
  const data = mkdtempSync(join(tmpdir(), 'memfsd-health-'));
  const mounted = (path: string, type: string, source: string): MountInfo =>
    ({ path, type, source }) as MountInfo;
  const mark = directoryMark(data);
  const dead = deadMounts(data, [
    mounted('/my notes', 'fuse.memfsd', `memstore_a.1.${mark}`),
    mounted('/of another', 'fuse.memfsd', 'memstore_a.1.0123456789ab'),
    mounted('/other', 'fuse.other', `memstore_a.1.${mark}`),
  ]);
  rmSync(data, { recursive: true });
  expect(dead).toMatchObject([{ state: 'warning', detail: expect.stringContaining("'/my notes' is dead") }]);
  expect(dead[0]!.cure).toContain('memfsd start');
});

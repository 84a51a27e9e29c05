import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { HeldDirectory } from '../../../../src/daemon/directory/held-directory.js';

let above: string;
let data: string;
let held: HeldDirectory;

beforeEach(() => {
  above = mkdtempSync(join(tmpdir(), 'memfsd-held-'));
  data = join(above, 'here', 'data');
  mkdirSync(data, { recursive: true });
  held = new HeldDirectory(data);
});
afterEach(() => rmSync(above, { recursive: true }));

it('is in its place until it is moved, and again when it comes back', () => {
  expect(held.isInPlace()).toBe(true);
  renameSync(data, join(above, 'data'));
  expect(held.isInPlace()).toBe(false);
  renameSync(join(above, 'data'), data);
  expect(held.isInPlace()).toBe(true);
});

it('is not in its place when what lies there is another one', () => {
  renameSync(join(above, 'here'), join(above, 'there'));
  mkdirSync(data, { recursive: true });
  expect(held.isInPlace()).toBe(false);
});

it('is never taken for a new one, whose number the old one had', () => {
  rmSync(data, { recursive: true });
  mkdirSync(data);
  expect(held.isInPlace()).toBe(false);
});

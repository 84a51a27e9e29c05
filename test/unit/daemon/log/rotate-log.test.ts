import { existsSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { rotateLog } from '../../../../src/daemon/log/rotate-log.js';

const data = mkdtempSync(join(tmpdir(), 'memfsd-log-'));
afterAll(() => rmSync(data, { recursive: true }));
const log = join(data, 'memfsd.log');

it('leaves a short log, and none, as it is', () => {
  rotateLog(data);
  writeFileSync(log, 'a line\n');
  rotateLog(data);
  expect(statSync(log).size).toBe(7);
});

it('puts a long one aside, over the one before', () => {
  writeFileSync(`${log}.1`, 'older\n');
  truncateSync(log, 9 << 20);
  rotateLog(data);
  expect(existsSync(log)).toBe(false);
  expect(statSync(`${log}.1`).size).toBe(9 << 20);
});

import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { controlSocket } from '../../../../src/api/address.js';
import { engineLock } from '../../../../src/daemon/directory/fence.js';
import { LockFile } from '../../../../src/daemon/directory/lock-file.js';
import { refuseBesideEarlierRelease } from '../../../../src/daemon/keeper/earlier-release.js';

let data: string;
let other: ChildProcess | null;

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'memfsd-earlier-'));
  other = null;
});
afterEach(() => {
  other?.kill('SIGKILL');
  rmSync(data, { recursive: true });
});

/** A process that listens at an address, as bytes in hexadecimal, and answers nothing. */
async function listener(address: Buffer, uid = process.geteuid!()): Promise<number> {
  const program = `
import os, socket, sys, time
os.setresuid(*[int(sys.argv[2])] * 3)
s = socket.socket(socket.AF_UNIX); s.bind(bytes.fromhex(sys.argv[1])); s.listen(5)
print('listens', flush=True); time.sleep(60)`;
  const words = ['-c', program, address.toString('hex'), String(uid)];
  other = spawn('python3', words, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(other.stdout!, 'data');
  return other.pid!;
}

/** As such keepers spell it: with its exact length, or filled up with zeros. */
function formerAddress(length: number): Buffer {
  const { dev, ino } = statSync(data, { bigint: true });
  const name = createHash('sha256').update(`${dev}:${ino}`).digest('hex').slice(0, 32);
  const address = Buffer.from(`\0memfsd-keeper-${name}`);
  return Buffer.concat([address, Buffer.alloc(Math.max(0, length - address.length))]);
}

const refusal = (keeper: number): object => ({
  code: 'busy',
  message: expect.stringContaining(`earlier release (process ${keeper})`),
  hint: expect.stringContaining(`kill ${keeper}`),
});

it('is in nobody’s way where no such daemon runs', () =>
  expect(refuseBesideEarlierRelease(data)).resolves.toBeUndefined());

it('knows its keeper by its address', async () => {
  const keeper = await listener(formerAddress(108));
  await expect(refuseBesideEarlierRelease(data)).rejects.toMatchObject(refusal(keeper));
});

it('does not mind another user who listens at that address', async () => {
  if (process.geteuid?.() !== 0) return;
  await listener(formerAddress(108), 65_534);
  await expect(refuseBesideEarlierRelease(data)).resolves.toBeUndefined();
});

it('knows its engine, and so its keeper, by the control socket', async () => {
  await listener(Buffer.from(controlSocket(data)));
  await expect(refuseBesideEarlierRelease(data)).rejects.toMatchObject(refusal(process.pid));
});

it('does not take an engine of this release for one: that holds its lock', async () => {
  await listener(Buffer.from(controlSocket(data)));
  const lock = LockFile.take(engineLock(data))!;
  await expect(refuseBesideEarlierRelease(data)).resolves.toBeUndefined();
  lock.release();
});

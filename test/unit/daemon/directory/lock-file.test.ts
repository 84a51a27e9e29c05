import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { engineLock } from '../../../../src/daemon/directory/fence.js';
import { holderOf, isHeld, isVisible, LockFile } from '../../../../src/daemon/directory/lock-file.js';
import {
  holdingOf,
  keeperLock,
  lockDataDirectory,
  refuseBesideOthers,
} from '../../../../src/daemon/keeper/keeper-lock.js';
import { native } from '../../../../src/fuse/native.js';

let data: string;
let path: string;

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'memfsd-lock-'));
  path = keeperLock(data);
});
afterEach(() => rmSync(data, { recursive: true }));

describe('a lock file', () => {
  it('is held by one, who is named in it, and is free again after', () => {
    expect(isHeld(path)).toBe(false);
    const first = LockFile.take(path)!;
    expect(LockFile.take(path)).toBeNull();
    expect(isHeld(path)).toBe(true);
    const holder = holderOf(path)!;
    expect(holder).toMatchObject({ pid: process.pid, ready: false });
    expect(isVisible(holder)).toBe(true);
    first.ready();
    expect(holderOf(path)!.ready).toBe(true);
    first.release();
    const second = LockFile.take(path)!;
    expect(second).not.toBeNull();
    second.release();
  });

  it('goes on with a child that was given the descriptor, until that ends', async () => {
    const taken = LockFile.take(path)!;
    const child = spawn('sleep', ['60'], { stdio: ['ignore', 'ignore', 'ignore', taken.descriptor] });
    taken.release();
    expect(isHeld(path)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isHeld(path)).toBe(false);
  });

  it('is not given to other children, also by who adopted it', async () => {
    const taken = LockFile.adopt(LockFile.take(path)!.descriptor);
    const child = spawn('sleep', ['60']);
    taken.release();
    expect(isHeld(path)).toBe(false);
    child.kill('SIGKILL');
    await once(child, 'exit');
  });

  it('keeps nobody out once it is removed: the next one takes the file that is there', () => {
    const removed = LockFile.take(path)!;
    rmSync(path);
    const next = LockFile.take(path)!;
    expect(isHeld(path)).toBe(true);
    removed.release();
    expect(isHeld(path)).toBe(true);
    next.release();
  });

  it('is no symbolic link', () => {
    writeFileSync(join(data, 'victim'), 'important');
    symlinkSync(join(data, 'victim'), path);
    expect(() => LockFile.take(path)).toThrow(/ELOOP/);
    expect(isHeld(path)).toBe(false);
    expect(readFileSync(join(data, 'victim'), 'utf8')).toBe('important');
  });
});

describe('who holds a data directory', () => {
  const holdAs = (text: string): (() => void) => {
    const descriptor = openSync(path, 'w+');
    native().lockFile(descriptor);
    writeFileSync(path, text);
    return () => closeSync(descriptor);
  };

  it('is nobody, or a process that can be ended', () => {
    expect(holdingOf(data)).toBeNull();
    const lock = LockFile.take(path)!;
    expect(holdingOf(data)).toEqual({
      who: `process ${process.pid}`,
      cure: expect.stringContaining(`kill -KILL ${process.pid}`),
    });
    lock.release();
    expect(holdingOf(data)).toBeNull();
  });

  it.each([
    ['another pid namespace', { pid_namespace: 'pid:[1]' }],
    ['a process that is no more', { identity: 'another boot:1' }],
  ])('may be beyond reach: %s', (_, difference) => {
    const lock = LockFile.take(path)!;
    const holder = holderOf(path)!;
    lock.release();
    const free = holdAs(JSON.stringify({ ...holder, ...difference }));
    const holding = holdingOf(data)!;
    expect(holding.who).toContain(`process ${process.pid} of another container or sandbox`);
    expect(holding.cure).not.toContain('kill');
    free();
  });

  it('may be unknown', () => {
    const free = holdAs('');
    expect(holdingOf(data)).toMatchObject({ who: 'an unknown process', cure: expect.stringContaining(path) });
    free();
  });

  it('is known by its engine when the lock of the keeper was removed', async () => {
    const lock = LockFile.take(engineLock(data), process.pid)!;
    const { pid } = process;
    const expected = {
      who: expect.stringMatching(`process ${pid}, whose keeper.lock was removed.*${pid}`),
      cure: expect.stringContaining(`kill -KILL ${pid}`),
    };
    expect(holdingOf(data)).toEqual(expected);
    await expect(refuseBesideOthers(data)).rejects.toMatchObject({
      code: 'unreachable',
      hint: expected.cure,
    });
    lock.release();
    await refuseBesideOthers(data);
  });

  it('is nobody where an engine has outlived its keeper: it ends by itself', () => {
    const lock = LockFile.take(engineLock(data), process.pid)!;
    const holder = holderOf(engineLock(data))!;
    writeFileSync(
      engineLock(data),
      JSON.stringify({ ...holder, keeper: { ...holder.keeper, identity: 'another boot:1' } }),
    );
    expect(holdingOf(data)).toBeNull();
    lock.release();
  });

  it('keeps a second keeper from starting', async () => {
    const first = await lockDataDirectory(data, null);
    await expect(lockDataDirectory(data, null)).rejects.toMatchObject({
      code: 'busy',
      message: expect.stringContaining(`(process ${process.pid}) already runs`),
    });
    const passed = await lockDataDirectory(data, first.descriptor);
    passed.release();
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import {
  isRunning,
  parseStat,
  processFacts,
  processIdentity,
  processImage,
} from '../../../../src/daemon/processes/process.js';

describe('/proc/<pid>/stat', () => {
  it('is read past a name that holds blanks and parentheses', () => {
    const fields = ['Z', ...Array.from({ length: 18 }, (_, i) => String(i)), '4711', '0'];
    expect(parseStat(`12 (a) b (c) ${fields.join(' ')}`)).toEqual({ state: 'Z', started: '4711' });
  });

  it('tells the living from the dead', async () => {
    expect(isRunning(processFacts(process.pid))).toBe(true);
    const child = spawn('true');
    await once(child, 'exit');
    expect(isRunning(processFacts(child.pid!))).toBe(false);
    expect(processIdentity(child.pid!)).toBeNull();
  });

  it('counts a zombie as dead', () => {
    expect(isRunning({ state: 'Z', started: '1' })).toBe(false);
  });

  it('tells of a process that goes on without the thread that leads it', async () => {
    const child = spawn('python3', [
      '-c',
      'import ctypes, sys, threading; threading.Thread(target=sys.stdin.read).start(); ctypes.CDLL(None).pthread_exit(None)',
    ]);
    const pid = child.pid!;
    await expect.poll(() => processFacts(pid)?.state).toBe('Z');
    const image = processImage(pid)!;
    expect(isRunning(image)).toBe(true);
    expect(image).toMatchObject({ started: processFacts(pid)!.started, parent: process.pid, readable: true });
    expect(image.thread).not.toBe(pid);
    child.stdin.end();
    await once(child, 'exit');
    expect(isRunning(processImage(pid))).toBe(false);
  });
});

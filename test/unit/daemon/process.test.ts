import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { isRunning, parseStat, processFacts, processIdentity } from '../../../src/daemon/process.js';

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
});

import { describe, expect, it } from 'vitest';
import { RestartPolicy } from '../../../../src/daemon/keeper/restart-policy.js';

describe('the next engine', () => {
  it('comes at once when engines die now and then', () => {
    const policy = new RestartPolicy();
    for (let now = 0; now < 100_000; now += 2_600) expect(policy.afterDeath(now)).toBe(0);
  });

  it('waits longer and longer when engines die one after another', () => {
    const policy = new RestartPolicy();
    const waits = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => policy.afterDeath(i * 100));
    expect(waits).toEqual([0, 0, 0, 0, 1_000, 2_000, 4_000, 8_000]);
  });

  it('waits 30 s at most', () => {
    const policy = new RestartPolicy();
    for (let i = 0; i < 20; i++) policy.afterDeath(i);
    expect(policy.afterDeath(21)).toBe(30_000);
  });

  it('comes at once again after an engine that lived', () => {
    const policy = new RestartPolicy();
    for (let i = 0; i < 8; i++) policy.afterDeath(i);
    expect(policy.afterDeath(60_000)).toBe(0);
  });
});

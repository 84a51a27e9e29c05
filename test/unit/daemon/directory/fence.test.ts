import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { engineLock, outlive, takeFence } from '../../../../src/daemon/directory/fence.js';
import { isHeld } from '../../../../src/daemon/directory/lock-file.js';
import { pidNamespace, processFacts, processIdentity } from '../../../../src/daemon/processes/process.js';

const addon = fileURLToPath(new URL('../../../../native/index.cjs', import.meta.url));

let data: string;
let predecessor: ChildProcess | null;

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'memfsd-fence-'));
  predecessor = null;
});
afterEach(() => {
  predecessor?.kill('SIGKILL');
  rmSync(data, { recursive: true });
});

/** A process that holds the lock and does not mind any signal that it can be told not to. */
async function holding(facts: object = {}): Promise<number> {
  const program = `
    for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => {});
    require(${JSON.stringify(addon)}).lockFile(require('fs').openSync(process.argv[1], 'w+'));
    process.stdout.write('held');
    process.stdin.resume();`;
  predecessor = spawn(process.execPath, ['-e', program, engineLock(data)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(predecessor.stdout!, 'data');
  const pid = predecessor.pid!;
  const holder = { pid, identity: processIdentity(pid), pid_namespace: pidNamespace(), ready: false };
  writeFileSync(engineLock(data), JSON.stringify({ ...holder, ...facts }));
  return pid;
}

it('is taken at once where nobody has it', async () => {
  const fence = await takeFence(data, process.pid);
  expect(isHeld(engineLock(data))).toBe(true);
  fence.release();
});

it('is waited for while the predecessor ends by itself, whom nobody kills', async () => {
  const pid = await holding();
  const taken = takeFence(data, process.pid, 30_000);
  const ended = once(predecessor!, 'exit');
  predecessor!.stdin!.end();
  expect((await ended)[1]).toBeNull();
  (await taken).release();
  expect(readFileSync(engineLock(data), 'utf8')).not.toContain(`"pid":${pid},`);
});

it('is taken from a predecessor that does not end, by its end', async () => {
  await holding();
  const ended = once(predecessor!, 'exit');
  (await takeFence(data, process.pid, 200)).release();
  expect((await ended)[1]).toBe('SIGKILL');
});

it.each([
  ['of another pid namespace', { pid_namespace: 'pid:[1]' }, 'another container or sandbox'],
  ['that started at another time', { identity: 'another boot:1' }, 'fuser'],
])('is not taken from a process %s: its pid may be anybody’s here', async (_, facts, hint) => {
  const pid = await holding(facts);
  await expect(takeFence(data, process.pid, 100)).rejects.toMatchObject({
    code: 'busy',
    hint: expect.stringContaining(hint),
  });
  expect(processFacts(pid)?.state).not.toBe('Z');
  expect(isHeld(engineLock(data))).toBe(true);
});

describe('the engine of another keeper', () => {
  const living = { keeper: { pid: process.pid, identity: processIdentity(process.pid) } };

  it('is left alone while that keeper lives, and named', async () => {
    const pid = await holding(living);
    await expect(takeFence(data, process.ppid, 100)).rejects.toMatchObject({
      code: 'busy',
      message: expect.stringContaining(`process ${pid}`),
      hint: expect.stringContaining(`kill ${process.pid}`),
    });
    expect(processFacts(pid)?.state).not.toBe('Z');
  });

  it.each([
    ['it is this engine’s own', living, process.pid],
    ['that is dead', { keeper: { pid: process.pid, identity: 'another boot:1' } }, process.ppid],
  ])('is ended when %s', async (_, facts, keeper) => {
    await holding(facts);
    const ended = once(predecessor!, 'exit');
    (await takeFence(data, keeper, 200)).release();
    expect((await ended)[1]).toBe('SIGKILL');
  });
});

describe('an engine whose lock file was removed', () => {
  const named = (pid: number) => ({ pid, identity: processIdentity(pid)!, pid_namespace: pidNamespace() });

  it('keeps another one from these data, and is left alone', async () => {
    const pid = await holding();
    rmSync(engineLock(data));
    await expect(outlive(data, named(pid))).rejects.toMatchObject({
      code: 'busy',
      message: expect.stringContaining(`process ${pid}`),
    });
    expect(processFacts(pid)?.state).not.toBe('Z');
  });

  it('is in nobody’s way once it ends, nor on a copy of its data', async () => {
    const pid = await holding();
    await outlive(data, named(pid));
    rmSync(engineLock(data));
    const outlived = outlive(data, named(pid));
    predecessor!.stdin!.end();
    await outlived;
  });
});

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keeperSocket } from '../../../../src/api/address.js';
import { askKeeper } from '../../../../src/api/client/keeper.js';
import { listenOnFile } from '../../../../src/daemon/directory/socket-file.js';
import { KeeperSocket } from '../../../../src/daemon/keeper/keeper-socket.js';
import { runChild } from '../../../mount/support/child.js';

const state = { pid: 7, version: '9.9.9', engine: 8, restarts: 3, stopping: false, restart: null };

let data: string;
let server: KeeperSocket;
let asked: number;

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'memfsd-keeper-'));
  asked = 0;
  server = new KeeperSocket(listenOnFile(keeperSocket(data)), () => {
    asked++;
    return state;
  });
});
afterEach(() => {
  server.close();
  rmSync(data, { recursive: true });
});

const descriptors = (): number => readdirSync('/proc/self/fd').length;

describe('the keeper', () => {
  it('tells its state to whoever asks, one after the other and side by side', async () => {
    expect(await askKeeper(data)).toEqual(state);
    expect(await Promise.all(Array.from({ length: 50 }, () => askKeeper(data)))).toHaveLength(50);
  });

  it('is null where nobody listens: no file, a file that a dead one left, no directory', async () => {
    server.close();
    expect(await askKeeper(data)).toBeNull();
    rmSync(keeperSocket(data));
    expect(await askKeeper(data)).toBeNull();
    expect(await askKeeper(join(data, 'missing'))).toBeNull();
  });

  it('is unreachable where somebody listens and says nothing', async () => {
    server.close();
    const mute = listenOnFile(keeperSocket(data));
    await expect(askKeeper(data)).rejects.toMatchObject({ code: 'unreachable' });
    const closing = new KeeperSocket(mute, () => state);
    expect(await askKeeper(data)).toEqual(state);
    closing.close();
  });

  it('collects no connections of those who never hang up', async () => {
    const sockets: Socket[] = [];
    const before = descriptors();
    for (let i = 0; i < 200; i++) {
      const socket = connect({ path: keeperSocket(data), allowHalfOpen: true }).on('error', () => {});
      sockets.push(socket);
      await new Promise((resolve) => socket.once('close', resolve).once('data', resolve));
    }
    expect(await askKeeper(data)).toEqual(state);
    // The clients' ends are this process's too.
    expect(descriptors() - before - sockets.length).toBeLessThan(64);
    for (const socket of sockets) socket.destroy();
  });

  it('ends a connection of another user unread and unanswered', async () => {
    if (process.geteuid?.() !== 0) return;
    chmodSync(data, 0o755);
    chmodSync(keeperSocket(data), 0o666);
    const program = `
import os, socket, sys
os.setresgid(65534, 65534, 65534); os.setresuid(65534, 65534, 65534)
peer = socket.socket(socket.AF_UNIX); peer.connect(sys.argv[1])
try: print('got', peer.recv(1000))
except ConnectionResetError: print('reset')`;
    const { stdout } = await runChild('python3', ['-c', program, keeperSocket(data)]);
    expect(stdout).toMatch(/got b''|reset/);
    expect(asked).toBe(0);
    expect(await askKeeper(data)).toEqual(state);
  });

  it('is not asked in a directory of another user', async () => {
    if (process.geteuid?.() !== 0) return;
    spawnSync('chown', ['65534', data]);
    await expect(askKeeper(data)).rejects.toMatchObject({ code: 'access_denied' });
    expect(asked).toBe(0);
  });
});

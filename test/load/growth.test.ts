import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { describeMount } from '../mount/support/mount-tier.js';
import { type PrivateDaemon, usePrivateDaemon } from '../mount/support/private-daemon.js';

const bytesBelow = (directory: string): number =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(path.join(entry.parentPath, entry.name)).size, 0);

const hasWal = (data: string): boolean =>
  readdirSync(path.join(data, 'stores')).some((name) => name.endsWith('-wal'));

/** Bytes of the data directory once nothing is left to be copied out of the WAL. */
async function settledBytes(daemon: PrivateDaemon): Promise<number> {
  await daemon.expect('stop');
  // Something may have read the WAL until the end: then the next closing of the store empties it.
  for (let tries = 0; tries < 3 && hasWal(daemon.data); tries++) {
    await daemon.expect('store', 'show', 'growing');
    await daemon.expect('stop');
  }
  const bytes = bytesBelow(daemon.data);
  await daemon.expect('start');
  return bytes;
}

describeMount('the data directory', () => {
  const daemon = usePrivateDaemon();
  beforeAll(async () => {
    await daemon.expect('store', 'create', 'growing');
  });

  test('grows by less than five times what small appends to a large file write', async () => {
    let mountpoint = await daemon.mount('growing');
    await daemon.shell(mountpoint, 'head -c 1000000 /dev/urandom > log');
    const before = await settledBytes(daemon);
    mountpoint = await daemon.mount('growing');
    const appends = 4000;
    const line = 100;
    const program = `
for i in range(${appends}):
    with open('log', 'ab', buffering=0) as f:
        f.write(b'%0${line - 1}d\\n' % i)
`;
    await daemon.python(mountpoint, program);
    expect(await daemon.shell(mountpoint, 'stat -c %s log')).toBe(`${1_000_000 + appends * line}\n`);
    const log = await daemon.expect('log', 'growing', 'log', '--json');
    expect(log.trim().split('\n')).toHaveLength(appends + 1);
    expect(await settledBytes(daemon)).toBeLessThan(before + 5 * appends * line);
  });

  test('grows by less than five times what a git clone writes', async () => {
    const source = path.join(daemon.base, 'source');
    const make = `
mkdir ${source} && cd ${source} && git init -q .
for i in $(seq 500); do mkdir -p d$((i % 20)); seq $i $((i + 60)) > d$((i % 20))/f$i.md; done
git add -A && git -c user.name=t -c user.email=t@example.org commit -qm all`;
    await daemon.shell(daemon.base, make);
    const before = await settledBytes(daemon);
    const mountpoint = await daemon.mount('growing');
    await daemon.shell(
      mountpoint,
      `git clone -q --no-hardlinks ${source} clone && git -C clone status --porcelain`,
    );
    const written = Number(await daemon.shell(mountpoint, 'du -sb --apparent-size clone | cut -f1'));
    expect(await settledBytes(daemon)).toBeLessThan(before + 5 * written);
    await daemon.expect('verify', 'growing');
  });
});

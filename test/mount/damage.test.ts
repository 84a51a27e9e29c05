import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { inDirectory } from './support/child.js';
import { describeMount } from './support/mount-tier.js';
import { usePrivateDaemon } from './support/private-daemon.js';

describeMount('a store whose file was changed from outside', () => {
  const daemon = usePrivateDaemon();
  let mountpoint: string;
  beforeAll(async () => {
    await daemon.expect('store', 'create', 'notes');
    mountpoint = await daemon.mount('notes');
    await daemon.shell(mountpoint, 'for i in $(seq 40); do echo "this is note $i" > n$i.md; done');
    await daemon.expect('stop');
    const stores = path.join(daemon.data, 'stores');
    const file = path.join(stores, readdirSync(stores).find((name) => name.endsWith('.db'))!);
    const bytes = readFileSync(file);
    const at = bytes.indexOf('this is note 17');
    bytes[at]! ^= 1;
    writeFileSync(file, bytes);
    mountpoint = await daemon.mount('notes');
  });

  test('is said to be damaged where it is mounted', async () => {
    const { mounts } = JSON.parse(await daemon.expect('mounts', '--json')) as {
      mounts: { problem: string }[];
    };
    expect(mounts[0]!.problem).toMatch(/damaged/);
  });

  test('takes no more writes, and can be read', async () => {
    expect(await daemon.shell(mountpoint, 'cat n18.md')).toBe('this is note 18\n');
    for (const change of ['echo x > new.md', 'echo x >> n1.md', 'rm n1.md', 'mv n1.md m.md', 'mkdir d'])
      expect((await inDirectory(mountpoint, change)).stderr).toMatch(/Read-only file system/);
  });

  test('is told by verify, with the first bad record', async () => {
    const { status, stdout, stderr } = await daemon.run(['verify', 'notes']);
    expect(status).toBe(6);
    expect(stdout + stderr).toMatch(/first bad record is 17\b/);
  });

  test('is salvaged: a new store has all that is whole, and what is missing is named', async () => {
    const file = path.join(daemon.data, '..', `salvaged-${process.pid}.db`);
    const { status, stdout } = await daemon.run(['store', 'salvage', 'notes', file]);
    expect(status).toBe(10);
    expect(stdout).toMatch(/\/n17\.md: no version of it is left/);
    await daemon.expect('store', 'import', 'salvaged', '--snapshot', file);
    rmSync(file);
    expect(await daemon.expect('verify', 'salvaged')).toMatch(/^good/);
    const again = await daemon.run(['store', 'salvage', 'notes', 'by-name', '--json']);
    const { missing, imported } = JSON.parse(again.stdout) as { missing: object[]; imported: object };
    expect(missing).toEqual([expect.objectContaining({ kind: 'memory', path: '/n17.md', seq: 17 })]);
    expect(imported).toMatchObject({ name: 'by-name' });
    const second = await daemon.mount('by-name');
    expect(await daemon.shell(second, 'cat n18.md; ls | wc -l; echo new > new.md')).toBe(
      'this is note 18\n39\n',
    );
  });

  test('is unmounted and mounted like any other, and still takes no writes', async () => {
    await daemon.expect('unmount', mountpoint);
    mountpoint = await daemon.mount('notes');
    expect((await inDirectory(mountpoint, 'echo x > new.md')).stderr).toMatch(/Read-only file system/);
  });
});

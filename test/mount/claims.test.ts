import { beforeAll, expect, test } from 'vitest';
import { describeMount } from './support/mount-tier.js';
import { usePrivateDaemon } from './support/private-daemon.js';

describeMount('processes on one mount', () => {
  const daemon = usePrivateDaemon();
  let mount: string;
  beforeAll(async () => {
    await daemon.expect('store', 'create', 'shared');
    mount = await daemon.mount('shared', '--agent', 'ada', '--session', 'sesn_mount');
  });

  const whoWrote = async (path: string): Promise<object> => {
    const log = await daemon.expect('log', 'shared', path, '--json');
    const { agent, session, claimed } = JSON.parse(log.split('\n')[0]!) as Record<string, unknown>;
    return { agent, session, claimed };
  };

  test('are of the session of the mount', async () => {
    await daemon.shell(mount, 'unset MEMFSD_SESSION; bash -c "echo 1 > plain"');
    expect(await whoWrote('plain')).toEqual({ agent: 'ada', session: 'sesn_mount', claimed: false });
  });

  test('are of the session that their environment names', async () => {
    await daemon.shell(mount, 'MEMFSD_SESSION=sesn_1 MEMFSD_AGENT=ben bash -c "echo 1 > named"');
    expect(await whoWrote('named')).toEqual({ agent: 'ben', session: 'sesn_1', claimed: true });
    await daemon.shell(mount, 'echo 1 | MEMFSD_SESSION=sesn_2 tee teed');
    expect(await whoWrote('teed')).toEqual({ agent: 'ada', session: 'sesn_2', claimed: true });
  });

  test('are looked at again when they become another program', async () => {
    await daemon.shell(
      mount,
      `bash -c 'echo 1 > before; export MEMFSD_SESSION=sesn_next MEMFSD_AGENT=eve; echo 1 > exported; exec cp before after'
       MEMFSD_SESSION=sesn_first bash -c 'echo 1 > first; unset MEMFSD_SESSION; exec cp before nobody'`,
    );
    expect(await whoWrote('exported')).toMatchObject({ session: 'sesn_mount' });
    expect(await whoWrote('after')).toEqual({ agent: 'eve', session: 'sesn_next', claimed: true });
    expect(await whoWrote('first')).toMatchObject({ session: 'sesn_first' });
    expect(await whoWrote('nobody')).toEqual({ agent: 'ada', session: 'sesn_mount', claimed: false });
  });

  test('may have threads, even with a file of the mount mapped', async () => {
    const program = `
import mmap, os, threading
open('mapped', 'wb').write(b'x' * (16 << 20))
def fault():
    while not done:
        with open('mapped', 'rb') as f, mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ) as m: sum(m[::4096])
def remap():
    while not done: mmap.mmap(-1, 1 << 20).close()
def touch(n):
    for i in range(50): open('threads-%d' % n, 'w').write(str(i))
done = False
busy = [threading.Thread(target=each) for each in (fault, remap, fault, remap)]
for each in busy: each.start()
for n in range(8):
    each = threading.Thread(target=touch, args=(n,)); each.start(); each.join()
done = True
for each in busy: each.join()
`;
    await daemon.shell(mount, 'MEMFSD_SESSION=sesn_threads exec python3 -', { input: program });
    for (let n = 0; n < 8; n++)
      expect(await whoWrote(`threads-${n}`)).toMatchObject({ session: 'sesn_threads' });
  });
});

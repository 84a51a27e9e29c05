import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { killEngine, statusOf, until } from './daemon-support/processes.js';
import { describeMount } from './support/mount-tier.js';
import { usePrivateDaemon } from './support/private-daemon.js';

/** Mounts inside mounts. */
const testAsRoot = test.runIf(process.getuid?.() === 0);

/** What follows does, with a mountpoint as `b`, everything to names that there is, beside what is standing still. */
const changes = `
def change(b, k):
    f, g, d, e = (f'{b}/{k}{name}' for name in ('f', 'g', 'd', 'e'))
    with open(f, 'w') as file: file.write('x')
    os.rename(f, g)
    with open(f, 'w') as file: file.write('y')
    os.replace(f, g); os.link(g, f); os.mkdir(d); os.rename(d, e); os.rename(f, e + '/f')
    os.symlink('f', e + '/s'); os.unlink(e + '/s'); os.unlink(e + '/f'); os.unlink(g); os.rmdir(e)
`;

describeMount('a process in a directory of a mount', () => {
  const daemon = usePrivateDaemon();
  let one: string;
  beforeAll(async () => {
    await daemon.expect('store', 'create', 'stand');
    one = await daemon.mount('stand', '--agent', 'ada');
    await daemon.shell(one, 'mkdir -p repo/src/deep; echo note > repo/src/deep/note.md');
  });

  test('stays there while others join, change names, write past the mounts and lose their engine', async () => {
    const done = join(daemon.base, 'done');
    const standing = daemon.python(
      join(one, 'repo/src/deep'),
      `
import os, threading
def walk():
    while not os.path.exists('${done}'):
        for path in ('${one}', '${one}/repo', '${one}/repo/src', '${one}/repo/src/deep/note.md'): os.stat(path)
threading.Thread(target=walk).start()
calls, failed = 0, []
while not os.path.exists('${done}'):
    for _ in range(100):
        calls += 1
        try: os.getcwd(); os.stat('note.md'); os.stat('../deep')
        except OSError as error: failed.append(str(error))
print(calls > 0, failed[:3], os.getcwd())
`,
      { limit: 110_000 },
    );
    try {
      for (const path of ['new.md', 'repo/new.md', 'repo/src/deep/new.md'])
        expect((await daemon.run(['write', 'stand', path], { input: 'outside\n' })).status).toBe(0);
      const two = await daemon.mount('stand', '--agent', 'ben');
      const change = (rounds: number): Promise<string> =>
        daemon.python(
          two,
          `import os\n${changes}\nfor place in ('${two}', '${two}/repo', '${two}/repo/src/deep'):\n` +
            `    for k in range(${rounds}): change(place, k)`,
        );
      await change(15);
      expect((await daemon.run(['write', 'stand', 'repo/last.md'], { input: 'x' })).status).toBe(0);
      const changing = change(40);
      await killEngine(daemon);
      await changing;
      await daemon.expect('unmount', two);
      await change(1).catch(() => {});
      await daemon.mount('stand', '--agent', 'cleo');
    } finally {
      writeFileSync(done, '');
    }
    expect(await standing).toBe(`True [] ${one}/repo/src/deep\n`);
  });

  test('is told where it is after the directory was moved, and that there is none once it is gone', async () => {
    const two = await daemon.mount('stand', '--agent', 'dan');
    const said = await daemon.python(
      join(one, 'repo'),
      `
import os
os.makedirs('${one}/p/q'); os.chdir('${one}/p/q')
os.rename('${two}/p/q', '${two}/p/r')
print(os.path.exists('${one}/p/q'), os.path.exists('${one}/p/r'), os.path.relpath(os.getcwd(), '${one}'))
open('here', 'w').close(); print(os.path.exists('${two}/p/r/here')); os.unlink('here')
os.rmdir('${two}/p/r'); print(os.path.exists('${one}/p/r'))
try: os.getcwd()
except FileNotFoundError: print('gone')
`,
    );
    expect(said).toBe('False True p/r\nTrue\nFalse\ngone\n');
  });

  testAsRoot('keeps what it has mounted there, until the directory itself goes', async () => {
    const two = await daemon.mount('stand', '--agent', 'eve');
    const covered = join(one, 'repo/covered');
    const isThere = (): boolean => readFileSync('/proc/self/mounts', 'utf8').includes(` ${covered} `);
    await daemon.shell(
      one,
      'mkdir repo/covered; mount -t tmpfs none repo/covered; echo in > repo/covered/in',
    );
    try {
      const program = `import os\n${changes}\nfor k in range(50): change('${two}/repo', k); os.stat('${covered}')`;
      await daemon.python(two, program);
      await killEngine(daemon);
      expect((await daemon.run(['write', 'stand', 'repo/past.md'], { input: 'x' })).status).toBe(0);
      await daemon.python(two, program);
      expect(await daemon.shell(one, 'cat repo/covered/in')).toBe('in\n');
      await daemon.shell(two, 'rmdir repo/covered');
      expect(await daemon.shell(one, 'ls repo/covered || true')).toBe('');
      expect(isThere()).toBe(false);
    } finally {
      if (existsSync(two) && isThere()) await daemon.shell(daemon.base, `umount -l ${covered}`);
    }
  });
});

describeMount('names on two mounts', () => {
  const daemon = usePrivateDaemon();
  let [one, two]: string[] = [];
  beforeAll(async () => {
    await daemon.expect('store', 'create', 'names');
    one = await daemon.mount('names', '--agent', 'ada');
    // What the first has seen while it was alone it must not go on with.
    await daemon.shell(
      one,
      'mkdir common && cd common && for k in $(seq 40); do mkdir a$k b$k; echo $k > f$k; done; ls -lR',
    );
    await daemon.shell(one, 'cd common; for k in $(seq 41 80); do [ ! -e f$k ]; done');
    two = await daemon.mount('names', '--agent', 'ben');
  });

  /** Functions `a`, `b` of the program run in processes of their own; what they return is printed. */
  const together = (program: string): Promise<string> =>
    daemon.python(
      daemon.base,
      `
import os, sys, multiprocessing as mp
A, B = '${one}/common', '${two}/common'
${program}
def run(work, out):
    try: out.put(work())
    except BaseException as error: out.put(repr(error))
out = mp.Queue(); all = [mp.Process(target=run, args=(work, out)) for work in (a, b)]
for each in all: each.start()
print(*sorted(str(out.get()) for _ in all))
for each in all: each.join()
`,
    );

  test('are those of now on the one that was alone', async () => {
    const said = await daemon.python(
      daemon.base,
      `
import os
A, B = '${one}/common', '${two}/common'; wrong = []
for k in range(1, 41):
    os.unlink(f'{B}/f{k}'); wrong += [f'{k} is there'] * os.path.exists(f'{A}/f{k}')
    open(f'{B}/f{40 + k}', 'w').close(); wrong += [f'{k} is not there'] * (not os.path.exists(f'{A}/f{40 + k}'))
print(wrong)
`,
    );
    expect(said).toBe('[]\n');
  });

  test('change in one directory from both at once, directories that both have seen, and nobody waits for long', async () => {
    const said = await together(`
import time
for path in (A, B):
    for name in os.listdir(path): os.stat(f'{path}/{name}')
def rename(path, other, kind):
    slowest = 0
    for k in range(1, 41):
        began = time.monotonic()
        os.rename(f'{path}/{kind}{k}', f'{path}/{kind}{k}-moved'); os.rmdir(f'{path}/{kind}{k}-moved')
        slowest = max(slowest, time.monotonic() - began)
    return slowest < 1.5 or slowest
a = lambda: rename(A, B, 'a')
b = lambda: rename(B, A, 'b')
`);
    expect(said).toBe('True True\n');
    const left = await daemon.shell(one!, "cd common; ls | grep -vc '^f' || true; [ ! -e a1 ]; [ ! -e b1 ]");
    expect(left).toBe('0\n');
  });

  test('are seen on the other as soon as the call has returned, whoever else changes names there', async () => {
    const said = await together(`
def check(own, other, tag):
    wrong = []
    def expect(name, there):
        for path in (own, other):
            if os.path.lexists(f'{path}/{name}') != there: wrong.append(f'{name} in {path}')
    for k in range(120):
        f, g, d, e = (f'{tag}{k % 5}{name}' for name in 'fgde')
        for name in (f, g, d, e): expect(name, False)
        open(f'{own}/{f}', 'w').close(); expect(f, True)
        os.rename(f'{own}/{f}', f'{own}/{g}'); expect(f, False); expect(g, True)
        os.mkdir(f'{own}/{d}'); expect(d, True)
        os.rename(f'{own}/{g}', f'{own}/{d}/g'); expect(g, False); expect(d + '/g', True)
        os.rename(f'{own}/{d}', f'{own}/{e}'); expect(d, False); expect(d + '/g', False); expect(e + '/g', True)
        os.unlink(f'{own}/{e}/g'); expect(e + '/g', False)
        os.rmdir(f'{own}/{e}'); expect(e, False)
        own, other = other, own
    return wrong[:5]
a = lambda: check(A, B, 'p')
b = lambda: check(B, A, 'q')
`);
    expect(said).toBe('[] []\n');
  });
});

describeMount('on a kernel that cannot be made to ask for a name again', () => {
  const daemon = usePrivateDaemon();

  test('names past a mount show within a second, between mounts at once', async () => {
    const env = { ...process.env, MEMFSD_TEST_NO_EXPIRY: '1' };
    expect((await daemon.run(['store', 'create', 'old'], { env })).status).toBe(0);
    const one = await daemon.mount('old', '--agent', 'ada');
    expect((await statusOf(daemon)).mounts[0]).toMatchObject({ names: 'within_a_second' });
    expect((await daemon.run(['status'])).stdout).toContain('show within a second');
    await daemon.shell(one, 'mkdir d; [ ! -e d/new.md ]; echo x > d/old.md');
    expect((await daemon.run(['write', 'old', 'd/new.md'], { input: 'x' })).status).toBe(0);
    await until('the name', 20_000, async () => (await daemon.shell(one, 'ls d/new.md || true')) !== '');
    await daemon.shell(one, '[ ! -e d/later.md ]');
    const two = await daemon.mount('old', '--agent', 'ben');
    await daemon.shell(two, 'touch d/later.md; mv d/old.md d/older.md; mkdir d/e; mv d/e d/f');
    await daemon.shell(
      one,
      '[ -e d/later.md ]; [ ! -e d/old.md ]; [ -e d/older.md ]; [ ! -e d/e ]; [ -e d/f ]; rm -r d',
    );
    await daemon.shell(two, '[ ! -e d ]');
  });
});

import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { executable, killEngine } from './daemon-support/processes.js';
import { describeMount } from './support/mount-tier.js';
import { usePrivateDaemon } from './support/private-daemon.js';

/** A change must be heard of within 100 ms; a machine that does other work too may take longer. */
const soon = 5_000;

describeMount('.memfs', () => {
  const daemon = usePrivateDaemon();
  let mount: string;
  beforeAll(async () => {
    await daemon.expect('store', 'create', 'notes');
    mount = await daemon.mount('notes', '--agent', 'ada');
    await daemon.shell(
      mount,
      `mkdir d; printf 'one\\ntwo\\n' > d/a.md; echo x > b.md; cp -a . ${daemon.base}/before
printf 'three\\n' >> d/a.md; mv b.md c.md; rm c.md`,
    );
  });

  const shell = (script: string): Promise<string> => daemon.shell(mount, script, { limit: 30_000 });

  /** A shell in the mount whose output is collected while other things happen. */
  function begin(script: string): { said: () => string; ended: Promise<number | null>; kill: () => void } {
    const child = spawn('bash', ['-c', `cd "$1" && ${script}`, 'bash', mount], { detached: true });
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data: Buffer) => {
        text += data.toString();
      });
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    return { said: () => text, ended, kill: () => process.kill(-child.pid!, 'SIGINT') };
  }

  test('at/ is the tree as it was, for diff, grep, cp and rg', async () => {
    await shell(`diff -r ${daemon.base}/before .memfs/at/3`);
    expect(await shell('grep -rh two .memfs/at/3')).toBe('two\n');
    expect(await shell('rg --no-filename --no-line-number two .memfs/at/4')).toBe('two\n');
    expect(await shell('diff -r .memfs/at/3 .memfs/at/4 || true')).toContain('> three');
    await shell(`cp -a .memfs/at/3 ${daemon.base}/copy && diff -r ${daemon.base}/before ${daemon.base}/copy`);
    expect(await shell('sleep 1; ls .memfs/at/$(date -u +%Y-%m-%dT%H:%M:%SZ)')).toBe('d\n');
  });

  test('history/ has every version, and those of what is gone', async () => {
    expect(await shell('ls .memfs/history .memfs/history/c.md .memfs/history/d/a.md')).toBe(`.memfs/history:
c.md
d

.memfs/history/c.md:
000000003-created-ada
000000005-renamed-ada
000000006-deleted-ada

.memfs/history/d/a.md:
000000002-created-ada
000000004-modified-ada
`);
    const mapped = `import mmap
f = open('.memfs/history/d/a.md/000000002-created-ada', 'rb')
print(mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)[:])`;
    expect(await daemon.python(mount, mapped)).toBe("b'one\\ntwo\\n'\n");
  });

  test('blame/ and memfsd blame name the version of each line', async () => {
    const lines = (await shell('cat .memfs/blame/d/a.md')).split('\n');
    expect(lines.map((line) => line.slice(0, 6).trim() + line.slice(line.indexOf(' | ')))).toEqual([
      '2  ada | one',
      '2  ada | two',
      '4  ada | three',
      '',
    ]);
    const told = (await daemon.expect('blame', path.join(mount, 'd/a.md'), '--json')).trim().split('\n');
    expect(told.map((line) => (JSON.parse(line) as { seq: number }).seq)).toEqual([2, 2, 4]);
  });

  test('can be walked and copied whole, and changed nowhere', async () => {
    const copy = path.join(daemon.base, 'whole');
    await shell(`timeout 20 cp -a .memfs ${copy} && cmp .memfs/log.jsonl ${copy}/log.jsonl`);
    await shell('timeout 20 grep -rq three .memfs && ! ls -A | grep -q memfs');
    const refused =
      await shell(`set +o pipefail; for c in 'echo x > .memfs/README.md' 'echo x >> .memfs/at/3/d/a.md' \\
  'mkdir .memfs/at/new' 'rm .memfs/status.json' 'mv d .memfs/d' 'chmod 600 .memfs/log.jsonl' 'truncate -s 0 .memfs/errors.jsonl' \\
  'touch .memfs/history/new' 'mv .memfs gone' 'ln .memfs/README.md hard' 'setfattr -n user.x -v 1 .memfs/README.md'
do bash -c "$c" 2>&1 | grep -o 'Read-only file system' || echo "$c"; done`);
    expect(new Set(refused.trim().split('\n'))).toEqual(new Set(['Read-only file system']));
    rmSync(copy, { recursive: true });
  });

  test('log.jsonl grows under tail -f, and is as long as it says', async () => {
    const tail = begin('timeout 20 tail -n 1 -f .memfs/log.jsonl');
    await expect.poll(tail.said, { timeout: 5000 }).toContain('"seq":6');
    await shell('echo 1 > grows.md');
    await expect.poll(tail.said, { timeout: 5000 }).toContain('"path":"/grows.md"');
    tail.kill();
    expect(
      await shell('[ $(stat -c %s .memfs/log.jsonl) = $(cat .memfs/log.jsonl | wc -c) ] && echo same'),
    ).toBe('same\n');
  });

  test('events gives the next record at once, and lets its reader go', async () => {
    const head = begin('timeout 20 head -n 1 .memfs/events');
    await new Promise((resolve) => setTimeout(resolve, 500));
    const began = performance.now();
    await shell('echo 2 > grows.md');
    expect(await head.ended).toBe(0);
    expect(performance.now() - began).toBeLessThan(soon);
    expect(JSON.parse(head.said())).toMatchObject({ operation: 'modified', path: '/grows.md' });
    expect(await shell('timeout 1 head -n 1 .memfs/events || echo $?')).toBe('124\n');
  });

  test('a mount with a reader of events is busy, like one with any open file', async () => {
    const reader = begin('timeout 20 cat .memfs/events');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await daemon.run(['unmount', mount])).toMatchObject({ status: 4 });
    reader.kill();
    await reader.ended;
    expect(await shell('ls .memfs/at/1')).toBe('d\n');
  });

  test('readers go on when the engine is killed under them', async () => {
    const events = begin('timeout 30 cat .memfs/events');
    const follow = begin(`exec node ${executable} log notes --follow --last 1 --json --data ${daemon.data}`);
    await expect.poll(follow.said, { timeout: 10_000 }).toContain('"seq"');
    await shell('echo 3 > grows.md');
    await expect.poll(events.said, { timeout: 5000 }).toContain('"seq":9');
    const slow = begin(`python3 -c '
import os, time
f = os.open(".memfs/log.jsonl", os.O_RDONLY)
text = b""
while True:
    part = os.read(f, 100)
    if not part: break
    text += part
    time.sleep(0.02)
print(len(text), text.count(b"\\n"))'`);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await killEngine(daemon);
    await shell('echo 4 > grows.md; echo 5 > after.md');
    for (const { said } of [events, follow])
      await expect.poll(said, { timeout: 15_000 }).toContain('"path":"/after.md"');
    for (const { said } of [events, follow]) {
      const seqs = [...said().matchAll(/^\{"seq":(\d+)/gm)].map(([, seq]) => Number(seq));
      expect(seqs).toEqual(seqs.map((_, index) => seqs[0]! + index));
    }
    expect(await slow.ended).toBe(0);
    expect(slow.said()).toMatch(/^\d+ \d+\n$/);
    events.kill();
    follow.kill();
    expect(await follow.ended).toBe(130);
    await events.ended;
    expect(await shell('ls .memfs/history/after.md')).toBe('000000011-created-ada\n');
  });

  test('is there on a read-only mount, and a mount of the past shows its tree', async () => {
    const readOnly = await daemon.mount('notes', '--read-only', '--agent', 'ben');
    expect(await daemon.shell(readOnly, 'cat .memfs/at/2/d/a.md')).toBe('one\ntwo\n');
    const past = await daemon.mount('notes', '--at', '3', '--agent', 'ben');
    await daemon.shell(past, `diff -r ${daemon.base}/before . && ! touch new 2>/dev/null`);
    expect(JSON.parse(await daemon.shell(past, 'cat .memfs/status.json'))).toMatchObject({ at: '3' });
    await killEngine(daemon);
    expect(await daemon.shell(past, 'cat d/a.md')).toBe('one\ntwo\n');
  });

  test('leaves a journal that verifies', async () => {
    await daemon.expect('verify', 'notes');
  });
});

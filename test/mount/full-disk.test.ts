import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { expectSuccess, runChild } from './support/child.js';
import { describeMount } from './support/mount-tier.js';

const executable = fileURLToPath(new URL('../../bin/memfsd.js', import.meta.url));

/** Fills a data directory of 8 MiB, makes room, and goes on; all in a mount namespace that ends with the script. */
const script = (base: string): string => `
set -u
mkdir ${base}/disk ${base}/mnt && mount -t tmpfs -o size=8m tmpfs ${base}/disk || exit 90
memfsd() { ${process.execPath} ${executable} "$@" --data ${base}/disk/data; }
memfsd store create s > ${base}/out && memfsd mount s ${base}/mnt >> ${base}/out || { cat ${base}/out; exit 91; }
trap 'umount -l ${base}/mnt; memfsd stop > ${base}/out 2>&1' EXIT
cd ${base}/mnt
engine() { memfsd status --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["engine"]["pid"])'; }
before=$(engine)
kept=0
for i in $(seq 300); do
  { yes "$i" | head -c 60000 > f && mv f f$i; } 2> ${base}/err || break
  sha256sum f$i >> ${base}/sums; kept=$i
done
grep -q 'No space left' ${base}/err && echo "full: ENOSPC" || cat ${base}/err
test $kept -gt 10 && sha256sum --quiet -c ${base}/sums && echo "full: everything that was closed is there"
mount -o remount,size=64m ${base}/disk
for try in 1 2 3 4 5 6 7 8 9 10; do echo after > after 2> ${base}/err && break; sleep 0.5; done
cat after
test "$before" = "$(engine)" && echo "the same engine"
cd / && memfsd unmount ${base}/mnt > ${base}/out && memfsd mount s ${base}/mnt > ${base}/out && cd ${base}/mnt
sha256sum --quiet -c ${base}/sums && cat after
cd / && memfsd verify s > ${base}/out && echo "verified" || cat ${base}/out
`;

/** The daemon ends in two ways, the disk is full when it is started again, and then there is room. */
const startScript = (base: string): string => `
set -u
mkdir ${base}/disk2 ${base}/mnt2 && mount -t tmpfs -o size=12m tmpfs ${base}/disk2 || exit 90
memfsd() { ${process.execPath} ${executable} "$@" --data ${base}/disk2/data; }
memfsd store create s > ${base}/out && memfsd mount s ${base}/mnt2 >> ${base}/out || { cat ${base}/out; exit 91; }
trap 'umount -l ${base}/mnt2; memfsd stop > ${base}/out 2>&1' EXIT
pid() { memfsd status --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["'$1'"]["pid"])'; }
fill() { for size in 64k 4k 1k; do dd if=/dev/zero of=${base}/disk2/fill-$size bs=$size 2> ${base}/err; done; }
gone() { while kill -0 $1 2> ${base}/err; do sleep 0.05; done; }
for how in TERM KILL; do
  echo "kept $how" > ${base}/mnt2/$how
  keeper=$(pid keeper); engine=$(pid engine)
  kill -$how $keeper; test $how = KILL && kill -KILL $engine
  gone $keeper; gone $engine
  test $how = KILL && umount -l ${base}/mnt2
  fill
  # A busy machine may take longer than a start waits.
  for try in 1 2 3; do memfsd start > ${base}/out 2>&1 && break; done
  cat ${base}/mnt2/$how
  { head -c 100000 /dev/zero > ${base}/mnt2/more; } 2> ${base}/err; grep -m 1 -o 'No space left on device' ${base}/err
  memfsd mounts | grep -o 'the disk is full'
  memfsd store create t 2>&1 | grep -o 'the disk is full'
  memfsd verify s > ${base}/out && echo verified || cat ${base}/out
  rm ${base}/disk2/fill-*
  for try in $(seq 40); do { echo after > ${base}/mnt2/after; } 2> ${base}/err && break; sleep 0.25; done
  cat ${base}/mnt2/after ${base}/mnt2/$how
done
memfsd verify s > ${base}/out && echo verified || cat ${base}/out
`;

describeMount('a full disk', () => {
  const base = mkdtempSync(path.join(os.tmpdir(), 'memfsd-full-'));
  afterAll(() => rmSync(base, { recursive: true, force: true }));

  test('refuses what does not fit, loses nothing, and goes on when there is room', async () => {
    const flags = process.getuid?.() === 0 ? '-m' : '-rm';
    const said = await expectSuccess(runChild('unshare', [flags, 'bash', '-c', script(base)]));
    expect(said.split('\n')).toEqual([
      'full: ENOSPC',
      'full: everything that was closed is there',
      'after',
      'the same engine',
      'after',
      'verified',
      '',
    ]);
  });

  test('is no reason not to start: what is there can be read, and changed when there is room', async () => {
    const flags = process.getuid?.() === 0 ? '-m' : '-rm';
    const said = await expectSuccess(runChild('unshare', [flags, 'bash', '-c', startScript(base)]));
    const each = (how: string): string[] => [
      `kept ${how}`,
      'No space left on device',
      'the disk is full',
      'the disk is full',
      'verified',
      'after',
      `kept ${how}`,
    ];
    expect(said.split('\n')).toEqual([...each('TERM'), ...each('KILL'), 'verified', '']);
  });
});

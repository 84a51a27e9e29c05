import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { Errno } from '../../src/core/errors.js';
import { inDirectory } from './support/child.js';
import { describeMount } from './support/mount-tier.js';
import { usePrivateDaemon } from './support/private-daemon.js';

const source = fileURLToPath(new URL('support/used_up.c', import.meta.url));

const attempt = `
import json, os
def named(error): return {122: 'EDQUOT', 30: 'EROFS', 28: 'ENOSPC', 5: 'EIO'}.get(error.errno, error.strerror)
def attempt(what):
    try:
        what()
        return 'done'
    except OSError as error:
        return named(error)
def write(name, sync):
    descriptor = os.open(name, os.O_WRONLY | os.O_CREAT, 0o644)
    try:
        os.write(descriptor, b'x' * 300000)
        if sync: os.fsync(descriptor)
    finally:
        os.close(descriptor)
print(json.dumps([attempt(lambda: write('new.md', True)), attempt(lambda: write('kept.md', True)), open('old.md').read()]))
`;

describeMount('a daemon whose files take no more', () => {
  const daemon = usePrivateDaemon();
  let mountpoint: string;
  let rule: string;
  beforeAll(async () => {
    const library = path.join(daemon.base, 'used_up.so');
    execFileSync('gcc', ['-shared', '-fPIC', '-o', library, source, '-ldl']);
    rule = path.join(daemon.base, 'used-up');
    const env = { ...process.env, LD_PRELOAD: library, USED_UP: rule };
    const { status, stderr } = await daemon.run(['start'], { env });
    expect(status, stderr).toBe(0);
    await daemon.expect('store', 'create', 'notes');
    mountpoint = await daemon.mount('notes');
    await daemon.shell(mountpoint, 'echo old > old.md; echo kept > kept.md');
  });

  test.each([
    ['EDQUOT', 'quota', '.spool'],
    ['EDQUOT', 'quota', '-wal'],
    ['EDQUOT', 'quota', '/data/'],
    ['EROFS', 'read-only', '/stores/'],
  ] as const)(
    'refuses changes with %s (%s: %s), and goes on when they fit again',
    async (errno, word, files) => {
      writeFileSync(rule, `${Errno[errno]} ${files}\n`);
      try {
        const said = JSON.parse(await daemon.python(mountpoint, attempt));
        expect(said).toEqual([errno, errno, 'old\n']);
        const shown = await daemon.expect('mounts');
        expect(shown).toMatch(word);
      } finally {
        rmSync(rule);
      }
      const again =
        'for i in $(seq 100); do echo new > again.md && break; sleep 0.1; done; cat again.md old.md';
      expect((await inDirectory(mountpoint, again)).stdout).toBe('new\nold\n');
      expect(JSON.parse(await daemon.expect('verify', 'notes', '--json'))).toMatchObject({ ok: true });
    },
  );

  test('it is no fault of the daemon: no stack of it is in the log', () => {
    expect(readFileSync(path.join(daemon.data, 'memfsd.log'), 'utf8')).not.toMatch(/"stack"|\n {4}at /);
  });
});

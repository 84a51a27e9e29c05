import { beforeAll, expect, test } from 'vitest';
import { describeMount } from './support/mount-tier.js';
import { usePrivateDaemon } from './support/private-daemon.js';

const rounds = 1500;

describeMount('two mounts of one store', () => {
  const daemon = usePrivateDaemon();
  let [one, two]: string[] = [];
  beforeAll(async () => {
    await daemon.expect('store', 'create', 'shared');
    one = await daemon.mount('shared', '--agent', 'ada');
    two = await daemon.mount('shared', '--agent', 'ben');
  });

  /** Python with the mountpoints as \`a\` and \`b\`. */
  const run = (program: string): Promise<string> =>
    daemon.python(
      daemon.base,
      `import os, sys\na, b = ${JSON.stringify(one)}, ${JSON.stringify(two)}\n${program}`,
    );

  test('show a change as soon as the close has returned, through a warm page cache too', async () => {
    const said = await run(`
import mmap
stale = 0
for i in range(${rounds}):
    text = (b'%d ' % i) * (1 + i * 7919 % 3000)
    with open(a + '/f', 'wb') as f: f.write(text)
    with open(b + '/f', 'rb') as f: stale += f.read() != text
    stale += os.stat(b + '/f').st_size != len(text)
    a, b = b, a
print(stale, 'stale')
`);
    expect(said).toBe('0 stale\n');
  });

  test('show renames and removals at once', async () => {
    const said = await run(`
wrong = 0
for i in range(300):
    open(a + '/n', 'w').close(); wrong += not os.path.exists(b + '/n')
    os.rename(b + '/n', b + '/m'); wrong += os.path.exists(a + '/n') or not os.path.exists(a + '/m')
    os.unlink(a + '/m'); wrong += os.path.exists(b + '/m')
    os.mkdir(b + '/d'); wrong += not os.path.isdir(a + '/d')
    os.rmdir(a + '/d'); wrong += os.path.exists(b + '/d')
    a, b = b, a
print(wrong, 'wrong')
`);
    expect(said).toBe('0 wrong\n');
  });

  test('show what the command line restores', async () => {
    await daemon.shell(one!, 'echo first > r.md; echo second > r.md');
    expect(await daemon.shell(two!, 'cat r.md')).toBe('second\n');
    const log = await daemon.expect('log', 'shared', 'r.md', '--json');
    const { version } = JSON.parse(log.split('\n')[0]!) as { version: string };
    await daemon.expect('restore', 'shared', 'r.md', '--version', version);
    for (const mount of [one!, two!]) expect(await daemon.shell(mount, 'cat r.md')).toBe('first\n');
  });

  test('lose no append, whoever appends where', async () => {
    const said = await run(`
children = []
for w in range(4):
    pid = os.fork()
    if pid == 0:
        for i in range(150):
            with open((a, b)[w % 2] + '/log', 'ab', buffering=0) as f: f.write(b'writer-%d line-%d\\n' % (w, i))
        os._exit(0)
    children.append(pid)
for pid in children: assert os.waitpid(pid, 0)[1] == 0
lines = open(a + '/log').read().split('\\n')[:-1]
print(len(lines), len(set(lines)), open(b + '/log').read() == '\\n'.join(lines) + '\\n')
`);
    expect(said).toBe('600 600 True\n');
  });

  test('keep lines of several pages whole, also of processes that share a descriptor or keep theirs open', async () => {
    const said = await run(`
def line(w, i): return b'<%d.%d ' % (w, i) + b'x' * (3000 + i * 7919 % 9000) + b'>\n'
flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
def spread(path, w, numbers, each):
    fd = os.open(path, flags)
    for i in numbers:
        assert os.write(fd, line(w, i)) == len(line(w, i))
        if each: os.close(fd); fd = os.open(path, flags)
        else: os.close(os.dup(fd))
def share(path, w):
    fd = os.open(path, flags)
    for part in range(2):
        if os.fork() == 0:
            for i in range(part, 80, 2): os.write(fd, line(w, i)); os.close(os.dup(fd))
            os._exit(0)
    os.close(fd)
    for part in range(2): assert os.wait()[1] == 0
for w in range(6):
    if os.fork() == 0:
        path = (a, b)[w % 2] + '/pages'
        if w < 2: share(path, w)
        else: spread(path, w, range(80), w < 4)
        os._exit(0)
for w in range(6): assert os.wait()[1] == 0
texts = [open(m + '/pages', 'rb').read() for m in (a, b)]
whole = sorted(texts[0].splitlines(True)) == sorted(line(w, i) for w in range(6) for i in range(80))
print(whole, texts[0] == texts[1])
`);
    expect(said).toBe('True True\n');
  });

  test('make of what two sessions append through one of them a version of each', async () => {
    const line =
      "python3 -c \"import os; os.write(1, os.environ['MEMFSD_SESSION'].encode() * 900 + b'.')\" >> both.md";
    const sessions = ['sesn_of_ada', 'sesn_of_ben'];
    await Promise.all(
      sessions.map((session) =>
        daemon.shell(one!, `export MEMFSD_SESSION=${session}; sh -c '${line.replaceAll("'", `'"'"'`)}'`),
      ),
    );
    const log = (await daemon.expect('log', 'shared', 'both.md', '--json')).trim().split('\n');
    expect(log.map((record) => (JSON.parse(record) as { session: string }).session).sort()).toEqual(sessions);
  });

  test('have one winner for each item of a queue', async () => {
    const said = await run(`
os.mkdir(a + '/queue'); os.mkdir(a + '/claimed')
for i in range(60): open(a + '/queue/%d' % i, 'w').close()
children = []
for w in range(4):
    pid = os.fork()
    if pid == 0:
        root = (a, b)[w % 2]
        for name in os.listdir(root + '/queue'):
            try: os.rename(root + '/queue/' + name, root + '/claimed/%d-%s' % (w, name))
            except FileNotFoundError: pass
        os._exit(0)
    children.append(pid)
for pid in children: assert os.waitpid(pid, 0)[1] == 0
claimed = os.listdir(b + '/claimed')
print(len(claimed), len({name.split('-')[1] for name in claimed}), os.listdir(a + '/queue'))
`);
    expect(said).toBe('60 60 []\n');
  });

  test('keep a SQLite database in rollback mode sound under two writers', async () => {
    const said = await run(`
import sqlite3
with sqlite3.connect(a + '/counter.db') as db: db.execute('CREATE TABLE c (n INTEGER)'); db.execute('INSERT INTO c VALUES (0)')
db.close()
children = []
for root in (a, b):
    pid = os.fork()
    if pid == 0:
        for i in range(25):
            db = sqlite3.connect(root + '/counter.db', timeout=50, isolation_level=None)
            db.execute('BEGIN IMMEDIATE'); db.execute('UPDATE c SET n = n + 1'); db.execute('COMMIT'); db.close()
        os._exit(0)
    children.append(pid)
for pid in children: assert os.waitpid(pid, 0)[1] == 0
for root in (a, b):
    db = sqlite3.connect(root + '/counter.db')
    print(db.execute('SELECT n FROM c').fetchone()[0], db.execute('PRAGMA integrity_check').fetchone()[0])
`);
    expect(said).toBe('50 ok\n50 ok\n');
  });

  test('leave a journal that verifies', async () => {
    await daemon.expect('verify', 'shared');
  });
});

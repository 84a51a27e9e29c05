/** A store with a bit of everything, large enough for its tables to be trees. */
import { Agent, said } from './agent.js';
import { actor, Volume } from './volume.js';

const binary = Buffer.from(Array.from({ length: 256 }, (_, i) => i));

/** Closed: its file is the volume's `path`. */
export async function fullStore(): Promise<Volume> {
  const volume = await openFullStore();
  volume.store.close();
  return volume;
}

export async function openFullStore(): Promise<Volume> {
  const volume = new Volume();
  names(volume);
  many(volume);
  await conflicts(volume);
  await removals(volume);
  branches(volume);
  volume.store.retention = { keepDays: 3650, keepVersions: 500 };
  volume.store.retainConnections(new Set());
  volume.reopen();
  return volume;
}

function names(volume: Volume): void {
  freedPages(volume);
  const { fs } = volume;
  volume.mkdir('/d');
  volume.write('/d/a.md', 'one\n');
  volume.append('/d/a.md', 'two\n');
  volume.write('/binary', binary);
  fs.setattr(volume.context(), volume.ino('/binary'), { mode: 0o100600 });
  fs.symlink(volume.context(), 1, Buffer.from('link'), Buffer.from('d/a.md'));
  volume.link('/d/a.md', '/hard.md');
  fs.create(volume.context(), 1, Buffer.from([0xff, 0xfe, 0x61]), 0o100644, 1);
  fs.mknod(volume.context(), 1, Buffer.from('pipe'), 0o010644, 0);
  volume.rename('/d', '/e');
  volume.write('/gone.md', 'gone');
  volume.unlink('/gone.md');
  volume.write('/empty.md', '');
  volume.write('/large.bin', Buffer.alloc(600_000, 'abc'));
  volume.append('/large.bin', 'more');
  fs.setattr(volume.context(), volume.ino('/large.bin'), { size: 1_000_000 });
  fs.setxattr(volume.context(), volume.ino('/binary'), 'user.colour', Buffer.from('red'), 0, false);
  volume.write('/scratch.tmp', 'unversioned');
  volume.mkdir('/.git');
  volume.write('/.git/HEAD', 'ref: refs/heads/main\n');
}

function freedPages(volume: Volume): void {
  volume.write('/freed.tmp', Buffer.alloc(200_000, 'f'));
  volume.reopen();
  volume.unlink('/freed.tmp');
  volume.reopen();
  volume.store.retainConnections(new Set());
}

/** Enough rows for inner pages. */
function many(volume: Volume): void {
  const { fs } = volume;
  for (let directory = 0; directory < 4; directory++) {
    volume.mkdir(`/many-${directory}`);
    for (let i = 0; i < 32; i++) {
      const path = `/many-${directory}/note-${i}-${'x'.repeat(40)}.md`;
      volume.write(path, `note ${i} of ${directory}\n`.repeat(1 + (i % 7) * 30));
      if (i % 3 === 0) volume.append(path, `and more of ${i}\n`);
      if (i % 5 === 0) {
        const ino = volume.ino(path);
        fs.setxattr(volume.context(), ino, 'user.note', Buffer.alloc(1_500, `${i}`), 0, false);
        fs.setattr(volume.context(), ino, { mode: 0o100640 });
      }
      if (i % 10 === 9) volume.rename(path, `/many-${directory}/renamed-${i}.md`);
    }
  }
}

async function conflicts(volume: Volume): Promise<void> {
  for (let i = 0; i < 12; i++) {
    const [ada, bob] = [new Agent(volume.store, 2 * i + 2, 'ada'), new Agent(volume.store, 2 * i + 3, 'bob')];
    const name = `shared-${i}-${'y'.repeat(60)}.md`;
    await ada.overwrite(name, `first of ${i}\n`);
    bob.read(name);
    const file = bob.openToPatch(name);
    await ada.overwrite(name, `second of ${i}\n`);
    const refused = await said(async () => {
      bob.writeTo(file, `mine of ${i}\n`);
      await bob.close(file);
    });
    if (refused !== 'conflict') throw new Error(`it was to be refused, and was ${refused}`);
    bob.read(name);
    await bob.overwrite(name, `bob's ${i}\n`);
  }
}

export const secret = 'the-secret-that-was-taken-away';

async function removals(volume: Volume): Promise<void> {
  volume.write('/secret.md', secret);
  volume.write('/secret.md', 'none');
  const [first] = [...volume.store.log({ path: '/secret.md' })];
  await volume.store.redact([first!.seq], actor);
}

function branches(volume: Volume): void {
  const { store } = volume;
  store.createBranch('dropped', actor);
  store.branch('dropped').write('/binary', Buffer.from('text'), actor);
  store.dropBranch('dropped', actor);
  store.createBranch('dream-1', actor);
  const branch = store.branch('dream-1');
  branch.write('/binary', Buffer.from('dreamt'), actor);
  branch.move('/large.bin', '/e/moved.bin', actor);
  branch.remove('/secret.md', actor);
  volume.write('/binary', 'of main');
}

import { beforeAll, describe, expect, test } from 'vitest';
import { describeMount } from './support/mount-tier.js';
import { usePrivateDaemon } from './support/private-daemon.js';

interface Line {
  readonly operation: string;
  readonly path: string;
  readonly memory: string | null;
}

/** How programs save a file that is there; each leaves `new` in note.md. */
const savers: readonly (readonly [name: string, script: string])[] = [
  ['the shell', 'echo new > note.md'],
  ['sed -i', 'sed -i s/old/new/ note.md'],
  ['perl -i', 'perl -pi -e s/old/new/ note.md'],
  ['cp', 't=$(mktemp); echo new > $t; cp $t note.md; rm $t'],
  ['mv over it', 'echo new > .note.md.tmp; mv .note.md.tmp note.md'],
  [
    'vim, backupcopy=no',
    `vim -u NONE -es -c 'set backupcopy=no writebackup' -c '%s/old/new/' -c wq note.md < /dev/null`,
  ],
  [
    'vim, backupcopy=yes',
    `vim -u NONE -es -c 'set backupcopy=yes writebackup' -c '%s/old/new/' -c wq note.md < /dev/null`,
  ],
  [
    'vim with a backup that stays',
    `vim -u NONE -es -c 'set backup backupext=.bak backupcopy=no' -c '%s/old/new/' -c wq note.md < /dev/null`,
  ],
  ['ed', `printf '1s/old/new/\\nw\\nq\\n' | ed -s note.md`],
  [
    'Python os.replace',
    `python3 -c "import os; open('n.tmp', 'w').write('new\\n'); os.replace('n.tmp', 'note.md')"`,
  ],
  ['rsync', 'd=$(mktemp -d); echo new > $d/note.md; rsync -a --checksum $d/note.md .; rm -r $d'],
  ['git checkout', 'git checkout -q next -- note.md'],
];

describeMount('a memory keeps its identity', () => {
  const daemon = usePrivateDaemon();
  let mountpoint: string;
  beforeAll(async () => {
    await daemon.expect('store', 'create', 'notes');
    mountpoint = await daemon.mount('notes', '--session', 'sesn_identity');
  });

  const journal = async (directory: string): Promise<Line[]> => {
    const text = await daemon.expect('log', 'notes', `/${directory}/note.md`, '--json');
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
  };

  describe.each(savers)('when it is saved by %s', (name, script) => {
    test('and its newest version is a modification', async () => {
      const directory = name.replaceAll(/\W+/g, '-');
      const begin = `mkdir ${directory} && cd ${directory} && echo old > note.md`;
      const git = `git init -q . && git add note.md && git -c user.name=t -c user.email=t@example.org commit -qm old
        git branch next && git checkout -q next && echo new | git hash-object -w --stdin | xargs -I@ git update-index --cacheinfo 100644,@,note.md
        git -c user.name=t -c user.email=t@example.org commit -qm new && git checkout -q -f master 2> /dev/null || git checkout -q -f main; git reset -q --hard`;
      await daemon.shell(mountpoint, name.startsWith('git') ? `${begin} && ${git}` : begin);
      const [created] = await journal(directory);
      expect(await daemon.shell(`${mountpoint}/${directory}`, `${script} && cat note.md`)).toBe('new\n');
      const lines = (await journal(directory)).filter((line) => line.path.endsWith('/note.md'));
      expect(new Set(lines.map((line) => line.memory))).toEqual(new Set([created!.memory]));
      expect(lines.at(-1)!.operation).toBe('modified');
    });
  });

  test('and the journal verifies after all that', async () => {
    await daemon.expect('verify', 'notes');
  });
});

import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { describeMount } from './support/mount-tier.js';
import { usePrivateDaemon } from './support/private-daemon.js';

/** What a shell says of a command: `ok`, or the last words of its error. */
const tell = `tell() { "$@" 2> ../err && echo ok || grep -oE '[A-Z][a-z ]+$|Stale file handle' ../err | tail -1; }`;
const stale = 'Stale file handle\n';

describeMount('two sessions and one memory', () => {
  const daemon = usePrivateDaemon();
  let [ada, ben]: string[] = [];
  let round = 0;

  beforeAll(async () => {
    await daemon.expect('store', 'create', 'shared');
    ada = await daemon.mount('shared', '--agent', 'ada', '--session', 'sesn_ada');
    ben = await daemon.mount('shared', '--agent', 'ben', '--session', 'sesn_ben');
  });

  /** Each test has a memory of its own, which both have read and the second one has changed since. */
  let file = '';
  beforeEach(async () => {
    file = `note-${round++}.md`;
    await daemon.shell(ada!, `echo one > ${file}; cat ${file}`);
    await daemon.shell(ben!, `cat ${file}; echo two > ${file}`);
  });

  const asAda = (script: string): Promise<string> => daemon.shell(ada!, `${tell}\n${script}`);

  describe('after the other one has changed it', () => {
    test.each([
      ['a redirection', `tell bash -c 'echo mine > $0' $F`],
      ['cp', 'echo mine > $F.new; tell cp $F.new $F'],
      ['mv', 'echo mine > $F.new; tell mv $F.new $F'],
      ['rm', 'tell rm $F'],
      ['truncate', 'tell truncate -s 0 $F'],
      [
        'Python, os.replace',
        `tell python3 -c 'import os; open("n","w").write("x"); os.replace("n", "'$F'")'`,
      ],
      ['dd into the middle', 'echo x | tell dd of=$F conv=notrunc status=none'],
    ])('%s is refused and changes nothing', async (_tool, script) => {
      expect(await asAda(`F=${file}; ${script}`)).toBe(stale);
      expect(await daemon.shell(ben!, `cat ${file}`)).toBe('two\n');
    });

    test('reading it again lets the write through', async () => {
      expect(await asAda(`cat ${file}; tell bash -c 'echo mine > ${file}'; cat ${file}`)).toBe(
        'two\nok\nmine\n',
      );
    });

    test('sed -i reads it first, so it goes through', async () => {
      expect(await asAda(`tell sed -i s/two/three/ ${file}; cat ${file}`)).toBe('ok\nthree\n');
    });

    test('an append goes behind it', async () => {
      expect(await asAda(`tell bash -c 'echo more >> ${file}'; cat ${file}`)).toBe('ok\ntwo\nmore\n');
    });

    test('user.memfs.if_match lets one write through', async () => {
      const hash = '$(printf "two\\n" | sha256sum | cut -c1-64)';
      const write = `tell bash -c 'echo mine > ${file}'`;
      expect(await asAda(`setfattr -n user.memfs.if_match -v ${hash} ${file}; ${write}`)).toBe('ok\n');
    });
  });

  test('a change between the write and the close is found at the close, and after it at the next open', async () => {
    const said = await daemon.python(
      daemon.base,
      `
import errno, os
a, b = '${ada}/${file}', '${ben}/${file}'
def tell(act):
    try: act(); return 'ok'
    except OSError as error: return errno.errorcode[error.errno]
open(a).read()
fd = os.open(a, os.O_WRONLY | os.O_TRUNC)
os.write(fd, b'mine\\n')
open(b).read(); open(b, 'w').write('three\\n')
print(tell(lambda: os.close(fd)))
print(tell(lambda: os.open(a, os.O_WRONLY | os.O_TRUNC)))
print(open(a).read(), end='')
print(tell(lambda: os.close(os.open(a, os.O_WRONLY | os.O_TRUNC))))
`,
    );
    expect(said).toBe('ESTALE\nESTALE\nthree\nok\n');
  });

  test('vim keeps what another session wrote', async () => {
    const said = await asAda(
      `echo start > v.md
       vim -es -u NONE -c 'set nobackup writebackup backupcopy=no' -c 'edit v.md' \\
         -c '!echo theirs > ${ben}/v.md' -c '%s/start/mine/' -c 'write!' -c 'qa!' v.md > ../vim.out 2>&1
       cat v.md; ls | grep -c 'v.md'`,
    );
    expect(said).toBe('theirs\n1\n');
  });

  test('five agents on one mount are five sessions, if they say so', async () => {
    const said = await asAda(`
      echo base > p.md
      MEMFSD_SESSION=sesn_five cat p.md
      echo changed > p.md
      MEMFSD_SESSION=sesn_five tell python3 -c 'open("p.md", "w")'
    `);
    expect(said).toBe(`base\n${stale}`);
  });
});

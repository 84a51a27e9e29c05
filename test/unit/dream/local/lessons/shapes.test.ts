import { describe, expect, it } from 'vitest';
import { callShape } from '../../../../../src/dream/local/lessons/call-shape.js';
import { commonForm } from '../../../../../src/dream/local/lessons/common-form.js';

const shell = (command: string) => callShape('Bash', JSON.stringify({ command }));

describe('the shape of a call', () => {
  it.each([
    ['cd /srv && git push origin main', 'git push', null],
    ['KEY=1 sudo npm test', 'npm test', null],
    ['python3 -u tools/make.py now', 'python3 tools/make.py', null],
    ['grep -rn word src', 'grep', 'for'],
    ['systemctl list-units | grep mail', 'systemctl list-units', 'for'],
    ['cat notes.md', 'cat', 'at'],
  ])('%s', (command, head, looks) => {
    expect(shell(command)).toMatchObject({ head, looks });
  });

  it('leaves out addresses, numbers of persons and secrets', () => {
    const { words } = shell('notify --to ann@example.org --phone "+44 20 7946 0958" --key=[masked:password]');
    expect(words.join(' ')).not.toMatch(/@|7946|masked/);
  });
});

describe('the common form of calls', () => {
  it.each([
    [['ship a.csv --all', 'ship b.csv --all'], 'ship … --all'],
    [['logs deploy/web -n main', 'logs deploy/mail -n main'], 'logs deploy/… -n main'],
    [['run --zone=north x', 'run --zone=south x'], 'run --zone=… x'],
    [['run x', 'run --fast x'], 'run … x'],
  ])('%j', (calls, form) => {
    expect(commonForm(calls.map((call) => call.split(' '))).join(' ')).toBe(form);
  });
});

import { describe, expect, it } from 'vitest';
import { cli } from './surroundings.js';

describe('wrong usage exits with 2', () => {
  it.each([
    ['no command', []],
    ['an unknown command', ['mont']],
    ['a group without its command', ['store']],
    ['a missing argument', ['log']],
    ['an argument too many', ['stop', 'now']],
    ['an unknown option', ['status', '--verbose']],
    ['a value that is no number', ['log', 'team', '--limit', 'ten']],
    ['a limit of nothing', ['log', 'team', '--limit', '0']],
    ['a missing required option', ['restore', 'team', 'x']],
    ['a version that is none', ['show', 'team', 'x', '--version', 'yesterday']],
    ['a hash that is none', ['write', 'team', 'x', '--if-match', 'abc']],
    ['a precondition that is none', ['mount', 'team', '/x', '--precondition', 'maybe']],
    ['an unknown command to describe', ['describe', 'mont']],
  ])('%s', async (_, argv) => {
    const { code, out, err } = await cli(argv);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toMatch(/^memfsd: .+\nnext: memfsd .+\n$/);
  });
});

describe('what is wrong is said in words of the command, with its help as the next step', () => {
  it.each<[string, string, string]>([
    ['log n --last ten', '--last takes a whole number', 'log'],
    ['log n --last 0', '--last takes a whole number of at least 1', 'log'],
    [
      'store retention n --keep-days 99999',
      '--keep-days takes a whole number of at most 36500',
      'store retention',
    ],
    ['restore n x', '--version is missing', 'restore'],
    ['mount n /x --precondition maybe', '--precondition takes observed, strict or off', 'mount'],
    ['session begin --pid abc', '--pid takes the number of a process', 'session begin'],
    ['log n --branch=', '--branch is empty', 'log'],
    ['session list --live --store n', '--live takes no --store', 'session list'],
    ['status --data=', '--data is empty', 'status'],
    ['log', "missing required argument 'STORE'", 'log'],
    ['log n --lats 3', "unknown option '--lats' (Did you mean --last?)", 'log'],
    ['store verfy n', 'there is no command "store verfy" (did you mean memfsd verify?)', 'store'],
    ['lgo n', 'there is no command "lgo" (did you mean memfsd log?)', ''],
    ['stroe list', 'there is no command "stroe" (did you mean memfsd store?)', ''],
    ['--data /x stroe list', 'there is no command "stroe" (did you mean memfsd store?)', ''],
    ['nosuch --help', 'there is no command "nosuch"', ''],
    ['store nosuch --help', 'there is no command "store nosuch"', 'store'],
    ['nosuch --desc', 'there is no command "nosuch"', ''],
    ['store', 'a command is missing', 'store'],
  ])('%s', async (line, message, command) => {
    const { code, out, err } = await cli(line.split(' '));
    expect(err).toBe(`memfsd: ${message}\nnext: memfsd ${command === '' ? '' : `${command} `}--help\n`);
    expect({ code, out }).toEqual({ code: 2, out: '' });
  });

  it('of an argument, too', async () => {
    const { code, err } = await cli(['store', 'create', '']);
    expect(err).toBe('memfsd: NAME is empty\nnext: memfsd store create --help\n');
    expect(code).toBe(6);
  });
});

it.each(['verify /nonexistent/x.db', 'store salvage /nonexistent/x.db --check'])(
  '%s: says that there is no file',
  async (line) => {
    const { code, err } = await cli(line.split(' '));
    expect(err).toBe('memfsd: there is no file /nonexistent/x.db\n');
    expect(code).toBe(3);
  },
);

it.each(['', 'store', 'mount', 'run'])('the help of "%s" fits into 80 columns', async (command) => {
  const { out } = await cli([...command.split(' ').filter(Boolean), '--help']);
  expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
});

describe('errors', () => {
  it('of a rule name it, before anything is started or made', async () => {
    const { code, err } = await cli(['mount', 'team', '/x', '--allow', 'a/**=rw', '--allow', 'b']);
    expect(code).toBe(6);
    expect(err).toMatch(/^memfsd: 'b' does not end in =ro or =rw\nnext: /);
  });

  it('exit with 7 and the way to start it when the daemon does not run', async () => {
    const { code, err } = await cli(['status']);
    expect(code).toBe(7);
    expect(err).toBe('memfsd: the daemon does not run\nnext: memfsd start\n');
  });

  it('are one JSON document on standard error with --json', async () => {
    const { code, out, err } = await cli(['status', '--json']);
    expect(code).toBe(7);
    expect(out).toBe('');
    expect(JSON.parse(err)).toEqual({
      error: { code: 'unreachable', message: 'the daemon does not run', hint: 'memfsd start' },
    });
  });

  it('of usage are JSON too', async () => {
    const { code, err } = await cli(['mont', '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(err)).toMatchObject({ error: { code: 'usage' } });
  });
});

describe('success exits with 0', () => {
  it.each([['--help'], ['--version'], ['store --help'], ['mount --help'], ['describe'], ['mount --desc']])(
    '%s',
    async (line) => {
      const { code, out, err } = await cli(line.split(' '));
      expect(code).toBe(0);
      expect(out).not.toBe('');
      expect(err).toBe('');
    },
  );

  it('stop, when nothing runs', async () => {
    const { code, out } = await cli(['stop', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({ stopped: false, in_use: [] });
  });
});

describe('global options', () => {
  it('are taken before and after the command', async () => {
    for (const argv of [
      ['--json', '--data', '/nonexistent/a', 'status'],
      ['status', '--json', '--data', '/nonexistent/a'],
    ])
      expect((await cli(argv)).code).toBe(7);
  });

  it('leave `--version` to the command that has one', async () => {
    const { code, out } = await cli([
      '--data',
      '/proc/nonexistent',
      'restore',
      'team',
      'x',
      '--version',
      '1',
    ]);
    expect(out).toBe('');
    expect(code).toBe(8);
  });
});

import { describe, expect, it } from 'vitest';
import { commands } from '../../../src/cli/commands.js';
import { ExitCode } from '../../../src/core/errors.js';
import { cli } from './surroundings.js';

interface Described {
  readonly command: string;
  readonly arguments: readonly { name: string; required: boolean }[];
  readonly options: readonly { flags: string }[];
  readonly output: { format: string; schema: { type?: string; properties?: object } };
  readonly exit_codes: Record<string, number>;
}

const describeAll = async (): Promise<Described[]> =>
  (JSON.parse((await cli(['describe', '--json'])).out) as { commands: Described[] }).commands;

it('lists the commands', async () => {
  expect((await describeAll()).map(({ command }) => command)).toEqual([
    'memfsd start',
    'memfsd stop',
    'memfsd restart',
    'memfsd status',
    'memfsd doctor',
    'memfsd describe',
    'memfsd store create',
    'memfsd store list',
    'memfsd store show',
    'memfsd store import',
    'memfsd store export',
    'memfsd store fork',
    'memfsd store snapshot',
    'memfsd store retention',
    'memfsd store salvage',
    'memfsd store archive',
    'memfsd store delete',
    'memfsd mount',
    'memfsd unmount',
    'memfsd mounts',
    'memfsd run',
    'memfsd log',
    'memfsd show',
    'memfsd write',
    'memfsd diff',
    'memfsd blame',
    'memfsd why',
    'memfsd restore',
    'memfsd redact',
    'memfsd conflicts',
    'memfsd conflicts show',
    'memfsd conflicts resolve',
    'memfsd verify',
    'memfsd session begin',
    'memfsd session ingest',
    'memfsd session watch',
    'memfsd session hook',
    'memfsd session list',
    'memfsd session show',
    'memfsd session end',
    'memfsd session delete',
    'memfsd dream run',
    'memfsd dream list',
    'memfsd dream show',
    'memfsd dream diff',
    'memfsd dream mount',
    'memfsd dream apply',
    'memfsd dream reject',
    'memfsd dream revert',
    'memfsd dream cancel',
    'memfsd dream schedule',
    'memfsd dream pause',
    'memfsd dream resume',
    'memfsd prompt',
  ]);
});

describe('every command', () => {
  it('has the same description by `describe` and by `--desc`', async () => {
    for (const { name } of commands) {
      const words = name.split(' ');
      const [one, other] = [await cli(['describe', ...words]), await cli([...words, '--desc'])];
      expect(JSON.parse(one.out), name).toEqual(JSON.parse(other.out));
    }
  });

  it('says what it prints, which options it takes and how it exits', async () => {
    for (const described of await describeAll()) {
      expect(described.output.schema.type, described.command).toBe('object');
      expect(described.exit_codes).toMatchObject({ done: 0, internal: 1, usage: 2, interrupted: 130 });
      for (const [name, code] of Object.entries(described.exit_codes))
        expect(ExitCode[name as keyof typeof ExitCode]).toBe(code);
      expect(described.options.map(({ flags }) => flags)).toEqual(
        expect.arrayContaining(['--json', '--data <dir>', '--desc']),
      );
    }
  });

  it('has a help that names its arguments and options', async () => {
    for (const command of commands) {
      const { out } = await cli([...command.name.split(' '), '--help']);
      for (const { flags } of command.options) expect(out, command.name).toContain(flags);
      for (const { name } of command.arguments) expect(out, command.name).toContain(name);
    }
  });
});

it('describes a group', async () => {
  const { out } = await cli(['describe', 'store', '--json']);
  expect((JSON.parse(out) as { commands: unknown[] }).commands).toHaveLength(11);
});

it('keeps the shape of a log line that scripts rely on', async () => {
  const { out } = await cli(['describe', 'log']);
  const { output } = JSON.parse(out) as Described;
  expect(output.format).toBe('json-lines');
  expect(Object.keys(output.schema.properties!)).toEqual(
    expect.arrayContaining([
      'seq',
      'time',
      'operation',
      'path',
      'version',
      'sha256',
      'size',
      'agent',
      'session',
      'previous_sha256',
      'chain',
    ]),
  );
});

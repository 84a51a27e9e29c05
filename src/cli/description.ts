/** The machine-readable description of commands. */
import { z } from 'zod';
import { ExitCode } from '../core/errors.js';
import type { Command } from './command.js';
import { version } from './daemon.js';

const always = ['done', 'internal', 'usage', 'interrupted'] as const;

const globalOptions = [
  { flags: '--json', description: 'print JSON: one document, or JSON lines for streams' },
  {
    flags: '--data <dir>',
    description: 'the data directory; default: $MEMFSD_HOME, else $XDG_DATA_HOME/memfsd',
  },
  { flags: '--desc', description: 'print the description of the command instead of running it' },
] as const;

export function description(commands: readonly Command[], whole: boolean): object {
  if (!whole && commands.length === 1) return describeOne(commands[0]!);
  return {
    name: 'memfsd',
    version,
    options: globalOptions,
    exit_codes: ExitCode,
    commands: commands.map(describeOne),
  };
}

const describeOne = (command: Command): object => ({
  command: `memfsd ${command.name}`,
  summary: command.summary,
  arguments: command.arguments.map(({ name, description, optional }) => ({
    name,
    description,
    required: optional !== true,
  })),
  options: [...command.options, ...globalOptions],
  output: {
    format: command.stream ? 'json-lines' : 'json',
    schema: z.toJSONSchema(command.output, { io: 'input', unrepresentable: 'any' }),
  },
  exit_codes: Object.fromEntries(
    [...always, ...command.exits]
      .map((name) => [name, ExitCode[name]])
      .sort((a, b) => Number(a[1]) - Number(b[1])),
  ),
});

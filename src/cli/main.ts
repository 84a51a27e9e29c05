/** The command line: arguments in, exit code out. The one place where an error becomes an exit code. */
import { CommanderError, Command as Parser } from 'commander';
import { asMemfsError, ExitCode, MemfsError, meaningOf } from '../core/errors.js';
import type { Command } from './command.js';
import { commands } from './commands.js';
import { Context, type Surroundings } from './context.js';
import { dataDirectory, version } from './daemon.js';
import { description } from './description.js';
import { printError } from './report.js';

/** Resolves to the exit code. */
export async function run(argv: readonly string[], around: Surroundings): Promise<number> {
  const own = ownWords(argv);
  const json = own.includes('--json');
  try {
    if (own.includes('--desc')) return describe(own, around);
    let code: number = ExitCode.done;
    const parser = createParser(around, async (command, args, options) => {
      const { data, json: asJson, ...own } = options;
      const input = command.input.safeParse(own);
      if (!input.success) {
        const issue = input.error.issues[0]!;
        throw new MemfsError('usage', `--${dashed(String(issue.path[0]))}: ${issue.message}`, {
          hint: `memfsd ${command.name} --help`,
        });
      }
      const directory = dataDirectory(data as string | undefined, around.environment);
      const context = new Context(around, directory, asJson === true);
      code = (await command.run(context, args, input.data)) ?? ExitCode.done;
    });
    await parser.parseAsync(argv, { from: 'user' });
    return code;
  } catch (thrown) {
    return report(thrown, json, around);
  }
}

/** What follows `--` is somebody else's command line. */
function ownWords(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--');
  return end < 0 ? argv : argv.slice(0, end);
}

type Execute = (command: Command, args: readonly string[], options: Record<string, unknown>) => Promise<void>;

function createParser(around: Surroundings, execute: Execute): Parser {
  const root = configured(new Parser('memfsd'), around)
    .description('mounts memory stores of AI agents as directories; every change is a version in a journal')
    .version(version, '-V, --version')
    // What follows a command is the command's: `restore --version`.
    .enablePositionalOptions()
    .option('--json', 'print JSON')
    .option('--data <dir>', 'the data directory');
  for (const command of commands) {
    const words = command.name.split(' ');
    let parent = root;
    for (const word of words.slice(0, -1)) {
      const group = parent.commands.find((each) => each.name() === word);
      parent = group ?? configured(parent.command(word), around).description(`${word}: several commands`);
    }
    const parser = configured(parent.command(words.at(-1)!), around).description(command.summary);
    for (const { name, description: text, optional } of command.arguments)
      parser.argument(optional ? `[${name}]` : `<${name}>`, text);
    for (const { flags, description: text, repeatable } of command.options)
      if (repeatable) parser.option(flags, text, append, []);
      else parser.option(flags, text);
    if (command.passThrough) parser.passThroughOptions();
    parser
      .option('--json', 'print JSON')
      .option('--data <dir>', 'the data directory')
      .option('--desc', 'print the machine-readable description of this command')
      .action((...all: unknown[]) => {
        const options = (all.at(-1) as Parser).optsWithGlobals();
        const args = (all.slice(0, -2) as (string | string[] | undefined)[]).flat();
        return execute(command, args as string[], options);
      });
  }
  return root;
}

const append = (value: string, values: readonly string[]): readonly string[] => [...values, value];

const configured = (parser: Parser, around: Surroundings): Parser =>
  parser.exitOverride().configureOutput({
    writeOut: (text) => void around.stdout.write(text),
    // The error is reported once, with its exit code and as JSON if asked for.
    writeErr: () => {},
  });

function describe(argv: readonly string[], around: Surroundings): number {
  const words = argv.filter((word) => !word.startsWith('-'));
  const named = commands.filter(({ name }) => name.split(' ').every((word, i) => words[i] === word));
  // `conflicts show` is not `conflicts`.
  const longest = named.toSorted((a, b) => b.name.length - a.name.length).slice(0, 1);
  const text = description(longest.length === 0 ? commands : longest, longest.length === 0);
  around.stdout.write(`${JSON.stringify(text, null, 2)}\n`);
  return ExitCode.done;
}

function report(thrown: unknown, json: boolean, around: Surroundings): number {
  if (thrown instanceof CommanderError && thrown.exitCode === 0) return ExitCode.done;
  const error =
    thrown instanceof CommanderError
      ? new MemfsError('usage', usageText(thrown), { hint: 'memfsd --help' })
      : asMemfsError(thrown);
  printError(around.stderr, json, error);
  return meaningOf(error.code).exit;
}

const usageText = ({ code, message }: CommanderError): string =>
  code === 'commander.help' ? 'a command is missing' : message.replace(/^error: /, '').replaceAll('\n', ' ');

const dashed = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The command line: arguments in, exit code out. The one place where an error becomes an exit code. */
import { CommanderError, Command as Parser } from 'commander';
import { issueSentence, issueText } from '../api/issue-text.js';
import { asMemfsError, ExitCode, MemfsError, meaningOf } from '../core/errors.js';
import type { Command } from './command.js';
import { commandWords } from './command-words.js';
import { commands } from './commands.js';
import { Context, type Surroundings } from './context.js';
import { dataDirectory, version } from './daemon.js';
import { description } from './description.js';
import { printError } from './report.js';

const names = commands.map(({ name }) => name);

/** Resolves to the exit code. */
export async function run(argv: readonly string[], around: Surroundings): Promise<number> {
  const own = ownWords(argv);
  const json = own.includes('--json');
  let help = 'memfsd --help';
  try {
    const named = commandWords(own, names);
    help = ['memfsd', ...named, '--help'].join(' ');
    if (own.includes('--desc')) return describe(own, around);
    let code: number = ExitCode.done;
    const parser = createParser(around, async (command, args, options) => {
      const { data, json: asJson, ...own } = options;
      if (data === '') throw new MemfsError('usage', '--data is empty', { hint: help });
      const input = command.input.safeParse(own, { error: issueText });
      if (!input.success) {
        const { path, message } = input.error.issues[0]!;
        const option = path.length === 0 ? '' : `--${dashed(String(path[0]))}`;
        throw new MemfsError('usage', issueSentence(option, message), { hint: help });
      }
      const directory = dataDirectory(data as string | undefined, around.environment);
      const context = new Context(around, directory, asJson === true);
      code = (await command.run(context, args, input.data)) ?? ExitCode.done;
    });
    await parser.parseAsync(argv, { from: 'user' });
    return code;
  } catch (thrown) {
    return report(thrown, json, around, help);
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
  parser
    .exitOverride()
    .configureHelp({ minWidthToWrap: 20 })
    .configureOutput({
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

function report(thrown: unknown, json: boolean, around: Surroundings, help: string): number {
  if (thrown instanceof CommanderError && thrown.exitCode === 0) return ExitCode.done;
  const error =
    thrown instanceof CommanderError
      ? new MemfsError('usage', usageText(thrown), { hint: help })
      : withHelp(asMemfsError(thrown), help);
  printError(around.stderr, json, error);
  return meaningOf(error.code).exit;
}

/** Where nothing better is known to do. */
const withHelp = (error: MemfsError, help: string): MemfsError =>
  error.hint === undefined && (error.code === 'usage' || error.code === 'invalid')
    ? new MemfsError(error.code, error.message, { hint: help, cause: error })
    : error;

const usageText = ({ code, message }: CommanderError): string =>
  code === 'commander.help' ? 'a command is missing' : message.replace(/^error: /, '').replaceAll('\n', ' ');

const dashed = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The documents keep to the program: their commands exist, and their two lines are what CI and the tests run. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readmeCommand, repository } from '../mount/support/readme.js';
import { cli } from './cli/surroundings.js';
import { documents, fence, read } from './documents.js';

const scripts = (JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts;

interface Described {
  readonly command: string;
  readonly arguments: readonly { readonly name: string; readonly required: boolean }[];
  readonly options: readonly { readonly flags: string }[];
}

let described: Described[] = [];

beforeAll(async () => {
  described = (JSON.parse((await cli(['describe', '--json'])).out) as { commands: Described[] }).commands;
});

/** Words of a shell line; operators are words of their own, and a comment ends it. */
function shellWords(line: string): string[] {
  const pattern = /\s+|#.*$|(?<op>&&|\|\||[|;<>&]+)|(?<word>(?:'[^']*'|"[^"]*"|\\.|[^\s'"\\|;<>&])+)/gy;
  return [...line.matchAll(pattern)].flatMap(({ groups }) => {
    const { op, word } = groups as { op?: string; word?: string };
    return op ?? word ?? [];
  });
}

/** The memfsd commands of a shell line, each as its words. */
function commandsIn(line: string): string[][] {
  const commands: string[][] = [[]];
  let isTarget = false;
  for (const word of shellWords(line.replace(/^\w*\$ /, ''))) {
    if (/^[<>]+$/.test(word)) isTarget = true;
    else if (/^[|;&]+$/.test(word)) commands.push([]);
    else if (isTarget) isTarget = false;
    else if (commands.at(-1)!.length > 0 || !/^\w+=/.test(word)) commands.at(-1)!.push(word);
  }
  return commands.filter(([first]) => first === 'memfsd');
}

/** Why the command line would not take these words, or null. A part of a command (in prose) may lack arguments. */
function problem(words: readonly string[], isPart: boolean): string | null {
  const rest = words.slice(1);
  const command = described
    .map((each) => ({ ...each, path: each.command.split(' ').slice(1) }))
    .filter(({ path }) => path.every((step, i) => rest[i] === step))
    .sort((a, b) => b.path.length - a.path.length)[0];
  if (command === undefined) return isPart && isPrefix(rest) ? null : 'no such command';
  const values = new Map(
    ['--help', ...command.options.map(({ flags }) => flags)].map((flags) => {
      const [name, value] = flags.split(' ');
      return [name!, value !== undefined] as const;
    }),
  );
  let positional = 0;
  for (let i = command.path.length; i < rest.length; i++) {
    const word = rest[i]!;
    // Somebody else's command line.
    if (word === '--') {
      positional += rest.length - i - 1;
      break;
    }
    if (!word.startsWith('--')) positional += 1;
    else if (!values.has(word)) return `no option ${word}`;
    else if (values.get(word) && rest[++i] === undefined && !isPart) return `${word} lacks its value`;
  }
  const required = command.arguments.filter((argument) => argument.required).length;
  const isOpen = command.arguments.some(({ name }) => name.endsWith('...'));
  if (positional < required && !isPart) return 'too few arguments';
  return positional > command.arguments.length && !isOpen ? 'too many arguments' : null;
}

/** `memfsd`, `memfsd --help`, `memfsd store` */
const isPrefix = (rest: readonly string[]): boolean =>
  rest.every((word) => word === '--help' || word === '--version') ||
  described.some(({ command }) => command.startsWith(`memfsd ${rest.join(' ')} `));

function problemsOf(text: string): string[] {
  const blocks = [...text.matchAll(fence)].flatMap(([, block]) =>
    block!.replace(/\\\n\s*/g, ' ').split('\n'),
  );
  const prose = [...text.replaceAll(fence, '').matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!);
  const found = (line: string, isPart: boolean): string[] =>
    commandsIn(line).flatMap((words) => {
      const why = problem(words, isPart);
      return why === null ? [] : [`${words.join(' ')}: ${why}`];
    });
  return [...blocks.flatMap((line) => found(line, false)), ...prose.flatMap((line) => found(line, true))];
}

describe.each(documents)('%s', (document) => {
  it('names only commands and options that exist', () => {
    expect(problemsOf(read(document))).toEqual([]);
  });

  it('names files that exist', () => {
    const paths = [...read(document).matchAll(/`((?:src|test|native|scripts|bench|bin|docs)\/[\w./-]*)`/g)];
    expect(paths.map(([, path]) => path!).filter((path) => !existsSync(join(repository, path)))).toEqual([]);
  });
});

const foldersIn = (folder: string): string[] =>
  readdirSync(join(repository, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => relative(repository, join(entry.parentPath, entry.name)));

it('has an architecture that fits the code: its folders, and where to look', () => {
  const text = read('docs/architecture.md');
  const section = (heading: string): string => text.split(`\n## ${heading}\n`)[1]!.split('\n## ')[0]!;
  const lines = section('Folders')
    .split('\n')
    .filter((line) => line.startsWith('- '));
  const named = lines.flatMap((line) =>
    [...line.split(': ')[0]!.matchAll(/`([^`]+)`/g)].map(([, path]) => path!),
  );
  expect(named.filter((path) => !existsSync(join(repository, path)))).toEqual([]);
  expect(foldersIn('src').filter((path) => !named.includes(path))).toEqual([]);

  const places = [...section('Where to look').matchAll(/^\|.*\| `(src\/[^`]+)` +\| `(\w+)` +\|$/gm)];
  expect(places.length).toBeGreaterThan(6);
  for (const [, folder, name] of places) {
    const files = readdirSync(join(repository, folder!)).filter((file) => file.endsWith('.ts'));
    const says = new RegExp(`\\b(class|function|const) ${name}\\b|\\b${name}\\(\\{`);
    const found = files.filter((file) => says.test(readFileSync(join(repository, folder!, file), 'utf8')));
    expect(found, `${folder}: ${name}`).not.toEqual([]);
  }
});

it('notices a command that does not exist', () => {
  const text =
    'Run `memfsd munt`, `memfsd log --reversed`.\n```sh\nmemfsd mount notes\nx | memfsd log a b c\n```\n';
  expect(problemsOf(text)).toEqual([
    'memfsd mount notes: too few arguments',
    'memfsd log a b c: too many arguments',
    'memfsd munt: no such command',
    'memfsd log --reversed: no option --reversed',
  ]);
});

it('prints for tests what CI runs', () => {
  expect(read('.ci/run').trimEnd().split('\n').at(-1)).toBe(readmeCommand('Test it'));
});

it.each(['Try it', 'Test it'])('%s: runs scripts that exist', (heading) => {
  for (const step of readmeCommand(heading).split(' && ')) {
    const [, script] = /^npm (?:run )?(\w+)$/.exec(step) ?? [];
    if (script === undefined) expect(existsSync(join(repository, step)), step).toBe(true);
    else expect(['ci', ...Object.keys(scripts)], step).toContain(script);
  }
});

it('names every exit code of the program', async () => {
  const { exit_codes } = JSON.parse((await cli(['describe', '--json'])).out) as {
    exit_codes: Record<string, number>;
  };
  for (const code of Object.values(exit_codes))
    expect(read('README.md')).toMatch(new RegExp(`\\b${code} [a-z]+`));
});

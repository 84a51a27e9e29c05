/** Reads a tool call as a list of words, so that calls of one purpose can be laid side by side. */
import { detached } from '../../detached.js';

export interface CallShape {
  /** The tool, or the program that a shell runs. */
  readonly program: string;
  /** The program with its subcommand: calls with the same one do the same kind of thing. */
  readonly head: string;
  /** The words as one would write them down; names of persons, secrets and long texts are left out. */
  readonly words: readonly string[];
  /** Whether it looks for something, or at something, and changes nothing. */
  readonly looks: 'for' | 'at' | null;
}

const mostWords = 60;
const longestWord = 120;
/** In characters; what comes behind is a text that is written, not what is done. */
const longestCommand = 4_000;
/** The names under which tools take a whole command or question. */
const wholes = /^(?:command|cmd|args|arguments|input|query|script|code)$/;
/** Fields that say nothing of the purpose. */
const besides = /^(?:description|timeout|run_in_background|prompt|dangerouslyDisableSandbox)$/;

export const callShape = (tool: string, json: string): CallShape => callShapes(tool, json)[0]!;

/**
 * Returns one shape for each command in a shell's command line, at least one; a single one for other tools.
 */
export function callShapes(tool: string, json: string): CallShape[] {
  const fields = fieldsOf(json);
  const command = fields.find(([name]) => name === 'command' || name === 'cmd')?.[1];
  if (command !== undefined) return shellShapes(command);
  const words = fields
    .filter(([name]) => !besides.test(name))
    .flatMap(([name, value]) => {
      if (wholes.test(name)) return shellWords(value);
      if (isPath(value)) return [value];
      return value.length > longestWord ? [`${name}=…`] : shellWords(`${name}=${value}`);
    });
  const own = [tool, ...words.map(unnamed)].slice(0, mostWords);
  return [{ program: tool, head: tool, words: own, looks: looksOfTool(tool) }];
}

function fieldsOf(json: string): [string, string][] {
  let input: unknown;
  try {
    input = JSON.parse(json);
  } catch {
    return [['input', json]];
  }
  const fields: [string, string][] = [];
  const collect = (value: unknown, name: string, depth: number): void => {
    if (typeof value === 'object' && value !== null) {
      if (depth < 4)
        for (const [key, each] of Object.entries(value))
          collect(each, Array.isArray(value) ? name : key, depth + 1);
    } else if (value !== null) fields.push([name, String(value)]);
  };
  collect(input, 'input', 0);
  return fields;
}

const shellWords = (text: string): string[] =>
  text.length > longestCommand ? ['…'] : (text.match(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g) ?? []);

export const isPath = (value: string): boolean => /^[~./\w-]*\/[^\s]*$|^[\w-]+\.\w{1,5}$/.test(value);

/**
 * Shapes of the commands in a line, without what is only a way to them: `cd x && VAR=1 sudo git -C y push
 * origin`.
 */
function shellShapes(command: string): CallShape[] {
  const [commands = ''] = command.slice(0, longestCommand).split(/<<-?\s*["']?\w/, 1);
  const lines = (commands.match(/(?:[^"'&;\n]|"[^"]*"|'[^']*'|(?<!&)&(?!&))+/g) ?? [])
    .map((line) => line.trim())
    .filter((line) => !/^(?:cd|export|source|set|echo)\b|^\.\s|^#|^$/.test(line));
  return (lines.length === 0 ? [command] : lines).map((line) => shellShape(shellWords(line)));
}

function shellShape(words: readonly string[]): CallShape {
  const all = words.filter((word, i) => !(i < 3 && /^(?:sudo|env|time|\w+=\S*)$/.test(word)));
  const [program = '', ...rest] = all.length === 0 ? words : all;
  const name = program.split('/').at(-1)!;
  const [next = ''] = rest;
  const sub = /^[a-z][a-z-]*$/.test(next) ? next : '';
  const script = interpreters.test(name) ? (rest.find((word) => !word.startsWith('-')) ?? '') : sub;
  return {
    program: interpreters.test(name) ? `${name} ${script}`.trim() : name,
    head: `${name} ${script}`.trim(),
    words: words.slice(0, mostWords).map(unnamed),
    looks: looksOfProgram(name, rest),
  };
}

const interpreters = /^(?:python\d?(?:\.\d+)?|node|bash|sh|ruby|perl|npx|uv|deno|bun)$/;

function looksOfProgram(name: string, rest: readonly string[]): CallShape['looks'] {
  if (/^(?:rg|ag|ack|fd|ls|tree|which|whereis)$|find|grep|search|locate|lookup/.test(name)) return 'for';
  if (name === 'git' && rest[0] === 'grep') return 'for';
  if (rest.some((word, i) => word === '|' && /^(?:grep|rg)$/.test(rest[i + 1] ?? ''))) return 'for';
  if (/^(?:cat|head|tail|less|more|bat|stat|file|wc|pwd|nl)$/.test(name)) return 'at';
  return /^(?:--help|--version|-h|help)$/.test(rest.at(-1) ?? '') ? 'at' : null;
}

/** Tells by the words of a tool's name whether it only looks: `mcp__kb__search_pages`, `ReadFile`. */
function looksOfTool(tool: string): CallShape['looks'] {
  const words = tool
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/);
  if (words.some((word) => /^(?:search|find|grep|glob|list|ls|lookup|query)$/.test(word))) return 'for';
  return words.some((word) => /^(?:read|get|view|open|fetch|show|cat)$/.test(word)) ? 'at' : null;
}

/** Replaces mail addresses, telephone numbers, secrets and long texts in a word. */
export function unnamed(word: string): string {
  if (/\[masked:|[^\s@]+@[^\s@]+\.\w/.test(word))
    return word.replace(/(?<==|^)[^=]*(?:\[masked:|@).*$/s, '…');
  if (word.length > longestWord || word.includes('\n')) return '…';
  return word
    .replace(/(?<![\w.-])\+?\d[\d ()-]{8,}\d(?![\w-])/g, '…')
    .replace(/(?=\w*\d)(?=\w*[a-z])(?=\w*[A-Z])[\w+/]{24,}/g, '…');
}

/** A copy to keep when its session is no longer in memory. */
export function detachedShape(shape: CallShape): CallShape {
  const [program = '', head = '', ...words] = detached(
    [shape.program, shape.head, ...shape.words].join('\0'),
  ).split('\0');
  return { program, head, words, looks: shape.looks };
}

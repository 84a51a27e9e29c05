/** Reads the steps of the store's procedures, and tells which of them a tool call carries out. */
import type { Memory } from '../../input.js';
import { type Block, blocksOf } from '../../text/blocks.js';
import { escaped } from '../../text/pattern.js';

export interface Step {
  readonly text: string;
  /** From 1. */
  readonly line: number;
  readonly endLine: number;
  readonly commands: readonly RegExp[];
  /** The words that a call must have for a step without a command. */
  readonly words: ReadonlySet<string>;
}

export interface Procedure {
  readonly memory: Memory;
  readonly title: string;
  readonly steps: readonly Step[];
}

const fewestSteps = 2;

/**
 * The procedures of a memory: runs of list items, of lines of code, and of paragraphs or rows with commands
 * in them, below one heading.
 */
export function proceduresOf(memory: Memory): Procedure[] {
  const found: Procedure[] = [];
  let run: Block[] = [];
  const end = (): void => {
    const steps = run.flatMap(stepsOf);
    const [first] = run;
    if (first !== undefined && steps.length >= fewestSteps)
      found.push({ memory, title: first.headings.at(-1) ?? '', steps });
    run = [];
  };
  for (const block of blocksOf(memory.text)) {
    const isStep =
      block.kind === 'item' ||
      block.kind === 'code' ||
      ((block.kind === 'paragraph' || block.kind === 'row') && block.text.includes('`'));
    if (block.kind === 'heading' || (run.length > 0 && !sameHeadings(run[0]!, block))) end();
    if (isStep) run.push(block);
  }
  end();
  return found;
}

const sameHeadings = (a: Block, b: Block): boolean => a.headings.join('\n') === b.headings.join('\n');

function stepsOf(block: Block): Step[] {
  const { line, endLine, text } = block;
  if (block.kind === 'code')
    return text
      .split('\n')
      .filter((command) => command.trim() !== '')
      .map((command) => ({ text: command, line, endLine, commands: commandsOf(command), words: new Set() }));
  const commands = [...text.matchAll(/`([^`\n]+)`/g)].flatMap(([, span]) => commandsOf(span!));
  if (commands.length === 0)
    return block.kind === 'item' ? [{ text, line, endLine, commands, words: wordSet(text) }] : [];
  return commands.map((command) => ({ text, line, endLine, commands: [command], words: new Set() }));
}

const placeholder = /<[^<>\s]+>|\{\{?[\w.-]+\}?\}|\$\{?\w+\}?|\[[A-Z_]+\]|\b[A-Z]+_[A-Z_]+\b/g;

/** Patterns of the commands in a span of code; one word alone is a name as often as a command. */
function commandsOf(span: string): RegExp[] {
  const text = span.trim().replace(/^\$\s+/, '');
  if (text.startsWith('#') || !/\s/.test(text)) return [];
  const parts = text.split(placeholder).map((part) => part.split(/\s+/).map(escaped).join('\\s+'));
  return [new RegExp(`(?:^|[\\s;&|(])${parts.join('\\S+')}(?=$|[\\s;&|)])`)];
}

export const wordSet = (text: string): Set<string> =>
  new Set((text.toLowerCase().match(/[\p{L}\p{N}_-]+/gu) ?? []).filter((word) => word.length > 1));

/** The least share of the words of a step without a command. */
const enoughWords = 0.8;

export function carriesOut(given: readonly string[], { commands, words }: Step): boolean {
  if (commands.length > 0)
    return given.some((argument) => commands.some((command) => command.test(argument)));
  if (words.size < 3) return false;
  return given.some((argument) => {
    if (argument.length > 400) return false;
    const said = wordSet(argument);
    const shared = [...words].filter((word) => said.has(word)).length;
    return shared >= words.size * enoughWords && shared >= said.size * enoughWords;
  });
}

/** Rules against instructions in texts: a user's words are evidence, everybody else's are only read. */
import { plainWords } from '../text/words.js';
import { instructionIn } from '../trust/instructions.js';
import { addedLines, type Rule, shown } from './trial.js';

/** Refuses evidence from a text that instructs its reader, whatever else it says. */
export const evidenceInstructsNobody: Rule = ({ exhibits }) => {
  const found = exhibits.find(({ instruction }) => instruction !== null);
  if (found === undefined) return null;
  const where =
    found.memory === null ? `what a tool brought in session ${sessionOf(found)}` : found.memory.path;
  return `it follows ${where}, a text with instructions ${found.instruction}`;
};

/** Refuses new text that instructs its reader, unless the words are a user's own. */
export const newTextInstructsNobody: Rule = (trial) => {
  const said = trial.exhibits
    .filter(({ source }) => source === 'user')
    .map(({ evidence }) => new Set(plainWords(evidence.quote)));
  const lines = addedLines(trial).filter((line) => !said.some((words) => isFrom(line, words)));
  const found = lines.find((line) => instructionIn(line) !== null) ?? null;
  if (found !== null) return `what it adds instructs whoever reads it: "${shown(found)}"`;
  return instructionIn(lines.join('\n')) === null ? null : 'what it adds instructs whoever reads it';
};

const sessionOf = ({ context }: { context: { event: { session: string } } | null }): string =>
  context?.event.session ?? '';

/** Whether nearly all words of the line are among these. */
function isFrom(line: string, words: ReadonlySet<string>): boolean {
  const own = [...new Set(plainWords(line))];
  return own.filter((word) => words.has(word)).length >= 0.8 * own.length;
}

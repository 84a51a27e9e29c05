/** The one rule for the names of sessions and agents, at every entrance: command line, API, environment, transcripts. */
import { MemfsError } from './errors.js';

/** Nothing that cannot be seen, ends a line, or turns the text around it. */
export const namePattern = /^(?!\s)[^\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]{1,255}(?<!\s)$/u;

export const nameMeaning =
  'the name of a session or an agent has 1 to 255 characters, none of control or formatting, and no blank at either end';

export const isName = (text: string): boolean => namePattern.test(text);

/** Returns the name; throws `invalid` for one that is none. `where` says where it was found. */
export function checkName(text: string, where: string): string {
  if (isName(text)) return text;
  throw new MemfsError('invalid', `${where}: ${nameMeaning}`);
}

/** The one rule for the names of sessions and agents, at every entrance: command line, API, environment, transcripts. */
import { MemfsError } from './errors.js';

/**
 * Nothing that cannot be seen, ends a line, or turns the text around it. `.` and `..` are steps in a path, also of an URL,
 * which loses them (url.spec.whatwg.org, "single-dot URL path segment").
 */
export const namePattern = /^(?!\s|\.{1,2}$)[^\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]{1,255}(?<!\s)$/u;

export const nameMeaning =
  'the name of a session or an agent has 1 to 255 characters, none of control or formatting, no blank at either end, and is not "." or "..", which are steps in a path';

export const isName = (text: string): boolean => namePattern.test(text);

/** Returns the name; throws `invalid` for one that is none. `where` says where it was found. */
export function checkName(text: string, where: string): string {
  if (isName(text)) return text;
  throw new MemfsError('invalid', `${where}: ${nameMeaning}`);
}

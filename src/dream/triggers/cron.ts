import { Cron } from 'croner';
import { asMemfsError } from '../../core/errors.js';

/** Tells the author of a pattern what is wrong with it; null: it can be used. */
export function cronProblem(pattern: string): string | null {
  try {
    return new Cron(pattern, { mode: '5-part' }).nextRun() === null ? 'it never comes' : null;
  } catch (thrown) {
    return `"${pattern}" is no cron expression: ${asMemfsError(thrown).message.replace(/^\w+: /, '')}`;
  }
}

/** The first time after `afterMs` that the pattern names, in ms; null: there is none any more. */
export const cronAfter = (pattern: string, afterMs: number): number | null =>
  new Cron(pattern, { mode: '5-part' }).nextRun(new Date(afterMs))?.getTime() ?? null;

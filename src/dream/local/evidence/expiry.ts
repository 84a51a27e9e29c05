/** Finds entries that name their own end. */

import { datesIn, lastDayOf } from '../../text/dates.js';
import { before, goesOn, until } from './expiry-cues.js';
import { tellsOfPast } from './story-cues.js';

/** The day on which the entry expired; null: it has not, or it names none. */
export function expiredOn(text: string, today: string): string | null {
  if (tellsOfPast.test(text) || goesOn.test(text)) return null;
  const dates = datesIn(text);
  for (const { date, start } of dates) {
    const head = text.slice(0, start);
    const last = lastDayOf(date);
    if (until.test(head) && last < today) return isLatest(last, dates) ? last : null;
    if (before.test(head) && date <= today) return isLatest(last, dates) ? last : null;
  }
  return null;
}

/** Whether no later date in the same text may have prolonged it. */
const isLatest = (day: string, dates: readonly { readonly date: string }[]): boolean =>
  dates.every(({ date }) => lastDayOf(date) <= day);

/** Entries that name their own end. */
import { datesIn, lastDayOf } from '../../text/dates.js';

/** Directly before the date. */
const until =
  /\b(?:until|till|til|through|thru|up to(?: and including)?|up until|not (?:after|beyond|later than)|valid (?:to|until)|expir(?:es|ing|y)(?: on| at)?:?|ends? on|ending|lasts? (?:to|until))\s+(?:the\s+)?(?:end of\s+)?(?:\w+day,?\s+)?$/i;
/** "Do not touch it before …": over on that day. */
const before =
  /\b(?:do not|don't|never|no|not|nobody|none|closed|frozen|freeze|blocked|locked|read-only|wait)\b[^.]*\bbefore\s+(?:the\s+)?$/i;
/** A story about the past stays true. */
const story =
  /\b(?:was|were|had|did|used to|ran|went|came|held|served|lasted|stayed|remained|belonged|worked|existed|since then|afterwards|history|historical(?:ly)?|(?:we|they|i|he|she|it|which) (?:\w+ly )?\w+ed)\b/i;
/** It names a rule, or what to do afterwards: there is something left of it. */
const goesOn =
  /\b(?:afterwards|after that|from then on|thereafter|since then|then on|each year|every year|yearly|annual\w*|renew\w*|extended|prolonged|again)\b/i;

/** The day on which it was over; null: it is not, or it names none. */
export function expiredOn(text: string, today: string): string | null {
  if (story.test(text) || goesOn.test(text)) return null;
  const dates = datesIn(text);
  for (const { date, start } of dates) {
    const head = text.slice(0, start);
    const last = lastDayOf(date);
    if (until.test(head) && last < today) return isLatest(last, dates) ? last : null;
    if (before.test(head) && date <= today) return isLatest(last, dates) ? last : null;
  }
  return null;
}

/** A later date in the same text may have prolonged it. */
const isLatest = (day: string, dates: readonly { readonly date: string }[]): boolean =>
  dates.every(({ date }) => lastDayOf(date) <= day);

/** Words that have a capital by the rules of English, and name no thing. */
import { months, weekdays } from './calendar.js';

const weekday = `(?:${weekdays.full})s?`;
const month = `(?:${months.full})`;
const calendarWords = new RegExp(String.raw`^(?:${weekday}|${month})(?:\s(?:${weekday}|${month}|\d{1,4}))*$`);
/** Verbs with a capital where a sentence begins. */
const alsoVerb = /^(?:March|May)$/;

/** A day of the week or a month: it is stated of something, and nothing is said of it. */
export const isCalendarWord = (text: string, initial: boolean): boolean =>
  calendarWords.test(text) && !(initial && alsoVerb.test(text));

const abbreviatedLeads = new Set('FYI BTW NB PS PSA TLDR IMO IIRC AFAIK'.split(' '));
const leads = new Set('correction note update reminder attention news info edit'.split(' '));

/** "FYI": it leads to what is said, wherever it stands. */
export const isAbbreviatedLead = (word: string): boolean => abbreviatedLeads.has(word);

/** "NOTE", "UPDATE": so only where a sentence begins. */
export const isLead = (word: string): boolean => leads.has(word.toLowerCase());

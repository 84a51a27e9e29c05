/** Words that have a capital by the rules of English and name nothing. */
import { months, weekdays } from './calendar.js';

const weekday = `(?:${weekdays.full})s?`;
const month = `(?:${months.full})`;
const calendarWords = new RegExp(String.raw`^(?:${weekday}|${month})(?:\s(?:${weekday}|${month}|\d{1,4}))*$`);
/** Verbs with a capital where a sentence begins. */
const alsoVerb = /^(?:March|May)$/;

/**
 * Whether it is a weekday or a month, which is stated of something and never a subject. `initial`: it begins
 * a sentence.
 */
export const isCalendarWord = (text: string, initial: boolean): boolean =>
  calendarWords.test(text) && !(initial && alsoVerb.test(text));

const abbreviatedLeads = new Set('FYI BTW NB PS PSA TLDR IMO IIRC AFAIK'.split(' '));
const leads = new Set('correction note update reminder attention news info edit'.split(' '));

/** Whether it only leads to what is said, wherever it stands: "FYI". */
export const isAbbreviatedLead = (word: string): boolean => abbreviatedLeads.has(word);

/** Whether it does so where a sentence begins: "NOTE", "UPDATE". */
export const isLead = (word: string): boolean => leads.has(word.toLowerCase());

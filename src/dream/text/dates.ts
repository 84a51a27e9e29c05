/** Finds dates in a text, whatever form they have. */
import { monthNumber, months } from './calendar.js';

export interface FoundDate {
  /** `2029-12-06`; `2029-12` where no day is given. */
  readonly date: string;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const month = `(?<month>${months.any})\\.?`;
const day = '(?<day>0?[1-9]|[12]\\d|3[01])';
const year = '(?<year>(?:19|20)\\d\\d)';

/** A week or a day of one, `2026-W10-3` (ISO 8601). */
const week = /(?<![\w-])((?:19|20)\d\d)-?W(0[1-9]|[1-4]\d|5[0-3])(?:-?([1-7]))?(?![\w-])/g;

const forms = [
  // 2029-12-06, 2029/12/06, 2029.12.06; with a time behind it too
  `(?<![\\d-])${year}(?<dash>[-/.])(?<number>0?[1-9]|1[0-2])\\k<dash>${day}(?![\\d-]|\\.\\d)`,
  // 20291206
  `(?<![\\w.-])${year}(?<number>0[1-9]|1[0-2])(?<day>0[1-9]|[12]\\d|3[01])(?![\\w-]|\\.\\w)`,
  // 06.12.2029
  `(?<![\\d.])${day}\\.(?<number>0?[1-9]|1[0-2])\\.${year}(?!\\d)`,
  // 6 December 2029, 6th of Dec, 2029
  `(?<![\\w.-])${day}(?:st|nd|rd|th)?[ -](?:of )?${month}[ ,-]{1,2}${year}(?!\\d)`,
  // December 6, 2029
  `(?<!\\w)${month} ${day}(?:st|nd|rd|th)?,? ${year}(?!\\d)`,
  // December 2029
  `(?<![\\w-]|\\d[a-z]{0,2}\\s)${month},? ${year}(?![\\d-])`,
].map((form) => new RegExp(form, 'gi'));

export function datesIn(text: string): FoundDate[] {
  if (!/\d{4}/.test(text)) return [];
  const found: FoundDate[] = [...text.matchAll(week)].map(
    ({ 0: whole, 1: year, 2: number, 3: day, index }) => ({
      date: dayOfWeek(Number(year), Number(number), Number(day ?? 1)),
      ...{ text: whole, start: index, end: index + whole.length },
    }),
  );
  for (const form of forms)
    for (const match of text.matchAll(form)) {
      const { 0: whole, index: start } = match;
      const end = start + whole.length;
      if (found.some((other) => start < other.end && other.start < end)) continue;
      const { year, month, number, day } = match.groups!;
      const at = month === undefined ? Number(number) : monthNumber(month);
      const parts = [year!, two(at), ...(day === undefined ? [] : [two(Number(day))])];
      if (day === undefined || exists(Number(year), at, Number(day)))
        found.push({ date: parts.join('-'), text: whole, start, end });
    }
  return found.sort((a, b) => a.start - b.start);
}

/** The date of a day in a week (ISO 8601): the fourth of January is in the first week. */
function dayOfWeek(year: number, week: number, day: number): string {
  const fourth = new Date(Date.UTC(year, 0, 4));
  const monday = 4 - ((fourth.getUTCDay() + 6) % 7);
  return new Date(Date.UTC(year, 0, monday + (week - 1) * 7 + day - 1)).toISOString().slice(0, 10);
}

const two = (number: number): string => String(number).padStart(2, '0');

const exists = (year: number, month: number, day: number): boolean =>
  new Date(Date.UTC(year, month - 1, day)).getUTCMonth() === month - 1;

/** The last day of a month that is a date without a day; else the day itself. */
export function lastDayOf(date: string): string {
  if (date.length > 7) return date;
  const [year, month] = date.split('-').map(Number) as [number, number];
  return `${date}-${two(new Date(Date.UTC(year, month, 0)).getUTCDate())}`;
}

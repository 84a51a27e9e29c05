/** Reads the time that a line of a log begins with, whatever the log. All times are in seconds. */

import { monthNumber, months, weekdays } from '../../text/calendar.js';

export interface ClockReading {
  /** Seconds since 1970, UTC; without a date since midnight. A time without a zone is taken for UTC. */
  readonly at: number;
  readonly dated: boolean;
  /** The resolution of the format: 1 for `12:00:05`, 60 for `12:00`. */
  readonly resolution: number;
  /** Where it stands in the line. */
  readonly start: number;
  readonly end: number;
}

const month = `(?<mon>${months.short})[a-z]*`;
const hourAndMinute = String.raw`(?<h>[01]?\d|2[0-3]):(?<mi>[0-5]\d)`;
const second = String.raw`(?<s>[0-5]\d)(?:[.,](?<frac>\d{1,9}))?`;
const half = String.raw`(?:\s?(?<half>[AaPp])\.?[Mm]\b\.?)?`;
const clock = `${hourAndMinute}(?::${second})?${half}`;
/** `20260512T030405` */
const compactDay = String.raw`(?<y>20\d\d)(?<mo>[01]\d)(?<d>[0-3]\d)`;
const compactTime = String.raw`(?<h>[01]\d|2[0-3]):?(?<mi>[0-5]\d):?${second}`;
const zone = String.raw`(?:\s?(?<zone>Z\b|UTC\b|GMT\b|[+-]\d\d:?\d\d\b))?`;
const zoneBeforeYear = String.raw`(?:\s(?:[A-Z]{3,4}|[+-]\d{4}))?(?:\s(?<y>20\d\d)\b)?`;
const weekday = `(?:(?:${weekdays.short})[a-z]*,?\\s+)?`;

/** The first that matches is meant. */
const dated: readonly RegExp[] = [
  `(?<y>\\d{4})[-/.](?<mo>\\d\\d)[-/.](?<d>\\d\\d)(?:[T_ ]|,\\s?|\\s+at\\s+)${clock}${zone}`,
  `${compactDay}[T_ -]?${compactTime}${zone}(?!\\d)`,
  `(?<d>\\d{1,2})[/ -]${month}[/ -](?<y>\\d{4})[: ,]\\s?(?:at )?${clock}${zone}`,
  `${weekday}${month}\\.?\\s+(?<d>\\d{1,2})(?:st|nd|rd|th)?,?\\s+(?<y>\\d{4}),?\\s+(?:at )?${clock}${zone}`,
  `${weekday}${month}\\s+(?<d>\\d{1,2})\\s+${clock}${zoneBeforeYear}`,
  `(?<d>\\d\\d)\\.(?<mo>\\d\\d)\\.(?<y>\\d{4}),?\\s+${clock}${zone}`,
  `(?<mo>\\d{1,2})/(?<d>\\d{1,2})/(?<y>\\d{4}|\\d\\d),?\\s+${clock}${zone}`,
].map((source) => new RegExp(`(?<![\\w.])${source}`));

const epochParts = String.raw`(?<milli>\d{3})(?<micro>\d{3})?(?<nano>\d{3})?`;
const epoch = new RegExp(
  String.raw`(?<![\w.-])(?<whole>[12]\d{9})(?:${epochParts})?(?:\.(?<frac>\d{1,9}))?(?![\w-])`,
);
const undated = new RegExp(
  `^(?<lead>\\W{0,3}(?:[\\w./-]+[ :|]\\s?){0,2}?\\W{0,2})(?<![\\w.:])${clock}(?=[\\]\\s|,;"')-]|:\\s|$)`,
);

/** An epoch that lies further away from now is some other number. */
const farthest = 3 * 365 * 86_400;
/** In characters; only a time near the beginning is the time of the line. */
const deepest = 160;

type Parts = Partial<
  Record<'y' | 'mon' | 'mo' | 'd' | 'h' | 'mi' | 's' | 'frac' | 'half' | 'zone' | 'lead', string>
>;

/** Null when the line has no time. `near`: about when it was written, for dates without a year. */
export function clockReading(line: string, near: number): ClockReading | null {
  if (!/\d:\d\d|\d{10}|\d{8}[T_ -]\d{6}/.test(line)) return null;
  const head = line.length > deepest ? line.slice(0, deepest) : line;
  for (const pattern of dated) {
    const match = pattern.exec(head);
    const at = match === null ? null : instant(match.groups as Parts, near);
    if (match !== null && at !== null) return reading(match, at, true);
  }
  const number = epoch.exec(head);
  if (number !== null) {
    const { whole, milli = '', micro = '', nano = '', frac = '' } = number.groups!;
    const at = Number(`${whole}.${milli}${micro}${nano}${frac}`);
    if (Math.abs(at - near) < farthest) return reading(number, at, true);
  }
  const time = undated.exec(head);
  if (time === null) return null;
  const parts = time.groups as Parts;
  const lead = parts.lead ?? '';
  if (parts.s === undefined && lead.trim() !== '') return null;
  const found = reading(time, secondsOf(parts), false);
  return { ...found, start: found.start + lead.length };
}

function reading(match: RegExpExecArray, at: number, dated: boolean): ClockReading {
  const parts = match.groups as Parts;
  const resolution = parts.h !== undefined && parts.s === undefined ? 60 : 1;
  return { at, dated, resolution, start: match.index, end: match.index + match[0].length };
}

function secondsOf({ h, mi, s, frac, half }: Parts): number {
  const hours = half === undefined ? Number(h) : (Number(h) % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
  return hours * 3600 + Number(mi) * 60 + Number(`${s ?? 0}.${frac ?? 0}`);
}

function instant(parts: Parts, near: number): number | null {
  const named = parts.mon === undefined ? Number(parts.mo) : monthNumber(parts.mon);
  // 25/12/2026 can only be meant one way.
  const [mo, d] = named > 12 ? [Number(parts.d), named] : [named, Number(parts.d)];
  if (mo < 1 || mo > 12 || d < 1 || d > 31) return null;
  const y = parts.y === undefined ? yearNear(near, mo, d) : Number(parts.y.padStart(4, '20'));
  return Date.UTC(y, mo - 1, d) / 1000 + secondsOf(parts) - offsetOf(parts.zone);
}

function yearNear(near: number, mo: number, d: number): number {
  const year = Number(isoOf(near).slice(0, 4));
  const distance = (y: number) => Math.abs(Date.UTC(y, mo - 1, d) / 1000 - near);
  return [year - 1, year, year + 1].reduce((a, b) => (distance(b) < distance(a) ? b : a));
}

function offsetOf(zone: string | undefined): number {
  const match = /^([+-])(\d\d):?(\d\d)$/.exec(zone ?? '');
  if (match === null) return 0;
  return (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 3600 + Number(match[3]) * 60);
}

const isoOf = (seconds: number): string => new Date(seconds * 1000).toISOString();
export const dayOf = (seconds: number): string => isoOf(seconds).slice(0, 10);

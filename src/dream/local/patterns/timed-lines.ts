/** Reads what a text says happened when: lines of a log, rows of a table, records of a JSON reply. */
import { cues } from '../../text/cues.js';
import { type ClockReading, clockReading, dayOf } from './clock-reading.js';
import { timedRecords } from './records.js';

export interface TimedLine {
  /** In seconds since 1970. */
  readonly at: number;
  /** Whether the date was not in the line: read on another day, the line would seem to be of that day. */
  readonly guessedDay: boolean;
  readonly resolution: number;
  /** Names for the event without the time, what says most first. */
  readonly texts: readonly string[];
  /** Where it stands in the text. */
  readonly start: number;
  readonly end: number;
}

/** In characters: longer ones are data, not events. */
const longestLine = 1_000;
const day = 86_400;

/**
 * `near`: the time of reading, in seconds. `context`: a text that may name the day, such as the call that
 * read it.
 */
export function timedLines(text: string, near: number, context: string): TimedLine[] {
  if (/^\s*[[{]\s*["{]/.test(text)) {
    const records = [...timedRecords(text, near)];
    if (records.length > 0)
      return records.flatMap(({ reading, texts, start, end }) =>
        reading.dated ? [{ ...timeOf(reading), texts, start, end }] : [],
      );
  }
  const lines = linesOf(text, near, context);
  dateBackwards(lines, near);
  return lines.filter(({ texts }) => texts.length > 0);
}

const timeOf = ({ at, dated, resolution }: ClockReading) => ({ at, guessedDay: !dated, resolution });

type Line = { -readonly [K in keyof TimedLine]: TimedLine[K] };

function linesOf(text: string, near: number, context: string): Line[] {
  const found: Line[] = [];
  let today = onlyDate(context);
  let before = 0;
  for (let start = 0; start < text.length; ) {
    const stop = text.indexOf('\n', start);
    const end = stop === -1 ? text.length : stop;
    if (end - start <= longestLine) {
      const line = text.slice(start, end);
      const reading = clockReading(line.replace(/^\s*\d+(?:→|:(?!\d)|\t)/, blank), near);
      if (reading === null) [today, before] = [onlyDate(line) ?? today, 0];
      else {
        if (!reading.dated && today !== null && reading.at < before - day / 2) today += day;
        if (!reading.dated) before = reading.at;
        const dated = reading.dated || today !== null;
        const at = reading.dated ? reading.at : reading.at + (today ?? 0);
        const texts = namesOf(line, reading);
        found.push({ at, guessedDay: !dated, resolution: reading.resolution, texts, start, end });
      }
    }
    start = end + 1;
  }
  return found;
}

const blank = (text: string): string => ' '.repeat(text.length);

/** The day that a text names without a time, in seconds; null: none. */
function onlyDate(text: string): number | null {
  const match = /(?<!\d)(20\d\d)[-/_]?([01]\d)[-/_]?([0-3]\d)(?![\d:])/.exec(text);
  if (match === null) return null;
  const at = Date.parse(`${match[1]}-${match[2]}-${match[3]}T00:00:00Z`);
  return Number.isNaN(at) ? null : at / 1000;
}

/** Dates lines backwards: the last one was written before it was read, and each one before the next. */
function dateBackwards(lines: Line[], near: number): void {
  let latest = near + 60;
  for (const line of lines.toReversed())
    if (line.guessedDay) {
      const midnight = Date.parse(`${dayOf(latest)}T00:00:00Z`) / 1000;
      line.at = midnight + line.at > latest ? midnight + line.at - day : midnight + line.at;
      latest = line.at;
    }
}

const level = cues(String.raw`
    ^[\s|,;:[\]()<>-]*(?:(?:level|lvl|severity)=)?[[<(]?(?:
      TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|ERR|CRIT(?:ICAL)?|FATAL
      (?<=(?:level|lvl|severity)=)\w+
    )[\]>)]?(?=[\s|,;:]|$)
  `);
/** `May 12 03:04:05 host program[123]: message` */
const syslog = /^[\w.-]+ ([\w./-]+)(?:\[\d+\])?: (.+)$/;
/** `[main] com.example.Pool - message`, `[7] (worker) message` */
const tags = /^(?:\s*(?:\[[^\]]{1,40}\]|\([^)]{1,40}\)))*(?:\s*(?:[\w$]+\.)+[\w$]+ ?(?:-|:)(?=\s))?/;
const quotedMessage = /(?:^|\s)(?:msg|message|event|summary)=(?:"((?:[^"\\]|\\.)+)"|(\S+))/;

function namesOf(line: string, { start, end }: ClockReading): string[] {
  const before = line
    .slice(0, start)
    .replace(/^\s*(?:\d+(?:→|:|\t|\s))?/, '')
    .replace(/(?:^|\s)@?[\w.]+=["']?$/, '')
    .replace(/[\w./-]+\.\w+:(?:\d+:)?/, '');
  const after = line.slice(end).replace(/^["'\])]+/, '');
  const source = tidy(before.replace(level, ''));
  const rest = tidy(after.replace(level, ''));
  if ((source + rest).replace(/[^\p{L}]/gu, '').length < 4) return [];
  const [, program, said] = syslog.exec(rest) ?? [];
  const logged = said === undefined ? [rest] : [`${program}: ${said}`, said];
  const [field, quoted, bare] = quotedMessage.exec(rest) ?? [];
  if (field !== undefined)
    logged.splice(0, 1, tidy(rest.replace(field, ` ${quoted ?? bare} `)), (quoted ?? bare)!);
  const bareMessage = tidy(logged.at(-1)!.replace(tags, '').replace(level, ''));
  const names = [...(source === '' ? [] : [`${source} ${logged[0]}`]), ...logged, bareMessage];
  return [...new Set(names)].filter((name) => name !== '');
}

/** The text without what separates columns. */
const tidy = (text: string): string =>
  text
    .replace(/\s*[|;\t]\s*/g, ' ')
    .replace(/^[\s,:>–—-]+|[\s,:[(<–—-]+$/g, '')
    .trim();

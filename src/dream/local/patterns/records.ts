/**
 * Finds the objects of JSON logs in a text: one a line, a list of them, or a reply that holds such a list.
 */
import { type ClockReading, clockReading } from './clock-reading.js';

export interface TimedRecord {
  readonly reading: ClockReading;
  /** Names for the event: all that the record says, then its message alone. */
  readonly texts: readonly string[];
  /** Where it stands in the text. */
  readonly start: number;
  readonly end: number;
}

/** In characters; what is larger is no record of a log. */
const longestRecord = 16 * 1024;

export function* timedRecords(text: string, near: number): Generator<TimedRecord> {
  for (let open = text.indexOf('{'); open !== -1; ) {
    const end = closing(text, open);
    const record = end === -1 || end - open > longestRecord ? null : timedRecord(text.slice(open, end), near);
    if (record === null) {
      open = text.indexOf('{', open + 1);
      continue;
    }
    yield { ...record, start: open, end };
    open = text.indexOf('{', end);
  }
}

/**
 * The index behind the brace that closes the one at `open`, at most as far as a record is long; -1: none
 * does.
 */
function closing(text: string, open: number): number {
  const limit = Math.min(text.length, open + longestRecord + 1);
  let depth = 0;
  let quoted = false;
  for (let at = open; at < limit; at++) {
    const c = text[at];
    if (quoted) {
      if (c === '\\') at += 1;
      else if (c === '"') quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === '{') depth += 1;
    else if (c === '}' && --depth === 0) return at + 1;
  }
  return -1;
}

type Scalars = [name: string, value: string][];

function timedRecord(json: string, near: number): Pick<TimedRecord, 'reading' | 'texts'> | null {
  let object: unknown;
  try {
    object = JSON.parse(json);
  } catch {
    return null;
  }
  const fields: Scalars = [];
  if (!collect(object as object, 0, fields)) return null;
  const times = fields.flatMap(([name, value], i) => {
    const reading = timeIn(name, value, near);
    return reading === null ? [] : [{ i, reading, rank: rankOf(name) }];
  });
  if (times.length === 0) return null;
  const { reading } = times.reduce((a, b) => (b.rank < a.rank ? b : a));
  const taken = new Set(times.map(({ i }) => i));
  const rest = fields.filter(
    ([name], i) => !taken.has(i) && !/^(level|lvl|severity_?(text|number))$/i.test(name),
  );
  const message = rest.reduce<number>(
    (best, [name], i) => (messageRank(name) < messageRank(rest[best]?.[0] ?? '') ? i : best),
    rest.findIndex(([name]) => messageRank(name) < Number.POSITIVE_INFINITY),
  );
  const said = rest[message]?.[1];
  const others = rest.filter((_, i) => i !== message).map(([name, value]) => `${name}=${value}`);
  const whole = [...(said === undefined ? [] : [said]), ...others].join(' ');
  return { reading, texts: said === undefined || said === whole ? [whole] : [whole, said] };
}

/** Collects the scalars of a record. False: it holds a list of objects, which are the records. */
function collect(object: object, depth: number, fields: Scalars): boolean {
  for (const [name, value] of Object.entries(object) as [string, unknown][]) {
    if (typeof value === 'string' || typeof value === 'number') fields.push([name, String(value)]);
    else if (Array.isArray(value)) {
      if (value.some((each) => typeof each === 'object' && each !== null)) return false;
    } else if (typeof value === 'object' && value !== null && depth < 4)
      if (!collect(value, depth + 1, fields)) return false;
  }
  return true;
}

function timeIn(name: string, value: string, near: number): ClockReading | null {
  const reading = value.length > 40 ? null : clockReading(value, near);
  if (reading === null || reading.end - reading.start < value.trim().length - 2) return null;
  // A number that could be a time is one only where its name says so.
  return /^\d+(\.\d+)?$/.test(value.trim()) && rankOf(name) > 3 ? null : reading;
}

const timeNames = [
  /^@?(time_?stamp|ts|time|@?t)$/i,
  /(start|occur|fire|begin|trigger|event)\w*$/i,
  /(time|_at|At|date|when|_ts)\w*$/,
  /time|date|stamp|epoch/i,
];
function rankOf(name: string): number {
  const rank = timeNames.findIndex((pattern) => pattern.test(name));
  return rank === -1 ? timeNames.length : rank;
}

const messageNames = [
  /^(msg|message)$/i,
  /^(summary|text|log|line|body)$/i,
  /^(event|title|description|name)$/i,
];
function messageRank(name: string): number {
  const rank = messageNames.findIndex((pattern) => pattern.test(name));
  return rank === -1 ? Number.POSITIVE_INFINITY : rank;
}

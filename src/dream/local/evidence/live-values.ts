/**
 * Reads keys and values from a tool's output: JSON, YAML, INI, TOML, `KEY=value`, `key: value`, and tables
 * with a head. A line that is a record of a log is none of these.
 */
import { cues } from '../../text/cues.js';

export interface LiveValue {
  /**
   * The names from the outermost to the innermost, `a.b.c` taken apart; elements of a list have no numbers.
   */
  readonly path: readonly string[];
  readonly value: string;
  /** The key as it is written, to find it in the output. */
  readonly key: string;
}

/** The most values of one output: more nobody reads by hand, and no configuration has. */
const mostValues = 400;

export function liveValuesOf(output: string): LiveValue[] {
  const text = withoutLineNumbers(output).trim();
  const json = parsed(text);
  if (json !== undefined) return fromJson(json, []).slice(0, mostValues);
  if (/^<[a-z?!]/i.test(text)) return fromXml(text).slice(0, mostValues);
  const lines = text.split('\n');
  if (lines.length > 20 * mostValues) return [];
  const table = fromTable(lines);
  return (table.length > 0 ? table : fromLines(lines)).slice(0, mostValues);
}

/** The number that file viewers put before a line: `    12→`, `12\t`, `12: `. */
const lineNumber = /^\s*\d+(?:→|\t|:(?=\s)|\s*\|\s)/;

export function withoutLineNumbers(text: string): string {
  const lines = text.split('\n');
  const numbered = lines.filter((line) => lineNumber.test(line)).length;
  const filled = lines.filter((line) => line.trim() !== '').length;
  return numbered > 0 && numbered >= filled * 0.8
    ? lines.map((line) => line.replace(lineNumber, '')).join('\n')
    : text;
}

function parsed(text: string): unknown {
  if (!/^[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fromJson(value: unknown, path: readonly string[], key = ''): LiveValue[] {
  if (value === null) return [];
  if (Array.isArray(value)) return value.flatMap((element) => fromJson(element, path, key));
  if (typeof value === 'object')
    return Object.entries(value).flatMap(([name, inner]) =>
      fromJson(inner, [...path, ...name.split('.')], name),
    );
  const text = String(value);
  return path.length === 0 ? [] : [{ path, value: text, key }];
}

const section = /^\s*\[+\s*([^\]]+?)\s*\]+\s*$/;
const pair = cues(String.raw`
    ^(?<indent>\s*)(?:-\s+)?(?:
      export\s+|set\s+|--
    )?["']?(?<key>[A-Za-z_][\w.\-/ ]{0,60}?)["']?\s*(?:=>|:=|=|:(?=\s|$))\s*(?<value>.*?)\s*[,;]?\s*$
  `);
/** A record of a log begins with a time or a level. */
const logRecord = cues(String.raw`
    ^\s*[[{("]*(?:ts["']?\s*:\s*["']?)?(?:
      \d{4}-\d\d-\d\d[T ]|\d\d:\d\d:\d\d|\w{3} +\d{1,2} \d\d:\d\d|(?:level|time|ts)=
      (?:INFO|WARN|ERROR|DEBUG|TRACE)\b
    )
  `);

function fromLines(lines: readonly string[]): LiveValue[] {
  const values: LiveValue[] = [];
  let inSection: readonly string[] = [];
  let parents: { indent: number; key: string }[] = [];
  for (const line of lines) {
    if (line.trim() === '' || /^\s*(?:#|;|\/\/|--)\s/.test(line) || logRecord.test(line)) continue;
    const header = section.exec(line)?.[1];
    if (header !== undefined) {
      inSection = header.split('.');
      parents = [];
      continue;
    }
    const { indent, key, value } = pair.exec(line)?.groups ?? {};
    if (key === undefined) continue;
    const depth = indent!.length;
    parents = parents.filter((parent) => parent.indent < depth);
    const bare = unquoted(value!);
    if (bare === '') parents.push({ indent: depth, key });
    else if (!/^[{[|>&*]$/.test(bare))
      values.push({
        path: [...inSection, ...parents.map((parent) => parent.key), key].flatMap((name) => name.split('.')),
        value: bare,
        key,
      });
  }
  return values;
}

const unquoted = (text: string): string => {
  const bare = text.replace(/\s+#\s.*$/, '').trim();
  return /^(["'`]).*\1$/.test(bare) ? bare.slice(1, -1) : bare;
};

/** A table may have a row for each setting, or a column. */
const keyColumn =
  /(?:^|[ _.-])(?:field|key|setting|parameter|param|property|attribute|option|variable|item|metric|name)$/i;
const valueColumn = /(?:^|[ _.-])(?:value|current|content|now|actual)$/i;

/** Reads a table whose columns are kept apart by two blanks, a tab or a bar; the first line names them. */
function fromTable(lines: readonly string[]): LiveValue[] {
  const rows = lines.filter((line) => line.trim() !== '' && !/^[\s|+=-]+$/.test(line));
  const cells = rows.map((row) =>
    row
      .trim()
      .replace(/^\||\|$/g, '')
      .split(/\s{2,}|\t|\s*\|\s*/)
      .map((cell) => cell.trim()),
  );
  const [names] = cells;
  if (names === undefined || cells.length < 2 || names.length < 2) return [];
  if (!names.every((name) => /^[\p{L}%#][\p{L}\p{N}_%#/(). -]*$/u.test(name))) return [];
  // Behind the table may stand how many rows there were.
  const last = cells.findIndex((row, at) => at > 0 && row.length !== names.length);
  const body = cells.slice(1, last === -1 ? undefined : last);
  if (body.length === 0 || cells.length - 1 - body.length > 2) return [];
  const key = names.findIndex((name) => keyColumn.test(name));
  const value = names.findIndex((name) => valueColumn.test(name));
  if (key !== -1 && value > key)
    return body.map((row) => ({
      path: [...row.slice(0, key), ...row[key]!.split('.')],
      value: row[value]!,
      key: row[key]!,
    }));
  return body.flatMap((row) =>
    // The first column says what the row is about.
    row.slice(1).map((cell, column) => ({
      path: [row[0]!, names[column + 1]!],
      value: cell,
      key: row[0]!,
    })),
  );
}

const markup = /<(\/?)([\w:.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>|([^<]+)/g;
const attribute = /([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

/**
 * Reads XML: the text of an element is under its tag and what its attributes say; attributes are values too.
 */
function fromXml(text: string): LiveValue[] {
  const values: LiveValue[] = [];
  const path: string[][] = [];
  const plain = text.replace(/<!--[\s\S]*?-->|<[?!][^>]*>/g, '');
  for (const [, closing, tag, attributes, empty, inside] of plain.matchAll(markup)) {
    if (inside !== undefined) {
      const value = inside.trim();
      if (value !== '' && path.length > 0)
        values.push({ path: path.flat(), value, key: path.at(-1)!.at(-1)! });
      continue;
    }
    if (closing === '/') {
      path.pop();
      continue;
    }
    const given = [...attributes!.matchAll(attribute)].map(
      ([, name, a, b]) => [name!, a ?? b ?? ''] as const,
    );
    for (const [name, value] of given)
      values.push({ path: [...path.flat(), tag!, name], value: value!, key: name });
    if (empty !== '/') path.push([tag!, ...given.map(([, value]) => value)]);
  }
  return values;
}

/** The part of the output that shows the value: its line, or in JSON the key with its value. */
export function quoteOf(output: string, { key, value }: LiveValue): string {
  const line = output
    .split('\n')
    .find((each) => each.length < 400 && each.includes(key) && each.includes(value));
  if (line !== undefined) return line.trim();
  const at = output.indexOf(`"${key}"`);
  const end = output.indexOf(value, at);
  return at !== -1 && end !== -1 && end - at < 120 ? output.slice(at, end + value.length) : value;
}

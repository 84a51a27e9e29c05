/** Pages of b-trees, read cell by cell, so that what is broken in one costs the others nothing (sqlite.org/fileformat2.html). */

export type PageKind = 'tableLeaf' | 'tableInterior' | 'indexLeaf' | 'indexInterior';

const kinds = new Map<number, PageKind>([
  [2, 'indexInterior'],
  [5, 'tableInterior'],
  [10, 'indexLeaf'],
  [13, 'tableLeaf'],
]);

/** Before the header of the first page. */
const fileHeaderBytes = 100;

const isInterior = (kind: PageKind): boolean => kind === 'tableInterior' || kind === 'indexInterior';

export interface Cell {
  /** The child to the left of the cell, in an interior page. */
  readonly child: number | null;
  /** Of a table. */
  readonly rowid: number | null;
  /** Null in the interior of a table. */
  readonly payload: Payload | null;
}

export interface Payload {
  readonly bytes: number;
  /** The part that lies in the page; the rest is in a chain of overflow pages that begins with `overflow`. */
  readonly local: Buffer;
  readonly overflow: number | null;
}

export interface TreePage {
  readonly kind: PageKind;
  readonly cells: readonly Cell[];
  /** The last child of an interior page. */
  readonly right: number | null;
  /** Cells that cannot be read, or more or fewer of them than there should be. */
  readonly problem: string | null;
}

const headerAt = (number: number): number => (number === 1 ? fileHeaderBytes : 0);

export const kindOf = (page: Buffer, number: number): PageKind | undefined =>
  kinds.get(page[headerAt(number)]!);

export const isEmpty = (page: Buffer): boolean => page.every((byte) => byte === 0);

export function looksLikeTreePage(page: Buffer, number: number): boolean {
  const kind = kindOf(page, number);
  if (kind === undefined) return false;
  const { cells, problem } = readTreePage(page, number, kind);
  return cells.length > 0 && problem === null;
}

/** `kind`: what it must be, whatever its first byte says. */
export function readTreePage(page: Buffer, number: number, kind: PageKind): TreePage {
  const header = headerAt(number);
  const count = page.readUInt16BE(header + 3);
  const pointers = header + (isInterior(kind) ? 12 : 8);
  const right = isInterior(kind) ? page.readUInt32BE(header + 8) : null;
  const most = Math.floor((page.length - pointers) / 2);
  const cellAt = (i: number): PlacedCell | null =>
    readCell(page, kind, page.readUInt16BE(pointers + 2 * i), pointers + 2 * (i + 1));
  const placed: PlacedCell[] = [];
  for (let i = 0; i < Math.min(count, most); i++) {
    const cell = cellAt(i);
    if (cell !== null) placed.push(cell);
  }
  if (placed.length === count && isFilled(page, header, placed))
    return { kind, cells: placed.map(({ cell }) => cell), right, problem: null };
  // A false count leaves cells out; behind the pointers of a right one there may be old ones, so this is not for all.
  const apart: PlacedCell[] = [];
  for (let i = 0; i < most; i++) {
    const cell = cellAt(i);
    const isApart = cell !== null && !apart.some(({ start, end }) => cell.start < end && start < cell.end);
    if (isApart) apart.push(cell);
    else if (i >= count) break;
  }
  const problem =
    apart.length < count ? `${count - apart.length} unreadable cells` : 'its parts do not fill it';
  return { kind, cells: apart.map(({ cell }) => cell), right, problem };
}

/** Whether cells, free blocks and fragments are all there is behind the gap. */
function isFilled(page: Buffer, header: number, placed: readonly PlacedCell[]): boolean {
  let filled = page[header + 7]!;
  for (const { start, end } of placed) filled += end - start;
  let block = page.readUInt16BE(header + 1);
  for (let i = 0; block !== 0 && block + 4 <= page.length && i < page.length / 4; i++) {
    filled += page.readUInt16BE(block + 2);
    block = page.readUInt16BE(block);
  }
  return filled === page.length - (page.readUInt16BE(header + 5) || 65_536);
}

interface PlacedCell {
  readonly cell: Cell;
  readonly start: number;
  readonly end: number;
}

/** A cell has at least so many bytes, whatever it holds. */
const leastCellBytes = 4;

function readCell(page: Buffer, kind: PageKind, start: number, lowest: number): PlacedCell | null {
  if (start < lowest || start >= page.length) return null;
  let at = start;
  let child: number | null = null;
  if (isInterior(kind)) {
    if (at + 4 > page.length) return null;
    child = page.readUInt32BE(at);
    at += 4;
  }
  let bytes: number | null = null;
  if (kind !== 'tableInterior') {
    const varint = readVarint(page, at);
    if (varint === null) return null;
    [bytes, at] = varint;
  }
  let rowid: number | null = null;
  if (kind === 'tableLeaf' || kind === 'tableInterior') {
    const varint = readVarint(page, at);
    if (varint === null) return null;
    [rowid, at] = varint;
  }
  if (bytes === null)
    return { cell: { child, rowid, payload: null }, start, end: Math.max(at, start + leastCellBytes) };
  const local = localBytes(bytes, page.length, kind);
  const end = at + local + (local < bytes ? 4 : 0);
  if (bytes < 1 || end > page.length) return null;
  const overflow = local < bytes ? page.readUInt32BE(at + local) : null;
  const payload = { bytes, local: page.subarray(at, at + local), overflow };
  return { cell: { child, rowid, payload }, start, end: Math.max(end, start + leastCellBytes) };
}

/** How much of a payload its page holds. */
function localBytes(bytes: number, usable: number, kind: PageKind): number {
  const most = kind === 'tableLeaf' ? usable - 35 : Math.floor(((usable - 12) * 64) / 255) - 23;
  if (bytes <= most) return bytes;
  const least = Math.floor(((usable - 12) * 32) / 255) - 23;
  const kept = least + ((bytes - least) % (usable - 4));
  return kept <= most ? kept : least;
}

/** The number and where it ends; null: it does not, or is larger than any of ours. */
export function readVarint(bytes: Buffer, start: number): [value: number, end: number] | null {
  let value = 0;
  for (let i = 0; i < 8; i++) {
    const byte = bytes[start + i];
    if (byte === undefined) return null;
    value = value * 0x80 + (byte & 0x7f);
    if (byte < 0x80) return Number.isSafeInteger(value) ? [value, start + i + 1] : null;
  }
  return null;
}

export type Value = null | number | string | Buffer;

/** The columns of a row; null: it is none. */
export function readRow(payload: Buffer): Value[] | null {
  const header = readVarint(payload, 0);
  if (header === null || header[0] > payload.length || header[0] < header[1]) return null;
  const values: Value[] = [];
  let [headerEnd, position] = header;
  let at = headerEnd;
  while (position < headerEnd) {
    const type = readVarint(payload, position);
    if (type === null || type[1] > headerEnd) return null;
    position = type[1];
    const bytes = bytesOf(type[0]);
    if (bytes === null || at + bytes > payload.length) return null;
    const value = readValue(payload, type[0], at, bytes);
    if (value === undefined) return null;
    values.push(value);
    at += bytes;
  }
  return at === payload.length ? values : null;
}

const integerBytes = [0, 1, 2, 3, 4, 6, 8];

function bytesOf(type: number): number | null {
  if (type >= 12) return Math.floor((type - 12) / 2);
  if (type === 7) return 8;
  if (type === 8 || type === 9) return 0;
  return integerBytes[type] ?? null;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Undefined for what none of our columns holds. */
function readValue(payload: Buffer, type: number, at: number, bytes: number): Value | undefined {
  if (type === 0) return null;
  if (type === 8 || type === 9) return type - 8;
  if (type === 7) return payload.readDoubleBE(at);
  if (type < 7) {
    if (bytes <= 6) return payload.readIntBE(at, bytes);
    const value = Number(payload.readBigInt64BE(at));
    return Number.isSafeInteger(value) ? value : undefined;
  }
  const data = payload.subarray(at, at + bytes);
  if (type % 2 === 0) return Buffer.from(data);
  try {
    return utf8.decode(data);
  } catch {
    return undefined;
  }
}

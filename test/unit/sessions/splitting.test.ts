import { describe, expect, it } from 'vitest';
import { ArrayElements } from '../../../src/sessions/array-elements.js';
import { Lines, type RawRecord, type Splitter } from '../../../src/sessions/lines.js';

function split(splitter: Splitter, bytes: Buffer, chunk: number): RawRecord[] {
  const records: RawRecord[] = [];
  for (let at = 0; at < bytes.length; at += chunk)
    records.push(...splitter.push(bytes.subarray(at, at + chunk)));
  return [...records, ...splitter.end()];
}

const seen = ({ bytes, ...rest }: RawRecord) => ({ ...rest, text: bytes?.toString() ?? null });

describe.each([1, 3, 1000])('in chunks of %d bytes', (chunk) => {
  it('lines are cut with their places', () => {
    const text = Buffer.from('aé\n\nccc\nrest');
    expect(split(new Lines(1, 0), text, chunk).map(seen)).toEqual([
      { text: 'aé', line: 1, offset: 0, end: 4, complete: true },
      { text: '', line: 2, offset: 4, end: 5, complete: true },
      { text: 'ccc', line: 3, offset: 5, end: 9, complete: true },
      { text: 'rest', line: 4, offset: 9, end: 13, complete: false },
    ]);
  });

  it('a line that is too long is passed over, the next one is not', () => {
    const text = Buffer.from(`${'x'.repeat(50)}\nok\n`);
    expect(split(new Lines(7, 100, 10), text, chunk).map(seen)).toEqual([
      { text: null, line: 7, offset: 100, end: 151, complete: true },
      { text: 'ok', line: 8, offset: 151, end: 154, complete: true },
    ]);
  });

  it('elements of an array are cut, whatever stands in their strings', () => {
    const elements = [{ a: '],[{"' }, [1, [2]], 'x\\"]', 3];
    const text = Buffer.from(` [\n${elements.map((each) => JSON.stringify(each)).join(',\n')}\n]\n`);
    const records = split(new ArrayElements(), text, chunk);
    expect(records.map(({ bytes }) => JSON.parse(bytes!.toString()))).toEqual(elements);
    expect(records.map(({ line }) => line)).toEqual([1, 2, 3, 4]);
    for (const { bytes, offset } of records)
      expect(text.subarray(offset, offset + bytes!.length).equals(bytes!)).toBe(true);
  });

  it('an array that breaks off gives what it has', () => {
    const records = split(new ArrayElements(), Buffer.from('[{"a":1},{"b":'), chunk);
    expect(records.map(seen)).toMatchObject([
      { text: '{"a":1}', complete: true },
      { text: '{"b":', complete: false },
    ]);
    expect(split(new ArrayElements(), Buffer.from('[]'), chunk)).toEqual([]);
  });

  it('an element that is too long is passed over', () => {
    const records = split(new ArrayElements(10), Buffer.from(`["${'x'.repeat(50)}",7]`), chunk);
    expect(records.map(({ bytes }) => bytes?.toString() ?? null)).toEqual([null, '7']);
  });
});

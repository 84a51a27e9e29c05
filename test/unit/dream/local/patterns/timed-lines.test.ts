import { describe, expect, it } from 'vitest';
import { timedLines } from '../../../../../src/dream/local/patterns/timed-lines.js';

const read = '2026-05-12T10:00:00Z';
const lines = (text: string, context = '') =>
  timedLines(text, Date.parse(read) / 1000, context).map(({ at, texts }) => [
    new Date(at * 1000).toISOString().replace('.000Z', 'Z'),
    texts.at(-1),
  ]);

describe('the time of a line', () => {
  const moment = '2026-05-12T03:04:47Z';
  it.each([
    ['2026-05-12T03:04:47Z pump stopped'],
    ['2026-05-12T12:04:47+09:00 pump stopped'],
    ['2026-05-12 03:04:47 WARN pump stopped'],
    ['[2026-05-12 03:04:47] [ERROR] pump stopped'],
    ['   12→2026/05/12 03:04:47 pump stopped'],
    ['20260512T030447Z pump stopped'],
    ['2026-05-12 03:04:47 INFO  [worker-3] com.example.Pump - pump stopped'],
    ['May 12 03:04:47 host-1 plantd[421]: pump stopped'],
    ['12/May/2026:03:04:47 +0000 pump stopped'],
    ['Tue, 12 May 2026 03:04:47 GMT pump stopped'],
    ['12.05.2026 03:04:47 pump stopped'],
    ['05/12/2026 3:04:47 AM pump stopped'],
    ['1778555087 pump stopped'],
    ['1778555087000,pump stopped'],
    ['| 2026-05-12 03:04:47 | pump stopped |'],
    ['ts=2026-05-12T03:04:47Z level=info msg="pump stopped" n=4'],
    ['{"ts": 1778555087000, "level": "info", "msg": "pump stopped"}'],
    ['{"alerts": [{"startsAt": "2026-05-12T03:04:47Z", "summary": "pump stopped"}]}'],
    ['03:04:47 pump stopped'],
    ['[03:04:47] pump stopped'],
    ['plant.log:7:2026-05-12T03:04:47Z pump stopped'],
  ])('%s', (line) => {
    expect(lines(line)).toEqual([[moment, 'pump stopped']]);
  });

  it.each([
    ['const ratio = a ? 10:20:30'],
    ['took 12.5 s'],
    ['order 1778555087123456789012 shipped'],
    ['version 2026.05.12 released'],
    ['2026-05-12T03:04:47Z 42'],
  ])('is not in: %s', (line) => {
    expect(lines(line)).toEqual([]);
  });

  it('takes the day from a heading, from the call, or from when it was read', () => {
    expect(lines('== 2026-05-02 ==\n23:59:01 pump stopped\n00:00:05 pump started')).toEqual([
      ['2026-05-02T23:59:01Z', 'pump stopped'],
      ['2026-05-03T00:00:05Z', 'pump started'],
    ]);
    expect(lines('23:59:01 pump stopped', 'cat plant-2026-05-04.log')).toEqual([
      ['2026-05-04T23:59:01Z', 'pump stopped'],
    ]);
    expect(lines('23:59:01 pump stopped\n00:00:05 pump started')).toEqual([
      ['2026-05-11T23:59:01Z', 'pump stopped'],
      ['2026-05-12T00:00:05Z', 'pump started'],
    ]);
  });
});

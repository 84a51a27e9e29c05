import { describe, expect, it } from 'vitest';
import { isLive } from '../../../../src/dream/local/evidence/live-source.js';
import { liveValuesOf, quoteOf } from '../../../../src/dream/local/evidence/live-values.js';
import { toolUsesOf } from '../../../../src/dream/local/evidence/tool-use.js';
import { bash, session, tool } from '../dream-input.js';

const pairs = (output: string) => liveValuesOf(output).map(({ path, value }) => [path.join('.'), value]);

describe('values of an output', () => {
  it.each([
    ['INI', '[pump]\npressure = 55 bar\n; note\n', [['pump.pressure', '55 bar']]],
    [
      'YAML',
      'pump:\n  pressure: "55 bar"\n  mode: auto\n',
      [
        ['pump.pressure', '55 bar'],
        ['pump.mode', 'auto'],
      ],
    ],
    [
      'JSON',
      '{"pump": {"pressure": 55, "on": true}}',
      [
        ['pump.pressure', '55'],
        ['pump.on', 'true'],
      ],
    ],
    ['environment', 'export PUMP_PRESSURE=55\n', [['PUMP_PRESSURE', '55']]],
    [
      'numbered lines',
      '     1→pump.pressure: 55\n     2→pump.mode: auto',
      [
        ['pump.pressure', '55'],
        ['pump.mode', 'auto'],
      ],
    ],
    [
      'a table',
      'UNIT    PRESSURE  MODE\npump-a  55 bar    auto\n',
      [
        ['pump-a.PRESSURE', '55 bar'],
        ['pump-a.MODE', 'auto'],
      ],
    ],
    [
      'a row for each setting',
      'unit | field | value\npump-a | pressure.max | 55\n\n1 row',
      [['pump-a.pressure.max', '55']],
    ],
    [
      'XML',
      "<unit id='pump-a'><set name='pressure'>55</set></unit>",
      [
        ['unit.id', 'pump-a'],
        ['unit.pump-a.set.name', 'pressure'],
        ['unit.pump-a.set.pressure', '55'],
      ],
    ],
  ])('%s', (_, output, expected) => {
    expect(pairs(output)).toEqual(expected);
  });

  it('finds none in logs and prose', () => {
    expect(pairs('2026-03-01T10:00:00Z pressure=55 ok\n2026-03-01T10:01:00Z pressure=56 ok')).toEqual([]);
    expect(pairs('The pump runs well.\nNothing to see.')).toEqual([]);
  });

  it('quotes what stands there', () => {
    const json = `{"a": "x", "pressure": "55 bar", "rest": "${'y'.repeat(500)}"}`;
    const value = liveValuesOf(json).find(({ key }) => key === 'pressure')!;
    expect(quoteOf(json, value)).toBe('"pressure": "55 bar');
  });
});

describe('what is live', () => {
  const live = (...events: ReturnType<typeof bash>) =>
    toolUsesOf([...session('s', '2026-03-01T10:00:00Z', events).events()]).map(isLive);

  it.each([
    ['a file of a configuration', bash('cat /etc/pump/pump.yaml', 'pressure: 55')],
    ['a status', bash('pumpctl get pump-a', 'pressure: 55')],
    ['a host of our own', bash('curl -s http://registry.internal/pump-a', '{"pressure": 55}')],
    ['a tool', tool('mcp__plant__unit_get', { unit: 'pump-a' }, '{"pressure": 55}')],
  ])('%s', (_, events) => {
    expect(live(...events)).toEqual([true]);
  });

  it.each([
    ['a page', tool('WebFetch', { url: 'https://pumps.example/' }, 'pressure: 90')],
    ['a host of others', bash('curl -s https://pumps.example/api', '{"pressure": 90}')],
    ['a mail', bash('cat in/1.eml', 'From: a@b.example\nSubject: x\npressure: 90')],
    ['a difference', bash('git diff', '+pressure: 90')],
    ['an example', bash('cat conf/pump.example.yaml', 'pressure: 90')],
    ['a text', bash('cat docs/pump.md', 'pressure: 90')],
    ['a failure', bash('cat pump.yaml', 'pressure: 90', { is_error: true })],
  ])('not %s', (_, events) => {
    expect(live(...events)).toEqual([false]);
  });
});

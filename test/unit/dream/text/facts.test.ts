import { describe, expect, it } from 'vitest';
import { factsIn, sameFact } from '../../../../src/dream/text/facts.js';

const found = (text: string): string[] => factsIn(text).map(({ kind, value }) => `${kind} ${value}`);

describe('facts', () => {
  it.each([
    ['See https://Wiki.Example/Pool?a=1.', ['url https://wiki.example/Pool?a=1']],
    ['mail Ops-Team@corp.example', ['mail ops-team@corp.example']],
    ['run `pgfail  promote x` first', ['code pgfail promote x']],
    ['in /etc/billing/pool.yaml, or ~/x/y', ['path /etc/billing/pool.yaml', 'path ~/x/y']],
    ['and/or read/write', []],
    ['until 6 December 2029', ['date 2029-12-06']],
    ['after 1.5 min or 03:10 UTC', ['quantity 90 s', 'quantity 190 time']],
    ['a limit of 2 GB', ['quantity 2147483648 byte']],
    [
      'set max_conns in database.pool for P-695',
      ['identifier max_conns', 'identifier database.pool', 'identifier p-695'],
    ],
    ['in #ops-dahlia-74 with --no-cache', ['identifier ops-dahlia-74', 'identifier --no-cache']],
    ['prod and the staging copy', ['environment production', 'environment staging']],
    ['ask Ruth Lindgren of price-feed', ['name ruth', 'name lindgren', 'name price-feed']],
    ['a read-only follow-up', []],
    ['_Emphasis_ is none', []],
    ['session 265fb8a6', ['identifier 265fb8a6']],
  ])('%s', (text, expected) => expect(found(text)).toEqual(expected));

  it.each([
    ['90 s', '1.5 min', true],
    ['13 days', '13 h', false],
    ['44 connections', 'up to 44', true],
    ['44 connections', '44 s', false],
    ['44', '44 s', true],
    ['2816 MiB', '2.75 GB', true],
    ['at least 64G', 'at least 64 GB', true],
    ['4 %', '4 percent', true],
    ['03:10 UTC', '3:10 am', true],
    ['2029-12-06', '6 December 2029', true],
    ['P-695', 'p-695', true],
    ['P-695', 'P-696', false],
  ])('%s and %s are the same: %s', (one, other, expected) => {
    expect(sameFact(factsIn(one)[0]!, factsIn(other)[0]!)).toBe(expected);
  });
});

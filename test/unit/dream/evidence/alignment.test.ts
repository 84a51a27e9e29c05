import { describe, expect, it } from 'vitest';
import { aligned } from '../../../../src/dream/local/evidence/alignment.js';
import { atomsIn } from '../../../../src/dream/text/atoms.js';

/** Runs of capitals are names here. */
const values = (text: string) => atomsIn(text, ({ text: name }) => name);
const between = (claimed: string, stated: string) => aligned(values(claimed), values(stated));

describe('a statement beside a claim', () => {
  it.each([
    ['30 s', '30 seconds'],
    ['90 s', '1.5 min'],
    ['after 30 s', 'a timeout of 30'],
    ['port 8081', '8081'],
  ])('"%s" and "%s" are equal', (claimed, stated) => {
    expect(between(claimed, stated)?.equal).toBe(true);
  });

  it.each([
    ['after 30 s', 'after 45 s', '30 s', '45 s'],
    ['write to #blue-12', 'write to #red-7', '#blue-12', '#red-7'],
    ['needs 1.20.3', 'needs 2.1.0', '1.20.3', '2.1.0'],
    ['at 300 requests', 'at 340/h', '300', '340/h'],
  ])('"%s" and "%s" differ in one value', (claimed, stated, before, now) => {
    expect(between(claimed, stated)?.replaced.map(([a, b]) => [a.text, b.text])).toEqual([[before, now]]);
  });

  it.each([
    ['after 30 s', '512 MB'],
    ['after 30 s', 'write to #red-7'],
    ['write to #red-7', 'needs 2.1.0'],
    ['after 30 s', 'nothing'],
    ['starts at 06:40', 'needs 2.1.0'],
    ['up to 8.5 degrees', '7kQx20rB'],
  ])('"%s" and "%s" have nothing to do with each other', (claimed, stated) => {
    expect(between(claimed, stated)).toBeNull();
  });

  it('does not choose between two values', () => {
    expect(between('from 30 s to 60 s', '45 s')).toBeNull();
  });
});

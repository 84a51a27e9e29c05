import { describe, expect, it } from 'vitest';
import type { Claim } from '../../../../../src/dream/local/claims/claim.js';
import { ClaimModel } from '../../../../../src/dream/local/claims/claim-model.js';
import { isNegated, modalityOf } from '../../../../../src/dream/local/claims/modality.js';
import { scopeOf } from '../../../../../src/dream/local/claims/scope.js';

const model = (...texts: string[]): ClaimModel =>
  new ClaimModel(texts.map((text, at) => ({ path: `/notes/${at}.md`, text })));

const only = (text: string, path = '/notes/one.md'): Claim => {
  const { claims } = new ClaimModel([{ path, text }]);
  expect(claims).toHaveLength(1);
  return claims[0]!;
};

describe('the day a claim was recorded', () => {
  it.each([
    ['rye-mixer turns 40 times. (noted 2026-02-03)'],
    ['2026-02-03 - rye-mixer turns 40 times.'],
    ['3 February 2026. rye-mixer turns 40 times.'],
    ['[2026-02-03 07:15] nils: rye-mixer turns 40 times.'],
    ['---\nupdated: 2026-02-03\n---\nrye-mixer turns 40 times.'],
    ['From: Nils\nDate: 3 Feb 2026\n\nrye-mixer turns 40 times.'],
    ['## Note\n\nrye-mixer turns 40 times.\n\n## Meta\n\nDate: 2026-02-03'],
    ['rye-mixer turns 40 times.\n\n_Last updated: 2026-02-03_'],
    ['| Date | Note |\n|--|--|\n| 2026-02-03 | rye-mixer turns 40 times. |'],
    ['- Tue 03 Feb 2026\n  - rye-mixer turns 40 times.'],
    ['rye-mixer turns 40 times. @20260203'],
  ])('%j', (text) => {
    const claim = only(text);
    expect(claim.recorded).toBe('2026-02-03');
    expect(claim.text).toMatch(/^rye-mixer turns 40 times\.?$/);
  });

  it('is that of the file name, and is no date that the claim states', () => {
    expect(only('Pay by 2027-05-01.', '/notes/2026-02-03-rent.md').recorded).toBe('2026-02-03');
    expect(only('Pay the rent of the mill by 2027-05-01.').recorded).toBeNull();
    expect(only('Deadline: 2027-05-01').recorded).toBeNull();
  });
});

describe('a claim', () => {
  it('has subject, values and scope', () => {
    const { claims } = model(
      'rye-mixer stops after 90 s (night shift only).',
      'The motor of rye-mixer is loud.',
    );
    expect(claims[0]).toMatchObject({
      subject: 'rye mixer',
      named: true,
      scope: ['night', 'shift'],
      negated: false,
    });
    expect(claims[0]!.values.map(({ key }) => key)).toEqual(['90 s']);
  });

  it('takes its subject from the heading above it', () => {
    const { claims } = model('# rye-mixer\n\n- stops after 90 s\n', 'The motor of rye-mixer is loud.');
    expect(claims[0]).toMatchObject({ subject: 'rye mixer', named: false });
  });

  it('carries what stands behind it without a subject', () => {
    const { claims } = model(
      'rye-mixer stops after 90 s. Decided in OPS-17.',
      'The motor of rye-mixer is loud.',
    );
    expect(claims[0]!.riders).toEqual(['Decided in OPS-17.']);
  });

  it('answers the question above it', () => {
    const { claims } = model('**Q: how long does rye-mixer run?**\n\nA: it stops after 90 s');
    expect(claims.map(({ text }) => text)).toEqual(['it stops after 90 s']);
    expect(claims[0]!.context).toContain('run');
  });

  it('is a step where a list has commands', () => {
    const { claims } = model('1. Run `mixctl stop`\n2. Wait for 90 s\n');
    expect(claims.every(({ isStep }) => isStep)).toBe(true);
  });

  it('is none for the links of an index', () => {
    const index = '- [a](a.md)\n- [b](b.md)\n- [c](c.md)\n';
    expect(model(index).claims).toEqual([]);
  });
});

describe('negation and modality', () => {
  it.each([
    ['Nobody may open it', true],
    ['It does not start without a key', false],
    ['It takes no more than 16 trays', false],
    ["Don't expect it to hold more than 16 trays", false],
    ['It is not allowed', true],
  ])('%s: %s', (text, negated) => expect(isNegated(text)).toBe(negated));

  it.each([
    ['We propose to raise it to 9', 'proposed'],
    ['Should we raise it to 9?', 'asked'],
    ['The change to 9 was rolled back', 'withdrawn'],
    ['It used to be 9', 'past'],
    ['It stays open for 9 h and no longer', 'stated'],
    ['It is 9', 'stated'],
  ])('%s: %s', (text, modality) => expect(modalityOf(text)).toBe(modality));
});

describe('scope', () => {
  it.each([
    ['In the north mill: it holds 9 t.', ['mill', 'north']],
    ['It holds 9 t (north mill only).', ['mill', 'north']],
    ['It holds 9 t, north mill only.', ['mill', 'north']],
    ['North mill: the silo holds 9 t.', ['mill', 'north']],
    ['It holds 9 t.', []],
    ['The silo (built in brick) holds 9 t.', []],
  ])('%s', (text, expected) => expect(scopeOf(text, []).scope).toEqual(expected));

  it('stands in the next sentence too', () => {
    expect(scopeOf('It holds 9 t.', ['That is for the north mill.']).scope).toEqual(['mill', 'north']);
    expect(scopeOf('It holds 9 t.', ['Ask Nils before changing it.']).scope).toEqual([]);
  });
});

describe('two claims', () => {
  /** Of a store that knows the names. */
  const relation = (one: string, other: string): string => {
    const names = [
      'The motor of rye-mixer is loud.',
      'The lid of rye-mixer is new.',
      'The lid of rye-mixer-two is new.',
      'The hood of oat-mixer is grey.',
    ];
    const store = model(...names, one, other);
    const [a, b] = store.claims.slice(-2) as [Claim, Claim];
    expect(store.compare(b, a).relation).toBe(store.compare(a, b).relation);
    return store.compare(a, b).relation;
  };

  it.each([
    ['The run time of rye-mixer is 90 s.', 'rye-mixer has a run time of 1.5 min'],
    ['The run time of rye-mixer is 90 s.', 'After 90 seconds rye-mixer is switched off.'],
    ['rye-mixer is repaired by Hanna Lund.', 'Call Hanna Lund if rye-mixer needs a repair.'],
    ['rye-mixer does not run without KEY_17.', 'To run rye-mixer, KEY_17 is needed.'],
  ])('%s = %s', (one, other) => expect(relation(one, other)).toBe('duplicate'));

  it.each([
    ['The run time of rye-mixer is 90 s.', 'The run time of rye-mixer is 70 s.'],
    ['The run time of rye-mixer is 90 s.', 'rye-mixer has a run time of 2 min'],
    ['rye-mixer is repaired by Hanna Lund.', 'rye-mixer is repaired by Piet Maas.'],
    ['rye-mixer needs a second pair of hands.', 'rye-mixer does not need a second pair of hands.'],
  ])('%s ≠ %s', (one, other) => expect(relation(one, other)).toBe('conflict'));

  it.each([
    ['The run time of rye-mixer is 90 s.', 'The run time of oat-mixer is 90 s.'],
    ['The run time of rye-mixer is 90 s.', 'The run time of rye-mixer-two is 90 s.'],
    ['The run time of rye-mixer is 90 s.', 'The run time of rye-mixer is 90 s (night shift only).'],
    ['The run time of rye-mixer is 90 s.', 'In summer, the run time of rye-mixer is 70 s.'],
    ['The run time of rye-mixer is 90 s at night.', 'The run time of rye-mixer is 70 s at dawn.'],
    ['The run time of rye-mixer is 90 s.', 'rye-mixer weighs 90 kg.'],
    ['The run time of rye-mixer is 90 s.', 'rye-mixer was built on 4 May 2019.'],
    ['rye-mixer kneads flour.', 'rye-mixer is cleaned on the first of the month.'],
  ])('%s and %s are two', (one, other) => expect(relation(one, other)).toBe('different'));

  it('of one respect are known by what is said of other things', () => {
    const store = model(
      'The hood of oat-mixer is grey.',
      'The lid of rye-mixer is new.',
      'Let oat-mixer rest 33 min.',
      'oat-mixer pauses 33 min.',
      'Let rye-mixer rest 50 min.',
      'rye-mixer pauses 40 min.',
    );
    const [a, b] = store.claims.slice(-2) as [Claim, Claim];
    expect(store.compare(a, b)).toMatchObject({ relation: 'conflict' });
  });
});

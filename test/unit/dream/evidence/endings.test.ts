import { describe, expect, it } from 'vitest';
import { dialogueActOf } from '../../../../src/dream/local/evidence/dialogue-act.js';
import { endedIn } from '../../../../src/dream/local/evidence/ended.js';
import { expiredOn } from '../../../../src/dream/local/evidence/expiry.js';
import { isWorkaround, saysFixed } from '../../../../src/dream/local/evidence/fixed.js';

const ended = (sentence: string) => {
  const start = sentence.indexOf('silo-3');
  return endedIn(sentence, dialogueActOf(sentence), [{ key: 'silo 3', start, end: start + 6 }]).length > 0;
};

describe('what has ended', () => {
  it.each([
    'silo-3 was torn down last spring.',
    'We finally dismantled silo-3.',
    'The old silo-3 is gone for good.',
    'silo-3 no longer exists.',
    'They demolished silo-3 in May, nothing is left.',
    'silo-3 has been decommissioned.',
  ])('%s', (sentence) => {
    expect(ended(sentence)).toBe(true);
  });

  it.each([
    'silo-3 will be torn down next spring.',
    'Was silo-3 torn down?',
    'We plan to dismantle silo-3.',
    'silo-3 was not torn down.',
    'We removed the alarm of silo-3.',
    'We removed silo-3 from the mailing list.',
    'silo-3 was switched off for maintenance.',
    'The mail says silo-3 was torn down.',
    'silo-3 alarms were removed.',
  ])('not: %s', (sentence) => {
    expect(ended(sentence)).toBe(false);
  });
});

describe('what is mended', () => {
  it.each([
    'FLT-88 has been fixed and shipped.',
    'The supplier put right FLT-88 for good, it is fixed.',
    'The new firmware solves FLT-88.',
    'The workaround for FLT-88 is not needed any more.',
    'I removed the workaround everywhere.',
  ])('%s', (sentence) => {
    expect(saysFixed(sentence, dialogueActOf(sentence))).toBe(true);
  });

  it.each([
    'FLT-88 is not fixed yet.',
    'FLT-88 should be fixed by now.',
    'Is FLT-88 fixed?',
    'FLT-88 will be fixed next week.',
    'FLT-88 is back, it was reopened.',
  ])('not: %s', (sentence) => {
    expect(saysFixed(sentence, dialogueActOf(sentence))).toBe(false);
  });

  it('tells a way round from a story', () => {
    expect(isWorkaround('Because of FLT-88 the lid is opened by hand.', '')).toBe(true);
    expect(isWorkaround('Post-mortem FLT-88: the root cause was a broken seal.', '')).toBe(false);
    expect(isWorkaround('The lid has four hinges.', '')).toBe(false);
  });
});

describe('what names its own end', () => {
  it.each([
    ['Until 2026-02-01 nobody enters silo-3.', '2026-02-01'],
    ['silo-3 is closed up to and including 1 February 2026.', '2026-02-01'],
    ['Do not open the lid before 2026-02-01.', '2026-02-01'],
    ['The lease runs until February 2026.', '2026-02-28'],
  ])('%s', (text, day) => {
    expect(expiredOn(text, '2026-03-10')).toBe(day);
  });

  it.each([
    'Until 2031-02-01 nobody enters silo-3.',
    'We used the old lid until 2025-02-01.',
    'silo-3 was closed until 2026-02-01.',
    'Opened on 2026-02-01.',
    'Closed until 2026-02-01, then extended until 2027-02-01.',
  ])('not: %s', (text) => {
    expect(expiredOn(text, '2026-03-10')).toBeNull();
  });

  it('is over on the day after only', () => {
    expect(expiredOn('Until 2026-02-01 nobody enters.', '2026-02-01')).toBeNull();
    expect(expiredOn('Until 2026-02-01 nobody enters.', '2026-02-02')).toBe('2026-02-01');
  });
});

import { describe, expect, it } from 'vitest';
import { newPersonalData, personalDataIn } from '../../../../src/dream/trust/personal-data.js';

describe('personal data', () => {
  it.each([
    ['a mail address', 'write to denise.fonseca36@home.example.', 'denise.fonseca36@home.example'],
    ['a phone number', 'call +1 016 3762531 now', '+1 016 3762531'],
    ['a phone number', 'call +44 (0)20 7946 0958', '+44 (0)20 7946 0958'],
    ['a phone number', 'call 555-867-5309', '555-867-5309'],
    ['a card number', 'paid with 4111 1111 1111 1111', '4111 1111 1111 1111'],
    ['a card number', 'paid with 4111111111111111', '4111111111111111'],
    ['a card number', 'paid with 3782 822463 10005', '3782 822463 10005'],
    ['an IBAN', 'to DE89 3704 0044 0532 0130 00, please', 'DE89 3704 0044 0532 0130 00'],
    ['a social security number', 'ssn: 081-39-6493', '081-39-6493'],
    ['a street address', 'lives at 155 Pebble Road, 81852', '155 Pebble Road, 81852'],
    ['a street address', 'lives at Lindenstraße 12', 'Lindenstraße 12'],
  ])('%s: %s', (kind, text, found) => {
    expect(personalDataIn(text)).toEqual([{ kind, text: found }]);
  });

  it.each([
    'git@github.example:team/repo.git',
    'ssh deploy@host',
    'support@corp.example',
    'https://user@host.example/x',
    'build 20260501123456789',
    '4111 1111 1111 1112',
    '189022693-6956',
    'DE89 3704 0044 0532 0130 01',
    '2026-05-01 12:30:45.123',
    'PLAT-3209, HC-2020-004725, 10.0.0.1:5432',
    'p99 of 12 345 678 requests',
    'run 3 Way merges',
    '1723.0001',
    'version 3.11.10-r875',
  ])('none: %s', (text) => expect(personalDataIn(text)).toEqual([]));

  it('is new whatever separates its digits', () => {
    expect(newPersonalData('+1 016 376 2531', 'was +1 016 3762531')).toEqual([]);
    expect(newPersonalData('+1 016 3762532', 'was +1 016 3762531')).toHaveLength(1);
  });
});

/** Finds personal data in a text: what reaches, identifies or charges one person. */
import { cues } from '../text/cues.js';

export interface PersonalDatum {
  /** For a person: "a mail address". */
  readonly kind: string;
  readonly text: string;
}

interface Form {
  readonly kind: string;
  readonly pattern: RegExp;
  readonly accepts?: (text: string) => boolean;
}

const digitsOf = (text: string): string => text.replace(/\D/g, '');

/** Whether the last digit is the check digit by the Luhn formula (ISO/IEC 7812-1, annex B). */
function hasLuhnDigit(text: string): boolean {
  const digits = digitsOf(text);
  if (digits.length < 13 || /^(\d)\1*$/.test(digits)) return false;
  const sum = [...digits].reverse().reduce((total, digit, at) => {
    const value = at % 2 === 0 ? Number(digit) : 2 * Number(digit);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

/**
 * Whether the check digits hold (ISO 13616): the country's letters and check digits go to the end, letters
 * count from 10, modulo 97 leaves 1.
 */
function hasIbanChecksum(text: string): boolean {
  const iban = text.replace(/\s/g, '').toUpperCase();
  if (iban.length < 15 || iban.length > 34) return false;
  let rest = 0;
  for (const sign of iban.slice(4) + iban.slice(0, 4))
    for (const digit of String(Number.parseInt(sign, 36))) rest = (rest * 10 + Number(digit)) % 97;
  return rest === 1;
}

/** Mail addresses of a role or a machine, which are nobody's. */
const roles = cues(
  String.raw`
    ^(?:
      no-?reply|info|support|help|sales|admin|root|postmaster|webmaster|security|abuse|contact|office
      team|ops|oncall|on-call|billing|alerts?|notifications?|git|jobs|press|privacy|legal|hello
      service|bot
    )\b
  `,
  'i',
);

const forms: readonly Form[] = [
  {
    kind: 'a mail address',
    pattern: /(?<![\w.+/:-])[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b(?!:)/gi,
    accepts: (text) => !roles.test(text),
  },
  { kind: 'an IBAN', pattern: /\b[A-Z]{2}\d{2}(?: ?[A-Z\d]){11,30}\b/g, accepts: hasIbanChecksum },
  {
    kind: 'a card number',
    // In a row or in the groups of a card; what begins with another digit is a moment or a count.
    pattern: cues(
      String.raw`
        (?<![\w.-])(?:
          [3-6]\d{13,18}|[3-6]\d{3}([ -])\d{4}\1\d{4}\1\d{1,7}|3\d{3}([ -])\d{6}\2\d{5}
        )(?![\w-]|\.\d)
      `,
      'g',
    ),
    accepts: hasLuhnDigit,
  },
  {
    kind: 'a social security number',
    pattern: /(?<![\w-])(?!000|666)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])/g,
  },
  {
    kind: 'a phone number',
    // International, with a bracketed area, or in the groups of North America.
    pattern: cues(
      String.raw`
        (?<![\w.+-])(?:
          \+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d(?:[ .-]?\d){5,12}|\(\d{2,5}\)[ -]?\d(?:[ -]?\d){4,9}
          \d{3}[-.]\d{3}[-.]\d{4}
        )(?![\w-])
      `,
      'g',
    ),
  },
  {
    kind: 'a street address',
    pattern: cues(
      String.raw`
        (?<![\w-])\d{1,5}[a-z]?\s+(?:\p{Lu}[\p{L}'’.-]*\s+){1,4}(?:
          Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Place|Pl|Square|Sq|Terrace
          Way|Close|Crescent|Parkway|Pkwy|Highway|Hwy
        )\b\.?(?:,?\s+[\p{L}\s]{0,40}?[A-Z]{0,2}\s?\d{4,5})?
      `,
      'gu',
    ),
  },
  {
    kind: 'a street address',
    pattern: cues(
      String.raw`
        (?<![\p{L}\d])\p{Lu}[\p{L}-]*(?:
          straße|strasse|str\.|weg|platz|allee|gasse|ring
        )\s+\d{1,4}[a-z]?(?!\w)
      `,
      'gu',
    ),
  },
];

export const personalDataIn = (text: string): PersonalDatum[] =>
  forms.flatMap(({ kind, pattern, accepts = () => true }) =>
    [...text.matchAll(pattern)].filter(([found]) => accepts(found)).map(([found]) => ({ kind, text: found })),
  );

/** The data that `after` has and `known` has not, whatever separates its digits. */
export function newPersonalData(after: string, known: string): PersonalDatum[] {
  const before = new Set(personalDataIn(known).map(keyOf));
  return personalDataIn(after).filter((datum) => !before.has(keyOf(datum)));
}

const keyOf = ({ text }: PersonalDatum): string => text.toLowerCase().replace(/[\s().-]/g, '');

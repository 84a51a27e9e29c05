/** Says in plain words what is wrong with a value: the one place where the words of the validator are replaced. */
import type { z } from 'zod';

type Raw = Parameters<z.core.$ZodErrorMap>[0];

/** For `safeParse`; reads behind the name of what was given. What a schema says itself comes first. */
export function issueText(issue: Raw): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'is missing';
      return isNumber(issue.expected) ? 'takes a whole number' : undefined;
    case 'too_small':
      if (issue.origin === 'string' && issue.minimum === 1) return 'is empty';
      return bound(issue.origin, 'at least', issue.minimum);
    case 'too_big':
      return bound(issue.origin, 'at most', issue.maximum);
    case 'invalid_value':
      return `takes ${issue.values
        .map(String)
        .join(', ')
        .replace(/, ([^,]*)$/, ' or $1')}`;
    default:
      return undefined;
  }
}

const isNumber = (expected: string): boolean => expected === 'number' || expected === 'int';

function bound(origin: string, word: string, limit: number | bigint): string | undefined {
  if (isNumber(origin)) return `takes a whole number of ${word} ${limit}`;
  return origin === 'string' ? `takes ${word} ${limit} characters` : undefined;
}

/** `--last takes a whole number`; `name: a store name holds no control characters`. `name` empty: of several together. */
export const issueSentence = (name: string, message: string): string =>
  name === '' ? message : `${name}${/^(?:is|takes|names|goes) /.test(message) ? '' : ':'} ${message}`;

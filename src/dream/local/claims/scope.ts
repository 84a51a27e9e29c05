/**
 * Takes the scope out of a sentence, which says where, when or for whom it holds: it does not hold elsewhere.
 */
import { cues } from '../../text/cues.js';
import { contentStems, wordsOf } from '../../text/words.js';

export interface Scoped {
  /** The sentence without them. */
  readonly rest: string;
  /** Stems, sorted. */
  readonly scope: readonly string[];
}

/** The most words of a scope; a longer one says something of its own. */
const fewWords = 7;

const forms = [
  // …, disaster recovery site only
  /\s*[,;–—-]\s+([^,;:.]{2,60}?\s+only)(?=[.\s]*$)/gi,
  // Primary site: …
  /^\s*([^:,;.\d]{2,40}):\s+(?=\p{L}+(?:[ -]\p{L}+){2,})/gu,
  // (staging only), (EU) at the end, (for admins); what is in brackets behind a word explains it
  /\s*[([]([^()[\]]{1,60})[)\]](?=[.\s]*$)/g,
  /\s*[([]((?:only|in|on|for|at|under|during)\s[^()[\]]{1,60}|[^()[\]]{1,60}\sonly)[)\]]/g,
  // In the EU cluster: …, On staging, …, For admins - …
  cues(
    String.raw`
    ^\s*(?:(?:but|and)\s+)?((?:
      in|on|for|at|under|during|with|within|outside
    )\s+[^:,;.]{1,60}?)\s*(?::|,|\s[-–—])\s
  `,
    'gi',
  ),
  // …, only in production; … on staging only
  cues(
    String.raw`
    [,;]?\s+\b((?:only|just|solely|exclusively)\s+(?:
      in|on|for|at|under|during|when|if|to|with
    )\s+[^,;:.]{1,60})
  `,
    'gi',
  ),
  /[,;]?\s+\b((?:in|on|for|at|under|during)\s+(?:(?:the|all|our)\s+)?(?:[\w-]+\s+){1,4}only)\b/gi,
];

/**
 * A sentence that limits the one before it: "That is for the LTS branch.", "Applies to EU tenants only.",
 * "This holds in staging."
 */
const rider = cues(
  String.raw`
    ^(?:(?:this|that|it|which|they|these|those)\s+)?(?:
      is|are|was|holds?|applies|apply|counts?|valid|goes|concerns?|covers?|relates?|refers?
    )\s+(?:
      true\s+|only\s+|just\s+|valid\s+|meant\s+
    )*(?:for|to|in|on|at|under|during|only|when)\s+(.{1,60}?)[.!]?$
  `,
  'i',
);

export function scopeOf(sentence: string, riders: readonly string[]): Scoped {
  const scope = new Set<string>();
  let rest = sentence;
  for (const form of forms)
    rest = rest.replace(form, (whole: string, inside: string) => {
      if (wordsOf(inside).length > fewWords) return whole;
      const stems = limits(inside);
      if (stems.length === 0) return whole;
      for (const stem of stems) scope.add(stem);
      return ' ';
    });
  for (const sentence of riders) for (const stem of riderScope(sentence)) scope.add(stem);
  return { rest: rest.trim(), scope: [...scope].sort() };
}

/** Stems of a scope with its numbers: "Count 2". */
const limits = (text: string): string[] => [
  ...contentStems(text),
  ...wordsOf(text)
    .map(({ text: word }) => word.toLowerCase())
    .filter((word) => /\d/.test(word)),
];

export function riderScope(sentence: string): string[] {
  const [, inside] = rider.exec(sentence) ?? [];
  if (inside === undefined || wordsOf(inside).length > fewWords) return [];
  return limits(inside);
}

/** Tells questions of English, with or without their mark. */
import { cues } from '../../text/cues.js';

/**
 * Joins a question without a verb in front and what to do then into one sentence: "Anything broken? Write to
 * …".
 */
export function joinedConditionals(sentences: readonly string[]): string[] {
  const joined: string[] = [];
  for (const sentence of sentences) {
    const last = joined.at(-1);
    if (
      last !== undefined &&
      fragment.test(last) &&
      !asking.test(lastClause(last)) &&
      !sentence.endsWith('?')
    )
      joined[joined.length - 1] = `${last} ${sentence}`;
    else joined.push(sentence);
  }
  return joined;
}

const fragment = /^.{0,120}\?$/;
const lastClause = (sentence: string): string => sentence.split(/[:,]\s+/).at(-1)!;

/** The beginnings of questions: an auxiliary or an interrogative. */
const asking = cues(
  String.raw`
    ^\W*(?:(?:and|but|so|or|then|ok|okay|hm+|well|by the way|please)\W+)*(?:
      is|are|was|were|am|do|does|did|has|have|had|can|could|will|would|shall|should|may|might|must
      isn't|aren't|wasn't|weren't|don't|doesn't|didn't|hasn't|haven't|can't|couldn't|won't|wouldn't
      shouldn't|what|which|who|whom|whose|when|where|why|how|right|correct|true|really|sure|agreed|ok
      okay|yes|no
    )\b
  `,
  'i',
);

/** Beginnings that leave no doubt, even without a question mark. */
const surelyAsking = cues(
  String.raw`
    ^\W*(?:(?:and|but|so|ok|okay|by the way)\W+)*(?:
      (?:can|could|would|will|do|did) (?:you|we|i)|is there|are there|what(?:'s| is| are| was)
      who(?:'s| is)|how (?:much|many|long|often)
    )\b
  `,
  'i',
);

export const isQuestion = (sentence: string): boolean =>
  sentence.trimEnd().endsWith('?') || surelyAsking.test(sentence);

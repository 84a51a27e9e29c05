/** Closed classes of English words, and endings. */

/** The words of a table, separated by white space. */
export const wordTable = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/));

/** Articles, pronouns, prepositions, conjunctions, auxiliaries, words for time order and degree. */
export const functionWords = wordTable(`
  a an the this that these those it its itself he she they them their theirs we us our ours you your i
  my me his her
  who whom whose which what when where why how there here
  of to in on at for from by with without into onto upon over under above below between among through
  during against about around after before since until till up down out off within beyond per via as
  than towards toward across along beside besides despite except
  and or but nor so yet if then else because though although while whereas unless whether
  is are was were be been being am has have had having do does did doing will would shall should can
  could may might must ought need needs
  not no never neither none nothing nobody cannot don't doesn't didn't isn't aren't wasn't weren't won't
  can't couldn't shouldn't wouldn't hasn't haven't hadn't mustn't
  all any both each every either some such same other another own few more most much many less least
  several
  only just also too very even still already again once ever always often usually now currently today
  one ones etc eg ie vs
`);

export const determiners = wordTable(
  'a an the this that these those each every any no some our your their its',
);

/** Without "to", which stands before verbs as well. */
export const prepositions = wordTable('of in on at for from by with against about via than per');

/** Words that deny, as alternatives of a pattern; "n't" besides. */
export const negators = 'not|no|never|cannot|neither|nor|none|nobody|nothing|without';

/** Adverbs that stand beside a verb of change, as alternatives of a pattern. */
export const adverbsOfChange =
  'now|finally|just|already|since|long|also|recently|fully|completely|permanently|officially';

/**
 * Endings that are taken off for a stem, each with how many letters must be left. The first that fits counts.
 */
export const endings: readonly (readonly [string, number])[] = [
  ['ations', 4],
  ['ation', 4],
  ['ements', 4],
  ['ement', 4],
  ['ments', 4],
  ['ment', 4],
  ['ions', 4],
  ['ion', 4],
  ['ing', 3],
  ['ers', 3],
  ['er', 4],
  ['ed', 3],
  ['ly', 4],
];

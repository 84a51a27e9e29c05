/** Names of months and weekdays, and what matches them. */

const monthNames = [
  ...['january', 'february', 'march', 'april', 'may', 'june'],
  ...['july', 'august', 'september', 'october', 'november', 'december'],
];
const weekdayNames = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

const capitalised = (word: string): string => `${word[0]!.toUpperCase()}${word.slice(1)}`;
const short = (name: string): string => name.slice(0, 3);

/** 1 to 12 for a name that begins with the three letters of a month, whatever its case; else 0. */
export const monthNumber = (name: string): number =>
  monthNames.map(short).indexOf(short(name).toLowerCase()) + 1;

/** Sources of patterns, alternatives without a group around them. */
export const months = {
  /** `January` */
  full: monthNames.map(capitalised).join('|'),
  /** `Jan` */
  short: monthNames.map(short).map(capitalised).join('|'),
  /** `jan`, `january`, `sept` */
  any: monthNames
    .map((name) => (name === 'september' ? 'sept?(?:ember)?' : `${short(name)}(?:${name.slice(3)})?`))
    .join('|'),
};

export const weekdays = {
  /** `Monday` */
  full: weekdayNames.map(capitalised).join('|'),
  /** `Mon` */
  short: weekdayNames.map(short).map(capitalised).join('|'),
  /** `monday` to `friday` */
  working: weekdayNames.slice(0, 5).join('|'),
};

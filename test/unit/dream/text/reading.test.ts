import { describe, expect, it } from 'vitest';
import { blocksOf } from '../../../../src/dream/text/blocks.js';
import { datesIn, lastDayOf } from '../../../../src/dream/text/dates.js';
import { quantitiesIn } from '../../../../src/dream/text/quantities.js';
import { sentencesOf } from '../../../../src/dream/text/sentences.js';
import { Vocabulary } from '../../../../src/dream/text/vocabulary.js';
import { contentStems } from '../../../../src/dream/text/words.js';

const quantities = (text: string): string[] =>
  quantitiesIn(text).map(({ amount, dimension }) => `${amount} ${dimension}`);
const dates = (text: string): string[] => datesIn(text).map(({ date }) => date);
const sentences = (text: string): string[] => sentencesOf(text).map((sentence) => sentence.text);

describe('quantities', () => {
  it.each([
    ['waits 90 s', '1.5 min'],
    ['kept for 24h', 'a period of 1 day'],
    ['1 min 30 s', '90 seconds'],
    ['1h30m', '90 minutes'],
    ['an 18-day trial', '18 days'],
    ['5,000 EUR', '€5000'],
    ['7 kEUR', 'EUR 7000'],
    ['4 %', '4 percent'],
    ['at 6:05 pm', '18:05 UTC'],
    ['8.4 °C', '8.4 degrees'],
  ])('"%s" is "%s"', (one, other) => expect(quantities(one)).toEqual(quantities(other)));

  it.each([
    ['13 days', '13 h'],
    ['36 ovens', '36 s'],
    ['5 EUR', '5 USD'],
    ['2 MiB', '2 MB'],
  ])('"%s" is not "%s"', (one, other) => expect(quantities(one)).not.toEqual(quantities(other)));

  it.each(['Python 3.11.10', 'case 21-cv-03222', 'build v12', '2026-02-03', 'port-81-x'])(
    'finds none in "%s"',
    (text) => expect(quantities(text.replace('2026-02-03', 'r2026-02'))).toEqual([]),
  );

  it('leaves small words out beside a figure, and only there', () => {
    expect(quantities('Two bakers must sign from 700 EUR')).toEqual(['700 eur']);
    expect(quantities('Two ovens are spare')).toEqual(['2 #oven']);
  });
});

describe('dates', () => {
  it.each([
    ['2029-12-06'],
    ['2029/12/06'],
    ['06.12.2029'],
    ['20291206'],
    ['6 December 2029'],
    ['December 6, 2029'],
    ['the 6th of Dec 2029'],
    ['2029-W49-4'],
  ])('%s', (text) => expect(dates(`It ends ${text}.`)).toEqual(['2029-12-06']));

  it.each(['version 2029.12', 'a 2029-13-40 b', '31 February 2029', 'id 120291206'])('none in "%s"', (text) =>
    expect(dates(text)).toEqual([]),
  );

  it('takes the Monday of a week, and the last day of a month', () => {
    expect(dates('planned for 2026-W10')).toEqual(['2026-03-02']);
    expect(lastDayOf('2028-02')).toBe('2028-02-29');
  });
});

describe('sentences', () => {
  it('end at marks, not at abbreviations or numbers', () => {
    expect(sentences('Smith v. Jones is open. It takes 3.5 s. Ask Dr. No; then go.')).toEqual([
      'Smith v. Jones is open.',
      'It takes 3.5 s.',
      'Ask Dr. No;',
      'then go.',
    ]);
  });

  it('go on over a wrapped line and end with a short one', () => {
    const wrapped = 'The dough rests in the cold room until the bakers of the early\nshift come.';
    expect(sentences(wrapped)).toEqual([wrapped]);
    expect(sentences('dough rests 9 h\nserial K-77')).toEqual(['dough rests 9 h', 'serial K-77']);
  });
});

describe('blocks', () => {
  const text = `---
title: Ovens
---
Ovens
=====

- first
  - below
  goes on

| Day | Note |
|-----|------|
| Mon | hot |

1. step

\`\`\`
code
\`\`\`
> quoted
`;
  it('have kind, lines and what they stand under', () => {
    expect(blocksOf(text).map(({ kind, line, endLine, text: said }) => [kind, line, endLine, said])).toEqual([
      ['front', 2, 2, 'title: Ovens'],
      ['heading', 4, 5, 'Ovens'],
      ['item', 7, 7, 'first'],
      ['item', 8, 9, 'below\ngoes on'],
      ['row', 11, 11, 'Day | Note'],
      ['row', 13, 13, 'Mon | hot'],
      ['item', 15, 15, 'step'],
      ['code', 17, 19, 'code'],
      ['paragraph', 20, 20, 'quoted'],
    ]);
    expect(blocksOf(text)[3]).toMatchObject({ parents: [7], headings: ['Ovens'], ordered: false });
    expect(blocksOf(text)[5]!.header).toEqual(['Day', 'Note']);
    expect(blocksOf(text)[6]!.ordered).toBe(true);
  });
});

describe('words', () => {
  it.each([
    ['connections', 'connect'],
    ['reviewers', 'reviewed'],
    ['limits', 'limitation'],
    ['policies', 'policy'],
  ])('%s and %s have one stem', (one, other) => expect(contentStems(one)).toEqual(contentStems(other)));

  it('leaves out what only holds a sentence together', () => {
    expect(contentStems('It is not what the ovens of this bakery can do')).toEqual(['oven', 'bakeri']);
  });
});

describe('a vocabulary', () => {
  const names = (sentences: string[], labels: string[], text: string): string[] =>
    new Vocabulary(sentences, labels)
      .atomsIn(text)
      .filter(({ kind }) => kind === 'name' || kind === 'identifier')
      .map(({ key }) => key);

  it('knows a name by its capitals in the middle of a sentence, then at the beginning too', () => {
    const store = ['Ask for the Copper Kettle first.', 'We clean Copper Kettle on Mondays.'];
    expect(names(store, [], 'Copper Kettle is hot')).toEqual(['copper kettle']);
    expect(names(store, [], 'Clean Copper Kettle daily')).toEqual(['copper kettle']);
  });

  it.each([
    'We clean it on Tuesdays',
    'Tuesday is a day off',
    'We moved to Berne in March',
    'Closed Monday March 2',
  ])('takes no weekday or month for a name: "%s"', (text) => {
    const known = names(['They moved to Berne.', 'We meet on Tuesdays in March.'], ['tuesday'], text);
    expect(known.filter((name) => name !== 'berne')).toEqual([]);
  });

  it('leaves a weekday or month in a name that has more words', () =>
    expect(names([], [], 'Ask August Miller about Black Friday.')).toEqual([
      'august miller',
      'black friday',
    ]));

  it.each(['FYI we clean the oven', 'FYI We clean the oven', 'NOTE: we clean the oven', 'Clean it, FYI'])(
    'takes no lead for a name: "%s"',
    (text) => expect(names([], [], text)).toEqual([]),
  );

  it('knows another abbreviation that a sentence begins with', () =>
    expect(names([], [], 'VLAN we clean')).toEqual(['vlan']));

  it('tells a hyphenated name from a hyphenated word', () => {
    const store = [
      'The limit of rye-mixer is low.',
      'rye-mixer stops.',
      'The cold-room door is open.',
      'Use the cold-room key.',
    ];
    expect(names(store, [], 'rye-mixer stands by the cold-room door')).toEqual(['rye mixer']);
  });

  it('learns names without capitals from labels, and none that stand behind an article', () => {
    const store = [
      'set the timer of deck oven to 9 min',
      'nobody sleeps on deck oven',
      'the recipe is old',
      'read the recipe of bread',
    ];
    const labels = ['deck oven', 'recipe'];
    expect(names(store, labels, 'deck oven needs a recipe')).toEqual(['deck oven']);
  });

  it('takes the number into a name that hardly stands without one', () => {
    const store = [
      'Ring at Loading Dock 4 first.',
      'The keys of Loading Dock 7 hang here.',
      'Nobody parks at Loading Dock 4.',
      'Ask for the Copper Kettle first.',
    ];
    const labels = ['Loading Dock 4', 'Copper Kettle'];
    expect(names(store, labels, 'We reach Loading Dock 7 with 30 crates')).toEqual(['loading dock 7']);
    expect(names(store, labels, 'We clean Loading Dock 30 min a day')).toEqual(['loading dock']);
    expect(names(store, labels, 'We give Copper Kettle 30 crates')).toEqual(['copper kettle']);
    expect(new Vocabulary(store, labels).namesInLabel('loading-dock-7')).toEqual(['loading dock 7']);
  });

  it('keeps look-alikes apart that share their first word', () => {
    const store = [
      'Ring at Custody east first.',
      'The keys of Custody east hang here.',
      'Walk to Custody west.',
    ];
    const labels = ['Custody east', 'Custody west'];
    expect(names(store, labels, 'Custody west opens')).toEqual(['custody west']);
  });
});

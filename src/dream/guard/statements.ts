/** Reads a memory as statements: what each says, and of what. */

import { blocksOf } from '../text/blocks.js';
import { alternatives, cues } from '../text/cues.js';
import { type Fact, factsIn } from '../text/facts.js';
import { sentencesOf } from '../text/sentences.js';
import { negators } from '../text/word-tables.js';
import { PlainWords } from './plain-words.js';

export class Statement {
  readonly path: string;
  readonly text: string;
  readonly isHeading: boolean;
  /** The day on which it, or else its memory, says it was written; null: neither says. */
  readonly noted: string | null;
  readonly #around: string;
  // What follows from these is worked out for few of the statements of a store only.
  #facts: readonly Fact[] | null = null;
  #unquotedText: PlainWords | null = null;
  #aroundWords: PlainWords | null = null;

  constructor(path: string, text: string, isHeading: boolean, noted: string | null, around: string) {
    this.path = path;
    this.text = text;
    this.isHeading = isHeading;
    this.noted = noted;
    this.#around = around;
  }

  get facts(): readonly Fact[] {
    this.#facts ??= factsIn(this.text);
    return this.#facts;
  }

  /**
   * Whether its polarity is negative. Two negations are none: "does not start without it" says that it needs
   * it.
   */
  get isNegated(): boolean {
    return (this.text.replace(limit, '').match(negation)?.length ?? 0) % 2 === 1;
  }

  get own(): PlainWords {
    this.#unquotedText ??= new PlainWords(this.text);
    return this.#unquotedText;
  }

  /** Its words with those that tell of what it speaks: path, title, headings, the rest of its block. */
  get around(): PlainWords {
    this.#aroundWords ??= new PlainWords(this.#around);
    return this.#aroundWords;
  }
}

/** Reads each text of a memory once. */
export class Statements {
  readonly #read = new Map<string, Map<string, readonly Statement[]>>();

  of(path: string, text: string | undefined): readonly Statement[] {
    if (text === undefined) return [];
    const known = this.#read.get(path) ?? new Map<string, readonly Statement[]>();
    this.#read.set(path, known);
    const statements = known.get(text) ?? statementsOf(path, text);
    known.set(text, statements);
    return statements;
  }
}

const date = alternatives(String.raw`
  (?:
    \d{4}-\d\d(?:-\d\d)?|\d{4}\/\d\d\/\d\d|\d{1,2}\.\d{1,2}\.\d{4}
    \d{1,2}(?:st|nd|rd|th)? \w{3,9},? \d{4}|\w{3,9} \d{1,2}(?:st|nd|rd|th)?,? \d{4}
  )
`);
const dating = alternatives(`
  (?:(?:last|first)[ -])?(?:
    updated?|modified|recorded|noted|written|created?|added|changed|reviewed|checked|verified
    confirmed|seen|logged|entered|dated?|as of|edited|status|since|on|by|at|of
  )
`);
/** A date of writing, which says nothing of the subject. */
const noted = new RegExp(
  [
    `^[\\W_]*(?:${dating}[\\s:*_]*)+(${date})[\\W_]*$`,
    `[([]\\s*(?:${dating}[\\s:]*)*(${date})\\s*[)\\]][\\s.*_]*$`,
    // As a log begins its lines
    `^[\\s*_[(]*(${date})[\\])*_]*\\s*(?:[-–—:|]\\s*)`,
  ].join('|'),
  'i',
);
const denying = String.raw`forbid\w*|prohibit\w*|ban(?:s|ned)|disallow\w*|disabled?|avoid\w*|off-limits`;
const negation = new RegExp(String.raw`\b(?:${negators}|${denying})\b|n['’]t\b`, 'gi');
/** A limit, which says the same either way round: "no more than 36", "at most 36". */
const limit = cues(
  String.raw`
    \b(?:not|no|never|n['’]t)\b.{0,60}\b(?:
      more|less|fewer|longer|later|earlier|above|below|over|under|beyond|exceeds?
    )\b
  `,
  'i',
);

/** Fields of front matter that say when and by whom, not what. */
const bookkeeping =
  /^(?:date|created|updated|modified|title|name|tags?|author|status|version|id|type|last[_ -]\w+)\s*:/i;

function statementsOf(path: string, text: string): Statement[] {
  const blocks = blocksOf(text);
  const dates = blocks.flatMap(({ kind, text: said }) =>
    kind === 'front' || said.length < 60 ? notedIn(said) : [],
  );
  const day = dates.sort().at(-1) ?? null;
  const title =
    blocks.find(({ kind, text: said }) => kind === 'heading' || /^(?:title|name):/.test(said))?.text ?? '';
  return blocks.flatMap((block) => {
    if (block.kind === 'comment' || (block.kind === 'front' && bookkeeping.test(block.text))) return [];
    const around = [path.replace(/\.\w+$/, ''), title, ...block.headings, block.text, ...block.header].join(
      ' | ',
    );
    const sentences =
      block.kind === 'code' ? linesOf(block.text) : sentencesOf(block.text).map((each) => each.text);
    return sentences.flatMap((sentence) => {
      const said = sentence.replace(noted, '').trim();
      if (said.replace(/\W/g, '') === '') return [];
      return [new Statement(path, said, block.kind === 'heading', notedIn(block.text).at(-1) ?? day, around)];
    });
  });
}

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '');

function notedIn(text: string): string[] {
  const match =
    noted.exec(text) ?? /^(?:date|created|updated|modified)\s*:\s*["']?(\d{4}-\d\d-\d\d)/i.exec(text);
  const found = match?.slice(1).find((day) => day !== undefined);
  const [day] = found === undefined ? [] : factsIn(found).filter(({ kind }) => kind === 'date');
  return day === undefined ? [] : [day.value];
}

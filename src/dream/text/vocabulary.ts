/**
 * Learns which words of a set of texts are names. Nothing is known beforehand: a word with a capital where no
 * sentence begins, or a hyphenated one that stands where only a name can, is a name, and then it is one
 * wherever it stands.
 */

import { type Atom, atomsIn, type Candidate, candidatesIn, isCapitalised, nameKey } from './atoms.js';
import { labelNames } from './label-names.js';
import { isAbbreviatedLead, isCalendarWord, isLead } from './no-names.js';
import { numberedNames, ordinal, withNumbers } from './numbered-names.js';
import { isDeterminer, isFunctionWord, isPreposition, wordsOf } from './words.js';

/** The most texts whose atoms are kept: sentences of a store are read several times. */
const manyTexts = 50_000;

const hyphenated = String.raw`(\p{L}[\p{L}\p{N}]*(?:-[\p{L}\p{N}]+)+)`;
/** A hyphenated name as the whole of a label, before its colon, or in brackets at its end. */
const labelName = new RegExp(String.raw`^(?:${hyphenated}|${hyphenated}:.*|.*\(${hyphenated}\))$`, 'u');

interface Standing {
  /** Counts of places where only a name stands, and of those where only another word does. */
  name: number;
  word: number;
}

export class Vocabulary {
  readonly #standing = new Map<string, Standing>();
  /** Words that stand in lower case somewhere, with how often. */
  readonly #lower = new Map<string, number>();
  readonly #names = new Set<string>();
  /** Names of several words by their first word, the longest first. */
  readonly #phrases = new Map<string, (readonly string[])[]>();

  /** Names with other marks than spaces in them, by their words. */
  readonly #spelling = new Map<string, string>();
  /** Names that a number follows, to tell several apart: "Dock 4", "Dock 7". */
  #numbered: ReadonlySet<string> = new Set();
  readonly #read = new Map<string, readonly Atom[]>();

  /**
   * `sentences`: without headings, where any word may have a capital. `labels`: headings and titles that may
   * be names alone.
   */
  constructor(sentences: Iterable<string>, labels: Iterable<string> = []) {
    const all = [...sentences];
    for (const sentence of all) this.#observe(sentence);
    const named = [...labels];
    for (const label of named) this.#observeLabel(label);
    for (const name of labelNames(named, all)) if (!isCalendarKey(name)) this.#add(name, true);
    for (const sentence of all)
      for (const { kind, key } of atomsIn(sentence, (candidate) => this.#nameOf(candidate)))
        if (kind === 'name' || kind === 'identifier') this.#add(key);
    for (const phrases of this.#phrases.values()) phrases.sort((a, b) => b.length - a.length);
    this.#numbered = numberedNames(all, (sentence) => this.atomsIn(sentence));
    this.#read.clear();
  }

  isName(key: string): boolean {
    return this.#names.has(key);
  }

  atomsIn(text: string): readonly Atom[] {
    const known = this.#read.get(text) ?? this.#atomsIn(text);
    if (this.#read.size < manyTexts) this.#read.set(text, known);
    return known;
  }

  #atomsIn(text: string): Atom[] {
    const atoms = atomsIn(text, (candidate) => this.#nameOf(candidate));
    const phrases = this.#phrasesIn(text).filter(({ start, end }) =>
      atoms.every(
        (atom) =>
          atom.end <= start || end <= atom.start || (start <= atom.start && atom.end <= end && !isLink(atom)),
      ),
    );
    const others = atoms.filter(
      (atom) => !phrases.some(({ start, end }) => start < atom.end && atom.start < end),
    );
    return withNumbers(
      [...others, ...phrases].sort((a, b) => a.start - b.start),
      text,
      this.#numbered,
    );
  }

  /** The names in a heading, a title or a path, whose capitals and hyphens say nothing. */
  namesInLabel(label: string): string[] {
    const words = keyWords(label);
    const names: string[] = [];
    for (let at = 0; at < words.length; at++) {
      const phrase = this.#phraseAt(words, at) ?? (this.#names.has(words[at]!) ? [words[at]!] : null);
      if (phrase === null) continue;
      const key = this.#keyOf(phrase);
      const number = words[at + phrase.length];
      const isNumbered = this.#numbered.has(key) && number !== undefined && ordinal.test(number);
      names.push(isNumbered ? `${key} ${number}` : key);
      at += phrase.length - (isNumbered ? 0 : 1);
    }
    return names;
  }

  #observe(sentence: string): void {
    for (const { text, start } of wordsOf(sentence))
      if (!isCapitalised(text) && !/[-_/.]/.test(sentence[start - 1] ?? ''))
        this.#lower.set(text, (this.#lower.get(text) ?? 0) + 1);
    for (const candidate of candidatesIn(sentence)) {
      if (isCapitalised(candidate.text)) {
        if (!candidate.initial) this.#stand(withoutOpening(candidate.text), 'name');
        continue;
      }
      const how = standingOf(candidate);
      if (how !== null) this.#stand(candidate.text, ...how);
    }
  }

  #observeLabel(label: string): void {
    const trimmed = label.trim();
    const [, alone, first, last] = labelName.exec(trimmed) ?? [];
    const name = alone ?? first ?? last;
    if (name !== undefined) this.#stand(name, 'name');
  }

  #stand(text: string, how: keyof Standing, times = 1): void {
    const key = nameKey(text);
    if (key === '') return;
    const standing = this.#standing.get(key) ?? { name: 0, word: 0 };
    standing[how] += times;
    this.#standing.set(key, standing);
  }

  #standsAsName(text: string): boolean {
    const { name, word } = this.#standing.get(nameKey(text)) ?? { name: 0, word: 0 };
    return name > word;
  }

  /** The part of a candidate that is a name; null: none is. */
  #nameOf({ text, initial }: Candidate): string | null {
    if (!isCapitalised(text)) return this.#standsAsName(text) ? text : null;
    const name = withoutOpening(text);
    if (name === '') return null;
    const [first, ...rest] = name.split(' ') as [string, ...string[]];
    const stripped = name.length < text.length;
    if (!initial || stripped) return this.#mostlyLower(name) ? null : name;
    if (this.#standsAsName(name)) return name;
    if (rest.length === 0) return /^\p{Lu}[\p{Lu}\p{N}]+$/u.test(name) && !isLead(name) ? name : null;
    const tail = withoutOpening(rest.join(' '));
    const opening = this.#lower.has(first.toLowerCase()) || this.#standsAsName(tail) || tail.includes(' ');
    return opening && !this.#standsAsName(first) ? (/^\p{Lu}/u.test(tail) ? tail : null) : name;
  }

  #mostlyLower(name: string): boolean {
    return (
      !name.includes(' ') &&
      (this.#lower.get(name.toLowerCase()) ?? 0) > (this.#standing.get(nameKey(name))?.name ?? 0)
    );
  }

  /** `alone`: one word is a name wherever it stands, too. */
  #add(key: string, alone = false): void {
    if (this.#names.has(key)) return;
    this.#names.add(key);
    const words = keyWords(key);
    if (words.length < 2 && !alone) return;
    this.#spelling.set(words.join(' '), key);
    const phrases = this.#phrases.get(words[0]!) ?? [];
    phrases.push(words);
    this.#phrases.set(words[0]!, phrases);
  }

  #phraseAt(words: readonly string[], at: number): readonly string[] | null {
    const phrases = this.#phrases.get(words[at]!) ?? [];
    return phrases.find((phrase) => phrase.every((word, each) => words[at + each] === word)) ?? null;
  }

  #keyOf(phrase: readonly string[]): string {
    const plain = phrase.join(' ');
    return this.#names.has(plain) ? plain : (this.#spelling.get(plain) ?? plain);
  }

  #phrasesIn(text: string): Atom[] {
    const words = wordsOf(text);
    const keys = words.map(({ text: word }) => word.toLowerCase());
    const found: Atom[] = [];
    for (let at = 0; at < words.length; at++) {
      const phrase = this.#phraseAt(keys, at);
      if (phrase === null) continue;
      const { start } = words[at]!;
      const { end } = words[at + phrase.length - 1]!;
      const key = this.#keyOf(phrase);
      found.push({
        kind: 'name',
        key,
        text: text.slice(start, end),
        start,
        end,
        dimension: null,
        amount: null,
      });
      at += phrase.length - 1;
    }
    return found;
  }
}

const isLink = ({ kind }: Atom): boolean => kind === 'url' || kind === 'email';

const isCalendarKey = (name: string): boolean =>
  isCalendarWord(
    name.replace(/(?<!\p{L})\p{Ll}/gu, (first) => first.toUpperCase()),
    true,
  );

const keyWords = (key: string): string[] => wordsOf(key.toLowerCase()).map(({ text }) => text);

/** Takes function words with a capital off the front of a name: "The Galt Refinery", "If Postgres". */
const withoutOpening = (text: string): string => {
  const words = text.split(' ');
  while (
    words.length > 0 &&
    (isAbbreviatedLead(words[0]!) || (isFunctionWord(words[0]!) && !/^\p{Lu}{2,}$/u.test(words[0]!)))
  )
    words.shift();
  return words.join(' ');
};

function standingOf({ initial, before, behind }: Candidate): [keyof Standing, times: number] | null {
  if (initial && before === '') return ['name', 1];
  const closed = behind === '' || isFunctionWord(behind);
  if (isDeterminer(before)) return ['word', 2];
  if (isPreposition(before)) return closed ? ['name', 2] : null;
  return closed ? null : ['word', 1];
}

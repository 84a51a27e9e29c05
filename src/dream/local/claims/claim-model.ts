/** The claims of a store's memories, and how two of them stand to each other. */
import type { Atom } from '../../text/atoms.js';
import { grouped } from '../../text/grouped.js';
import { Vocabulary } from '../../text/vocabulary.js';
import type { Claim } from './claim.js';
import { ClaimReader, isNamed, stemsWithout } from './claim-reader.js';
import { type Comparison, compareClaims } from './compare.js';
import { type MemoryText, readMemoryTexts } from './memory-text.js';
import { Respects } from './respects.js';

export class ClaimModel {
  readonly texts: ReadonlyMap<string, MemoryText>;
  readonly claims: readonly Claim[];
  readonly #vocabulary: Vocabulary;
  readonly #reader: ClaimReader;
  readonly #respects: Respects;
  readonly #byPath: ReadonlyMap<string | null, readonly Claim[]>;
  readonly #bySubject: ReadonlyMap<string | null, readonly Claim[]>;

  constructor(memories: readonly { readonly path: string; readonly text: string }[]) {
    const texts = readMemoryTexts(memories);
    this.texts = new Map(texts.map((text) => [text.path, text]));
    const vocabulary = new Vocabulary(sentencesOf(texts), texts.flatMap(labelsOf));
    this.#vocabulary = vocabulary;
    const weights = weightsOf(texts, vocabulary);
    this.#reader = new ClaimReader(vocabulary, (name) => weights.get(name) ?? 0);
    this.claims = texts.filter((text) => !isIndex(text)).flatMap((text) => this.#reader.readMemory(text));
    this.#respects = new Respects(this.claims);
    this.#byPath = grouped(this.claims, ({ path }) => path);
    this.#bySubject = grouped(this.claims, ({ subject }) => subject);
  }

  /** The claims of a text that is no memory: of a transcript. `recorded`: the day of the text. */
  read(text: string, recorded: string | null = null): Claim[] {
    return this.#reader.read(text, recorded);
  }

  claimsIn(path: string): readonly Claim[] {
    return this.#byPath.get(path) ?? [];
  }

  /** The claims of the store about that name. */
  about(subject: string): readonly Claim[] {
    return this.#bySubject.get(subject) ?? [];
  }

  /** The names in a path, a key or a title, where capitals and hyphens say nothing. */
  namesIn(label: string): string[] {
    return this.#vocabulary.namesInLabel(label);
  }

  /** The atoms of a text that is no memory. */
  atomsIn(text: string): readonly Atom[] {
    return this.#vocabulary.atomsIn(text);
  }

  compare(a: Claim, b: Claim): Comparison {
    return compareClaims(a, b, this.#respects);
  }
}

function* sentencesOf(texts: readonly MemoryText[]): Generator<string> {
  for (const text of texts)
    if (!isIndex(text))
      for (const { block, sentences } of text.passages) if (block.kind !== 'code') yield* sentences;
}

const labelsOf = ({ blocks, title, pieces }: MemoryText): string[] => [
  title,
  ...pieces,
  ...blocks.filter(({ kind }) => kind === 'heading').map(({ text }) => text),
];

/** Whether the memory has hardly anything but links to other memories. */
export function isIndex({ passages }: MemoryText): boolean {
  const links = passages.filter(({ block }) => /\]\([^)]+\.md\)|\[\[[^\]]+\]\]/.test(block.text));
  return links.length >= 3 && links.length > passages.length * 0.8;
}

/**
 * A name that hardly stands without another one, and with this many of them, is said of those: "SDK", "Viktor
 * Nair".
 */
const manyPartners = 3;
const mostly = 0.8;

/** Weighs names by how much texts are about them: one for each different wording, two for each label. */
function weightsOf(texts: readonly MemoryText[], vocabulary: Vocabulary): Map<string, number> {
  const weights = new Map<string, number>();
  const seen = new Set<string>();
  const together = new Map<string, string[][]>();
  const add = (names: Iterable<string>, weight: number): void => {
    for (const name of new Set(names)) weights.set(name, (weights.get(name) ?? 0) + weight);
  };
  for (const text of texts) {
    if (isIndex(text)) continue;
    add(
      labelsOf(text).flatMap((label) => vocabulary.namesInLabel(label)),
      2,
    );
    for (const sentence of text.passages.flatMap(({ sentences }) => sentences)) {
      const atoms = vocabulary.atomsIn(sentence);
      const wording = stemsWithout(sentence, atoms).join(' ');
      const named = [...new Set(atoms.filter(isNamed).map(({ key }) => key))];
      for (const key of named) together.set(key, [...(together.get(key) ?? []), named]);
      const fresh = atoms.filter((atom) => isNamed(atom) && !seen.has(`${atom.key}\n${wording}`));
      for (const { key } of fresh) seen.add(`${key}\n${wording}`);
      add(
        fresh.map(({ key }) => key),
        1,
      );
    }
  }
  const known = new Map(weights);
  for (const [key, groups] of together) {
    const partners = groups.map((names) =>
      names.filter((name) => name !== key && (known.get(name) ?? 0) >= 2),
    );
    const joined = partners.filter(({ length }) => length > 0).length;
    if (new Set(partners.flat()).size >= manyPartners && joined >= mostly * groups.length)
      weights.set(key, 1);
  }
  return weights;
}

/** Takes sentences apart into claims, with the names that a store has taught. */

import type { Atom } from '../../text/atoms.js';
import type { Block } from '../../text/blocks.js';
import { grouped } from '../../text/grouped.js';
import type { Vocabulary } from '../../text/vocabulary.js';
import { contentStems } from '../../text/words.js';
import type { Claim } from './claim.js';
import { type MemoryText, type Passage, readText } from './memory-text.js';
import { isNegated, modalityOf } from './modality.js';
import { scopeOf } from './scope.js';

/** The place of a sentence. */
export interface Surroundings {
  readonly path: string | null;
  readonly blocks: readonly Block[];
  /** Nearest first: headings, title, path. */
  readonly labels: readonly string[];
  readonly recorded: string | null;
  readonly isStep: boolean;
}

export class ClaimReader {
  readonly #vocabulary: Vocabulary;
  /** How much texts are about a name. */
  readonly #weight: (name: string) => number;

  constructor(vocabulary: Vocabulary, weight: (name: string) => number) {
    this.#vocabulary = vocabulary;
    this.#weight = weight;
  }

  /** The claims of a text that is no memory. */
  read(text: string, recorded: string | null = null): Claim[] {
    const { passages } = readText(text);
    return passages.flatMap((passage) =>
      this.#claimsOf([passage.sentences], [passage], {
        ...{ path: null, blocks: [], labels: passage.block.headings.toReversed() },
        ...{ recorded: passage.recorded ?? recorded, isStep: false },
      }),
    );
  }

  readMemory(memory: MemoryText): Claim[] {
    const sections = grouped(memory.passages, ({ block }) => block.headings.join('\n'));
    return [...sections.values()].flatMap((passages) => {
      const labels = [
        ...passages[0]!.block.headings.toReversed(),
        memory.title,
        ...memory.pieces.toReversed(),
      ];
      return this.#claimsOf(
        passages.map(({ sentences }) => sentences),
        passages,
        { path: memory.path, blocks: [], labels, recorded: memory.recorded, isStep: false },
      );
    });
  }

  /** `groups`: the sentences of each passage. */
  #claimsOf(
    groups: readonly (readonly string[])[],
    passages: readonly Passage[],
    around: Surroundings,
  ): Claim[] {
    const claims: Claim[] = [];
    let open: { sentence: string; passage: Passage; riders: string[]; blocks: Set<Block> } | null = null;
    /** The question that the sentences behind it answer. */
    let question: string | null = null;
    const close = (): void => {
      if (open !== null)
        claims.push(
          this.#claim(open.sentence, open.riders, {
            ...around,
            labels: [
              ...(question === null ? [] : [question]),
              ...parentsOf(open.passage, passages),
              ...around.labels,
            ],
            ...{
              isStep: open.passage.isStep,
              blocks: [...open.blocks],
              recorded: open.passage.recorded ?? around.recorded,
            },
          }),
        );
      open = null;
    };
    passages.forEach((passage, at) => {
      if (passage.block.kind === 'code' || isLabel(passage, passages)) return;
      for (const sentence of groups[at]!) {
        if (/\?\s*$/.test(sentence)) {
          close();
          question = sentence;
          continue;
        }
        const leads = this.#subjectIn(sentence, around.labels) !== null;
        if (open !== null && !leads && this.#mayRide(open.passage, passage, around.labels)) {
          open.riders.push(sentence);
          open.blocks.add(passage.block);
        } else {
          close();
          open = { sentence, passage, riders: [], blocks: new Set([passage.block]) };
        }
      }
    });
    close();
    return claims;
  }

  /**
   * Whether a sentence may ride on the first one: in the same block, or in the item behind one that names its
   * subject.
   */
  #mayRide(first: Passage, next: Passage, labels: readonly string[]): boolean {
    if (first.block === next.block || next.block.parents.includes(first.block.line)) return true;
    return (
      first.block.kind === 'item' &&
      next.block.kind === 'item' &&
      !first.dated &&
      !next.dated &&
      this.#subjectIn(first.sentences[0] ?? '', labels) !== null
    );
  }

  /**
   * The name that a sentence is about; null: none. An abbreviation is a subject only under a label that has
   * it: "VLAN" is said of what is in it.
   */
  #subjectIn(sentence: string, labels: readonly string[]): string | null {
    const names = this.#vocabulary
      .atomsIn(sentence)
      .filter(
        (atom) =>
          isNamed(atom) && (!isAcronym(atom.text) || labels.some((label) => label.includes(atom.text))),
      )
      .map(({ key }) => key);
    const [best] = names.toSorted((a, b) => this.#weight(b) - this.#weight(a));
    return best !== undefined && this.#weight(best) >= leastWeight ? best : null;
  }

  #claim(sentence: string, riders: readonly string[], around: Surroundings): Claim {
    const scoped = scopeOf(sentence, riders);
    const whole =
      this.#subjectIn(scoped.rest, around.labels) === null &&
      this.#subjectIn(sentence, around.labels) !== null;
    const { rest, scope } = whole ? { rest: sentence, scope: [] } : scoped;
    const atoms = this.#vocabulary.atomsIn(rest);
    const contextNames = around.labels.flatMap((label) => this.#vocabulary.namesInLabel(label));
    const own = this.#subjectIn(rest, around.labels);
    const above = contextNames.find((name) => this.#weight(name) >= leastWeight) ?? null;
    const subject = own ?? above ?? atoms.find(isNamed)?.key ?? null;
    const values = atoms.filter(({ key }) => key !== subject);
    return {
      ...{
        path: around.path,
        block: around.blocks[0] ?? null,
        blocks: around.blocks,
        text: sentence,
        riders,
      },
      ...{ subject, named: own !== null, values },
      stems: [...new Set(stemsWithout(rest, atoms))],
      context: [
        ...new Set(around.labels.flatMap((label) => stemsWithout(label, this.#vocabulary.atomsIn(label)))),
      ],
      ...{ scope, negated: isNegated(rest), modality: modalityOf([sentence, ...riders].join(' ')) },
      ...{ recorded: around.recorded, isStep: around.isStep },
    };
  }
}

/** Whether it is an item with others below it that states nothing by itself. */
const isLabel = ({ block, sentences }: Passage, passages: readonly Passage[]): boolean =>
  passages.some((other) => other.block.parents.at(-1) === block.line) &&
  sentences.every((sentence) => !/[.!]$|\d/.test(sentence));

const parentsOf = ({ block }: Passage, passages: readonly Passage[]): string[] =>
  passages
    .filter((other) => block.parents.includes(other.block.line))
    .flatMap(({ sentences }) => sentences)
    .reverse();

const isAcronym = (text: string): boolean => /^\p{Lu}{2,}s?$/u.test(text);

/** The least weight of a subject; a lighter name is a value. */
const leastWeight = 2;

export const isNamed = ({ kind }: Atom): boolean => kind === 'name' || kind === 'identifier';

export function stemsWithout(text: string, atoms: readonly Atom[]): string[] {
  let rest = text;
  for (const { start, end } of atoms.toReversed()) rest = `${rest.slice(0, start)} ${rest.slice(end)}`;
  return contentStems(rest);
}

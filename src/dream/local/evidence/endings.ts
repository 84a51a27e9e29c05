/**
 * Reads what has ended in sessions, was mended, or is not there any more; and what says the opposite later.
 */

import type { TranscriptEvent } from '../../../sessions/event.js';
import type { EventEvidence } from '../../edit.js';
import { eventEvidence } from '../../evidence.js';
import { contentStems, isFunctionWord, wordsOf } from '../../text/words.js';
import type { Claim } from '../claims/claim.js';
import type { ClaimModel } from '../claims/claim-model.js';
import type { Said } from './conversation.js';
import { aliveIn, endedIn, isWholeObject, placesOfEnded } from './ended.js';
import { absent, deletion, denied, opening, pathLike, removing, state } from './endings-cues.js';
import { saysBroken, saysFixed } from './fixed.js';
import { isLive } from './live-source.js';
import type { Mentions } from './mentions.js';
import { longestQuote } from './statement.js';
import type { ToolUse } from './tool-use.js';

export interface Ending {
  readonly kind: 'ended' | 'fixed' | 'missing';
  /** Whether it is over; false: it says the opposite. */
  readonly over: boolean;
  /** Keys of names and identifiers. */
  readonly keys: readonly string[];
  /** Stems of what else the sentence speaks of. */
  readonly stems: readonly string[];
  readonly by: 'user' | 'live';
  readonly time: string;
  readonly evidence: EventEvidence;
}

const longestLine = 200;
/** The numbers of faults and the like in a text: `ABC-123`, `#123`. */
export const ticketsIn = (text: string): string[] => [
  ...new Set(
    (text.match(/(?<![\w-])(?:[A-Za-z]{1,12}[-_]?\d{1,8}(?![\w.-]*[\w])|#\d{1,8}\b)/g) ?? []).map((id) =>
      id.toLowerCase(),
    ),
  ),
];

/** The keys of a claim that have the form of a path or of a file name. */
export const fileKeysOf = ({ subject, values }: Claim): string[] =>
  [...(subject === null ? [] : [subject]), ...values.map(({ key }) => key)].filter((key) => /[/.]/.test(key));

export class EndingReader {
  readonly #model: ClaimModel;
  readonly #mentions: Mentions;
  /** Keys of the files that the store names. */
  readonly #files: ReadonlySet<string>;

  constructor(model: ClaimModel, mentions: Mentions) {
    this.#model = model;
    this.#mentions = mentions;
    this.#files = new Set(model.claims.flatMap((claim) => fileKeysOf(claim)));
  }

  said(conversation: readonly Said[], time: (event: TranscriptEvent) => string): Ending[] {
    const endings: Ending[] = [];
    let message: TranscriptEvent | null = null;
    let named: string[] = [];
    for (const { event, text, act } of conversation) {
      if (event.kind !== 'user_text') continue;
      if (event !== message) [message, named] = [event, []];
      const mentions = this.#model
        .atomsIn(text)
        .filter(({ kind }) => kind === 'name' || kind === 'identifier');
      const own = mentions.map(({ key }) => key);
      const common = {
        by: 'user',
        time: time(event),
        evidence: eventEvidence(event, text, longestQuote),
      } as const;
      const filed = endedIn(text, act, mentions).filter(({ key }) => this.#model.about(key).length > 0);
      const ended = filed.length > 0 ? filed.map(({ key }) => key) : this.#phrasesEnded(text, act);
      const alive = aliveIn(text, act, mentions).map(({ key }) => key);
      if (ended.length > 0) endings.push({ kind: 'ended', over: true, keys: ended, stems: [], ...common });
      if (alive.length > 0) endings.push({ kind: 'ended', over: false, keys: alive, stems: [], ...common });
      const stems = contentStems(text);
      const tickets = ticketsIn(text);
      const keys = tickets.length > 0 ? tickets : own.length > 0 ? own : named;
      const last = endings.at(-1);
      // What names the fault says it best.
      const known =
        last?.kind === 'fixed' && last.over && last.evidence.event === event.cursor && last.keys === keys;
      if (saysFixed(text, act)) {
        if (!known) endings.push({ kind: 'fixed', over: true, keys, stems, ...common });
      } else if (saysBroken(text, act)) endings.push({ kind: 'fixed', over: false, keys, stems, ...common });
      if (keys !== named) named = keys;
    }
    return endings;
  }

  seen(uses: readonly ToolUse[], time: (event: TranscriptEvent) => string): Ending[] {
    return uses.flatMap((use) => {
      const { result } = use;
      if (result === null || result.text.length > 60_000) return [];
      return [...this.#registered(use, result, time(result)), ...this.#looked(use, result, time(result))];
    });
  }

  /**
   * Returns names of things that the store knows by no name: the longest run of words that some claim
   * mentions.
   */
  #phrasesEnded(text: string, act: Said['act']): string[] {
    const { before, behind } = placesOfEnded(text, act);
    const words = wordsOf(text);
    const runs = [
      ...before.map((at) => {
        const last = words.findIndex(({ end }) => end === at);
        return [4, 3, 2, 1].map((length) => words.slice(Math.max(0, last - length + 1), last + 1));
      }),
      ...behind.map((at) => {
        const first = words.findIndex(({ start }) => start === at);
        return [4, 3, 2, 1].map((length) => words.slice(first, first + length));
      }),
    ];
    return runs.flatMap((lengths) => {
      const run = lengths.find((each) =>
        this.#isMentioned(text, each, lengths === runs[0] && before.length > 0),
      );
      return run === undefined ? [] : [run.map(({ text: word }) => word.toLowerCase()).join(' ')];
    });
  }

  #isMentioned(
    text: string,
    run: readonly { readonly text: string; readonly end: number }[],
    isSubject: boolean,
  ): boolean {
    if (run.length === 0 || isFunctionWord(run[0]!.text)) return false;
    if (!isSubject && !isWholeObject(text, run.at(-1)!.end)) return false;
    return this.#mentions.of(run.map((word) => word.text).join(' ')).length > 0;
  }

  /** Endings in a live register that says of something that it is no more. */
  #registered(use: ToolUse, result: TranscriptEvent, time: string): Ending[] {
    if (!state.test(result.text) || !isLive(use)) return [];
    return result.text.split(/\n|(?<=\}),\s*(?=\{)/).flatMap((line): Ending[] => {
      if (line.length > longestLine || !state.test(line) || denied.test(line)) return [];
      const keys = [...new Set(this.#model.namesIn(line))];
      const asked =
        keys.length === 0 ? [...new Set(use.arguments.flatMap((text) => this.#model.namesIn(text)))] : keys;
      if (asked.length !== 1) return [];
      return [
        {
          kind: 'ended',
          over: true,
          keys: asked,
          stems: [],
          by: 'live',
          time,
          evidence: eventEvidence(result, line.trim(), longestQuote),
        },
      ];
    });
  }

  /** Files that were looked for and are not there, and those that are. */
  #looked(use: ToolUse, result: TranscriptEvent, time: string): Ending[] {
    const given = use.arguments.flatMap((text) => (text.length < 2_000 ? (text.match(pathLike) ?? []) : []));
    const isAbsent = absent.test(result.text);
    return [...new Set(given)].flatMap((path): Ending[] => {
      const [atom] = this.#model.atomsIn(path);
      if (atom === undefined || !this.#files.has(atom.key)) return [];
      const name = path.split('/').at(-1)!;
      const lines = result.text.split('\n').filter((each) => each.length < 400);
      const line = lines.find((each) => absent.test(each) && each.includes(name));
      const deleted = result.text.includes(name)
        ? lines.find((each) => deletion.test(each) && !denied.test(each))
        : undefined;
      if (isAbsent && line === undefined) return [];
      const over =
        isAbsent || (removing.test(use.arguments.join('\n')) && !use.failed) || deleted !== undefined;
      if (
        !over &&
        (use.failed || result.text.trim() === '' || !opening.test(`${use.tool} ${use.arguments.join(' ')}`))
      )
        return [];
      const evidence = eventEvidence(result, (line ?? deleted ?? lines[0] ?? '').trim(), longestQuote);
      return [{ kind: 'missing', over, keys: [atom.key], stems: [], by: 'live', time, evidence }];
    });
  }
}

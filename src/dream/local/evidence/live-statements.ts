/** Reads what live systems showed of things that the store knows. */

import type { TranscriptEvent } from '../../../sessions/event.js';
import { eventEvidence } from '../../evidence.js';
import type { Atom } from '../../text/atoms.js';
import { cues } from '../../text/cues.js';
import { datesIn } from '../../text/dates.js';
import { environmentKeys, environmentPaths } from '../../text/environments.js';
import { isCount, quantitiesIn } from '../../text/quantities.js';
import { contentStems } from '../../text/words.js';
import { authorityOf } from '../../trust/authority.js';
import type { Echoes } from '../../trust/echo.js';
import type { ClaimModel } from '../claims/claim-model.js';
import { aligned } from './alignment.js';
import { isLive } from './live-source.js';
import { type LiveValue, liveValuesOf, quoteOf } from './live-values.js';
import type { Mentions } from './mentions.js';
import { longestQuote, type Statement } from './statement.js';
import type { ToolUse } from './tool-use.js';

const identifying = cues(
  `
    (?:^|[_.-])(?:
      name|id|key|subject|title|label|slug|node|host|dev|device|instance|process|target|site|team
      service|app|application|project|product|component|resource|entity|object|item|unit|code
    )$
  `,
  'i',
);
/** In characters; longer outputs are logs and listings. */
const longestOutput = 60_000;

export class LiveStatements {
  readonly #model: ClaimModel;
  readonly #mentions: Mentions;
  readonly #echoes: Echoes;

  constructor(model: ClaimModel, mentions: Mentions, echoes: Echoes) {
    this.#model = model;
    this.#mentions = mentions;
    this.#echoes = echoes;
  }

  read(uses: readonly ToolUse[], time: (event: TranscriptEvent) => string): Statement[] {
    return uses.flatMap((use) => {
      const { call, result } = use;
      if (result === null || result.text.length > longestOutput || !isLive(use)) return [];
      if (authorityOf({ event: result, call, result: null }) !== 'live') return [];
      const asked = this.#known(use.arguments);
      const values = liveValuesOf(result.text);
      const named = this.#known(values.map(({ value }) => value).filter((value) => value.length < 80));
      const unknown = this.#unknown(use.arguments);
      const identified = one(this.#identified(values));
      return values.flatMap((value) => {
        const subject =
          identified ?? one(this.#known(value.path.slice(0, -1))) ?? one(named) ?? one(asked) ?? unknown;
        return subject === null ? [] : this.#statement(subject, value, use, result, time(result));
      });
    });
  }

  #known(labels: readonly string[]): Set<string> {
    const names = labels.flatMap((label) => this.#model.namesIn(label));
    return new Set(names.filter((name) => this.#model.about(name).length > 0));
  }

  /** The names under keys such as `name` or `id`, whether or not a text shows them to be names. */
  #identified(values: readonly LiveValue[]): Set<string> {
    const texts = values.filter(({ key, value }) => identifying.test(key) && value.length < 60);
    return new Set(
      texts.flatMap(({ value }) => {
        const known = this.#known([value]);
        return known.size > 0 ? [...known] : this.#mentions.of(value).length > 0 ? [value] : [];
      }),
    );
  }

  /**
   * The name of a thing in a path or a command that the store mentions but knows by no name: the rarest part;
   * null: unclear.
   */
  #unknown(given: readonly string[]): string | null {
    const parts = given
      .filter((text) => text.length < 300)
      // The first word of a command is the command.
      .flatMap((text) => text.match(/[\p{L}\p{N}_.-]+/gu)?.slice(/\s/.test(text) ? 1 : 0) ?? []);
    // Of the parts of a path or a command the rarest.
    const ranked = [...new Set(parts)]
      .map((part) => [part, this.#mentions.of(part).length] as const)
      .filter(([part, claims]) => claims > 0 && part.length > 2 && !/^\d+$/.test(part))
      .sort(([, a], [, b]) => a - b);
    const [first, second] = ranked;
    return first === undefined || (second !== undefined && second[1] === first[1]) ? null : first[0];
  }

  #statement(
    subject: string,
    live: LiveValue,
    use: ToolUse,
    result: TranscriptEvent,
    time: string,
  ): Statement[] {
    const atoms = this.#valuesOf(live);
    if (atoms.length !== 1 || this.#known([live.value]).has(subject)) return [];
    const about = this.#model.about(subject);
    const claims = about.length > 0 ? about : this.#mentions.of(subject);
    // Most of what systems print the store does not speak of.
    if (!claims.some((claim) => aligned(claim.values, atoms) !== null)) return [];
    const quote = quoteOf(result.text, live);
    if (this.#echoes.isEcho({ event: result, call: use.call, result: null }, quote)) return [];
    return [
      {
        ...{ kind: 'value', by: 'live', time, session: result.session, subject, values: atoms },
        stems: contentStems(live.path.map(asWords).join(' ')),
        ...{
          scope: environmentsIn(live.path.slice(0, -1), use.arguments, subject),
          negated: false,
          isChange: false,
          quotes: null,
          old: [],
        },
        ...{ text: live.value, evidence: [eventEvidence(result, quote, longestQuote)] },
      },
    ];
  }

  /** The values of a live value; a bare number has the unit that its key ends with: `retention_days: 13`. */
  #valuesOf({ path, value }: LiveValue): Atom[] {
    if (/^\d+(?:\.\d+)?$/.test(value)) {
      const units = path.map(asWords).join(' ').split(' ').reverse();
      for (const unit of units) {
        const [quantity] = quantitiesIn(`${value} ${unit}`);
        if (quantity !== undefined && !isCount(quantity.dimension))
          return [{ kind: 'quantity', key: `${quantity.amount} ${quantity.dimension}`, ...quantity }];
      }
      return [
        {
          kind: 'quantity',
          key: value,
          text: value,
          start: 0,
          end: value.length,
          dimension: null,
          amount: Number(value),
        },
      ];
    }
    if (datesIn(value).length > 1) return [];
    const atoms = this.#model.atomsIn(value);
    if (atoms.length > 0) return [...atoms];
    return /^[\p{L}\p{N}][\p{L}\p{N} ._/-]{1,60}$/u.test(value)
      ? [
          {
            kind: 'name',
            key: value.toLowerCase(),
            text: value,
            start: 0,
            end: value.length,
            dimension: null,
            amount: null,
          },
        ]
      : [];
  }
}

const one = (names: ReadonlySet<string>): string | null => (names.size === 1 ? [...names][0]! : null);

const asWords = (name: string): string =>
  name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .toLowerCase()
    .trim();

/** The environments that alone it holds in. Production is what is meant where nothing is said. */
function environmentsIn(keys: readonly string[], places: readonly string[], subject: string): string[] {
  const words = (texts: readonly string[]): string[] => texts.flatMap((text) => asWords(text).split(' '));
  const own = new Set(asWords(subject).split(' '));
  return [
    ...new Set([
      ...words(keys).filter((word) => environmentKeys.has(word)),
      ...words(places).filter((word) => environmentPaths.has(word) && !own.has(word)),
    ]),
  ];
}

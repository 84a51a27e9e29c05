/** Reads one conversation: what is asked, asserted, confirmed and taken back, by dialogue acts. */
import type { TranscriptEvent } from '../../../sessions/event.js';
import { eventEvidence } from '../../evidence.js';
import { type Atom, nameKey } from '../../text/atoms.js';
import type { Claim } from '../claims/claim.js';
import type { ClaimModel } from '../claims/claim-model.js';
import type { Said } from './conversation.js';
import { saysTrue } from './dialogue-act.js';
import { contrastIn } from './old-value.js';
import type { PlainSubjects } from './plain-subjects.js';
import type { QuotedClaims } from './quoted-claims.js';
import { longestQuote, type Statement, type StatementKind } from './statement.js';

/** A claim that was asked about or quoted, and may be answered. */
interface Topic {
  readonly claim: Claim;
  /** Whether it is a claim of the store that somebody has repeated. */
  readonly quoted: boolean;
  readonly said: Said;
}

/** The messages of the user after which an answer still belongs to a question. */
const patience = { answer: 8, nod: 1, short: 2, regret: 4 };

export type Kept = Omit<Statement, 'time' | 'session'>;

export class ConversationReader {
  readonly #model: ClaimModel;
  readonly #quoted: QuotedClaims;
  readonly #plain: PlainSubjects;
  readonly #keep: (statement: Kept, event: TranscriptEvent) => void;
  #topic: Topic | null = null;
  /** The newest claim that may be taken back; null: what was said last asserts nothing. */
  #last: { claim: Claim; turn: number; asserted: boolean } | null = null;
  #message: TranscriptEvent | null = null;
  /** The claim that the sentences before it in the same message are about. */
  #about: Claim | null = null;

  constructor(
    model: ClaimModel,
    quoted: QuotedClaims,
    plain: PlainSubjects,
    keep: (statement: Kept, event: TranscriptEvent) => void,
  ) {
    this.#model = model;
    this.#quoted = quoted;
    this.#plain = plain;
    this.#keep = keep;
  }

  take(said: Said): void {
    if (said.event !== this.#message) [this.#message, this.#about] = [said.event, null];
    const own = this.#claimIn(said.core);
    if (own !== null) this.#about = own;
    const quoted = this.#quoted.in(said.text);
    if (said.event.kind === 'agent_text') {
      this.#ask(quoted, own !== null && own.values.length > 0 ? own : null, said);
      return;
    }
    switch (said.act) {
      case 'question':
      case 'report':
        this.#ask(quoted, own, said);
        break;
      case 'assertion':
      case 'change':
      case 'denial':
        this.#assert(said, own);
        break;
      case 'confirmation':
        this.#confirm(said, own);
        break;
      case 'standing':
        if (this.#last === null || (this.#topic !== null && this.#topic.said.turn > this.#last.turn))
          this.#confirm(said, own);
        else this.#withdraw(said, own);
        break;
      case 'withdrawal':
        this.#withdraw(said, own);
        break;
      case 'proposal':
      case 'request':
        if (own !== null) this.#last = { claim: own, turn: said.turn, asserted: false };
        break;
      case 'past':
        break;
    }
  }

  #ask(quoted: Claim | null, own: Claim | null, said: Said): void {
    const claim = quoted ?? own;
    if (claim !== null) this.#topic = { claim, quoted: quoted !== null, said };
  }

  #assert(said: Said, own: Claim | null): void {
    const { now, old } = contrastIn(said.core, (text) => this.#model.atomsIn(text));
    if (old.length > 0) {
      this.#assertOnly({ ...said, core: now }, this.#claimIn(now), old);
      return;
    }
    this.#assertOnly(said, own, old);
  }

  #assertOnly(said: Said, own: Claim | null, old: readonly Atom[]): void {
    const plain = own === null ? this.#plainIn(said) : null;
    const claim = own ?? plain?.claim ?? this.#elliptic(said);
    if (claim === null) return;
    const isNews = said.act !== 'assertion' || said.announced || this.#answers(claim, said);
    this.#statement('value', claim, said, isNews, null, { old, quotes: plain?.of ?? null });
    this.#last = { claim, turn: said.turn, asserted: true };
  }

  /** Returns a claim about something without a name; only who says that it is news corrects that. */
  #plainIn(said: Said): { readonly claim: Claim; readonly of: Claim } | null {
    if (said.act === 'assertion' && !said.announced) return null;
    const found = this.#plain.in(said.core);
    const [claim, ...more] = found === null ? [] : this.#model.read(said.core);
    if (found === null || claim === undefined || more.length > 0) return null;
    if (claim.negated || claim.scope.length > 0) return null;
    return {
      claim: { ...claim, subject: found.phrase, values: this.#model.atomsIn(said.core) },
      of: found.claim,
    };
  }

  /** Whether the agent has just said something about the same. */
  #answers({ subject }: Claim, { turn }: Said): boolean {
    if (this.#topic === null) return false;
    const { claim, said } = this.#topic;
    return said.event.kind === 'agent_text' && claim.subject === subject && turn - said.turn <= 1;
  }

  /** Completes "It is 50 now" with what the message, or the question before it, is about. */
  #elliptic(said: Said): Claim | null {
    const recent =
      this.#topic !== null && said.turn - this.#topic.said.turn <= patience.short ? this.#topic.claim : null;
    const about = this.#about ?? (said.act === 'assertion' ? null : recent);
    if (about?.subject == null) return null;
    const [claim] = this.#model.read(`${about.subject}: ${said.core}`);
    if (claim?.subject !== about.subject || claim.values.length === 0) return null;
    return { ...claim, stems: [...new Set([...claim.stems, ...about.stems])], text: '' };
  }

  #confirm(said: Said, own: Claim | null): void {
    if (own !== null && own.values.length > 0) {
      this.#statement('confirmation', own, said, false);
      return;
    }
    const topic = this.#topic;
    if (topic === null) return;
    // "No. It stays what it was": what the agent believed is not what it was.
    if (opensWithNo.test(said.text) && !topic.quoted && topic.said.event.kind === 'agent_text') {
      this.#topic = null;
      return;
    }
    const away = said.turn - topic.said.turn;
    if (away <= (saysTrue(said.text) ? patience.answer : patience.nod)) {
      this.#statement('confirmation', topic.claim, said, false, topic);
      this.#topic = null;
    }
  }

  #withdraw(said: Said, own: Claim | null): void {
    if (own === null && (this.#last === null || said.turn - this.#last.turn > patience.regret)) return;
    const target = own ?? (this.#last?.asserted === true ? this.#last.claim : null);
    // What was proposed was never in force.
    if (own === null && this.#last !== null && !this.#last.asserted) this.#last = null;
    else if (target !== null) this.#statement('withdrawal', target, said, false);
  }

  #statement(
    kind: StatementKind,
    claim: Claim,
    said: Said,
    isChange: boolean,
    topic: Topic | null = null,
    { old, quotes }: Pick<Statement, 'old' | 'quotes'> = {
      old: [],
      quotes: topic?.quoted ? topic.claim : null,
    },
  ): void {
    if (claim.subject === null && quotes === null) return;
    const { subject, values, stems, scope, negated } = claim;
    this.#keep(
      {
        ...{ kind, by: 'user', subject: subject ?? '', values, stems, scope, negated, isChange, old, quotes },
        text: claim.text === '' ? '' : said.core,
        evidence: [said, ...(topic === null ? [] : [topic.said])].map(({ event, text }) =>
          eventEvidence(event, text, longestQuote),
        ),
      },
      said.event,
    );
  }

  #claimIn(core: string): Claim | null {
    const names = this.#model.namesIn(core);
    if (names.every((name) => this.#model.about(name).length === 0)) return null;
    const claims = this.#model.read(joined(core));
    const isKnown = ({ subject, named }: Claim): boolean =>
      subject !== null && (named || opensWith(core, subject)) && this.#model.about(subject).length > 0;
    return claims.find(isKnown) ?? null;
  }
}

/**
 * Whether a sentence begins with a name: a name that the store has in one place only may be a value there,
 * but a sentence is about what it begins with.
 */
const opensWith = (sentence: string, name: string): boolean =>
  ` ${nameKey(sentence)} `.replace(/^ (?:the|our) /, ' ').startsWith(` ${name} `);

const opensWithNo = /^\W*(?:no|nope|nah|wrong)\b/i;

/** Joins "Anything broken? Write to …" into one sentence. */
const joined = (text: string): string =>
  text.replace(/\?\s+(\p{L})/gu, (_, first: string) => `, ${first.toLowerCase()}`);

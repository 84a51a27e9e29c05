/** Reads the sessions once for all finders that ask what they say about the memories. */
import type { TranscriptEvent } from '../../../sessions/event.js';
import type { DreamInput, TranscriptSession } from '../../input.js';
import { Echoes } from '../../trust/echo.js';
import type { Claim } from '../claims/claim.js';
import type { ClaimModel } from '../claims/claim-model.js';
import { claimsOf } from '../claims/claims-of.js';
import type { Finder } from '../finder.js';
import { type CarriedOut, carriedOut, ProcedureIndex } from './carried-out.js';
import { CoOccurrence } from './co-occurrence.js';
import { conversationOf } from './conversation.js';
import { type Ending, EndingReader } from './endings.js';
import { LiveStatements } from './live-statements.js';
import { Mentions } from './mentions.js';
import { proceduresOf } from './procedure.js';
import { QuotedClaims } from './quoted-claims.js';
import { SaidStatements } from './said-statements.js';
import { type Stale, staleBy } from './stale.js';
import { type Verdicts, verdictsOn } from './standing.js';
import type { Statement } from './statement.js';
import { toolUsesOf } from './tool-use.js';

interface Reading {
  readonly model: ClaimModel;
  readonly mentions: Mentions;
  readonly said: SaidStatements;
  readonly live: LiveStatements;
  readonly endings: EndingReader;
  readonly procedures: ProcedureIndex;
}

export class EvidenceReading implements Finder {
  readonly name = 'what sessions say about the memories';
  readonly #statements: Statement[] = [];
  readonly #endings: Ending[] = [];
  readonly #carriedOut: CarriedOut[] = [];
  #reading: Reading | null = null;
  #verdicts: Verdicts | null = null;

  begin(input: DreamInput): void {
    const model = claimsOf(input);
    const echoes = new Echoes(input);
    const mentions = new Mentions(model.claims);
    this.#reading = {
      ...{
        model,
        said: new SaidStatements(model, new QuotedClaims(model.claims)),
        live: new LiveStatements(model, mentions, echoes),
      },
      mentions,
      endings: new EndingReader(model, mentions),
      procedures: new ProcedureIndex(input.memories.flatMap(proceduresOf)),
    };
  }

  observe({ lastTime }: TranscriptSession, events: readonly TranscriptEvent[]): void {
    const { said, live, endings, procedures } = this.#now;
    const time = (event: TranscriptEvent): string => event.time ?? lastTime ?? '';
    const uses = toolUsesOf(events);
    const conversation = conversationOf(events);
    this.#statements.push(...said.read(conversation, time), ...live.read(uses, time));
    this.#endings.push(...endings.said(conversation, time), ...endings.seen(uses, time));
    for (const procedure of procedures.candidates(uses)) {
      const done = carriedOut(procedure, uses, events);
      if (done !== null) this.#carriedOut.push(done);
    }
  }

  propose(): readonly [] {
    return [];
  }

  get model(): ClaimModel {
    return this.#now.model;
  }

  get carriedOut(): readonly CarriedOut[] {
    return this.#carriedOut;
  }

  get stale(): readonly Stale[] {
    return staleBy(this.#endings, this.model, this.#now.mentions);
  }

  verdicts(input: DreamInput): Verdicts {
    this.#verdicts ??= verdictsOn(
      this.#statements,
      { ...this.#now, coOccurrence: new CoOccurrence(this.model.claims) },
      recordedIn(input),
    );
    return this.#verdicts;
  }

  get #now(): Reading {
    return this.#reading!;
  }
}

/**
 * The day of a claim: a text without a date is of the day when its file was changed; a date later than now
 * says nothing.
 */
function recordedIn({ memories, now }: DreamInput): (claim: Claim) => string | null {
  const changed = new Map(memories.map(({ path, modified }) => [path, modified < now ? modified : null]));
  return ({ recorded, path }) => recorded ?? changed.get(path ?? '') ?? null;
}

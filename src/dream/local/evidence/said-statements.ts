/** Reads what users say of things that the store knows: corrections, answers, and what they take back. */
import type { TranscriptEvent } from '../../../sessions/event.js';
import type { ClaimModel } from '../claims/claim-model.js';
import type { Said } from './conversation.js';
import { ConversationReader } from './conversation-reader.js';
import { PlainSubjects } from './plain-subjects.js';
import type { QuotedClaims } from './quoted-claims.js';
import type { Statement } from './statement.js';

export class SaidStatements {
  readonly #model: ClaimModel;
  readonly #quoted: QuotedClaims;
  readonly #plain: PlainSubjects;

  constructor(model: ClaimModel, quoted: QuotedClaims) {
    this.#model = model;
    this.#plain = new PlainSubjects(model);
    this.#quoted = quoted;
  }

  read(said: readonly Said[], time: (event: TranscriptEvent) => string): Statement[] {
    const statements: Statement[] = [];
    const reader = new ConversationReader(this.#model, this.#quoted, this.#plain, (statement, event) =>
      statements.push({ ...statement, time: time(event), session: event.session }),
    );
    for (const each of said) reader.take(each);
    return statements;
  }
}

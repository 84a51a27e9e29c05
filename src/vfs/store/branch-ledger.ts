import type { ArgsOf, OperationName, ResultOf } from '../operations/all.js';
import type { Moment } from './clock.js';
import type { Ledger } from './ledger.js';
import type { Origin } from './operation.js';
import type { Workspace } from './workspace.js';

/** The ledger of a store for what happens on one of its branches. */
export class BranchLedger {
  readonly #ledger: Ledger;
  readonly #workspace: Workspace;

  constructor(ledger: Ledger, workspace: Workspace) {
    this.#ledger = ledger;
    this.#workspace = workspace;
  }

  run<Name extends OperationName>(
    name: Name,
    origin: Origin,
    args: ArgsOf<Name>,
    payload?: Buffer,
  ): ResultOf<Name> {
    return this.#ledger.run(this.#workspace, name, origin, args, payload);
  }

  hasResult(origin: Pick<Origin, 'connection' | 'unique' | 'resent'>, name: OperationName): boolean {
    return this.#ledger.hasResult(origin, name);
  }

  now(): Moment {
    return this.#ledger.now();
  }

  /** Why mutations are refused, if they are. */
  get damaged(): string | null {
    return this.#ledger.damaged;
  }
}

import type { VerifyEvent } from '../../api/endpoints/history.js';
import { diffBody } from '../../api/render.js';
import type { SubjectHandlers } from '../../api/server/handlers.js';
import type { LogQuery } from '../../core/records.js';
import type { Stores } from '../stores/stores.js';
import type { ControlCaller } from './caller.js';
import { LogFollower } from './follow-log.js';
import type { ControlParts } from './parts.js';

export function historyHandlers({ stores }: ControlParts): SubjectHandlers<ControlCaller, 'history'> {
  return {
    log: (caller, { store, follow, ...query }) =>
      follow
        ? followed(stores, caller, store, withoutUndefined(query))
        : caller.log(store, withoutUndefined(query)),
    blame: (caller, { store, path, version }) => caller.view(store).blame(path, version),
    reads: (caller, { store, session }) => {
      caller.requireSelf(session, 'hear what another session has read');
      return caller.view(store).reads(session);
    },
    diff: (caller, { store, path, from, to }) => mapped(caller.view(store).diff(from, to, path), diffBody),
    verify: (_, { store }) => verified(stores, store),
  };
}

/** The records, and then each new one as soon as it is there, until the caller leaves. */
function followed(stores: Stores, caller: ControlCaller, reference: string, query: LogQuery): LogFollower {
  caller.view(reference);
  const store = stores.get(reference);
  const source = {
    // What the caller may see is asked anew for each page.
    log: (page: LogQuery) => caller.log(reference, page),
    head: () => store.seqOf(undefined),
    changed: (signal: AbortSignal) => store.changed(signal),
  };
  return new LogFollower(source, query);
}

async function* verified(stores: Stores, reference: string): AsyncGenerator<VerifyEvent> {
  // What a full disk does not take is not in the journal, which can be checked all the same.
  await stores.sync().catch(() => {});
  yield* stores.verify(reference);
}

const withoutUndefined = (query: { [K in keyof LogQuery]: LogQuery[K] | undefined }): LogQuery =>
  Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));

function* mapped<A, B>(values: Iterable<A>, change: (value: A) => B): Generator<B> {
  for (const value of values) yield change(value);
}

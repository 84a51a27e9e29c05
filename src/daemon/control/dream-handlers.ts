import type { SubjectHandlers } from '../../api/server/handlers.js';
import type { ControlCaller } from './caller.js';
import type { ControlParts } from './parts.js';

export function dreamHandlers({ dreams }: ControlParts): SubjectHandlers<ControlCaller, 'dreams'> {
  return {
    run: (caller, { store, agent, session, ...request }) =>
      dreams.run(store, request, caller.actor({ agent, session })),
    list: () => ({ dreams: dreams.list(null) }),
    listOf: (_, { store }) => ({ dreams: dreams.list(store) }),
    show: (_, { dream }) => dreams.show(dream),
    follow: (_, { dream }) => dreams.follow(dream),
    report: (_, { dream }) => ({ report: dreams.report(dream) }),
    diff: (_, { dream }) => dreams.diff(dream),
    apply: (caller, { dream, edits, except, ...asked }) =>
      dreams.apply(dream, { edits, except }, caller.actor(asked)),
    reject: (_, { dream, ...choice }) => dreams.reject(dream, choice),
    revert: (caller, { dream, ...asked }) => dreams.revert(dream, caller.actor(asked)),
    cancel: (_, { dream }) => dreams.cancel(dream),
  };
}

export function scheduleHandlers({ schedules }: ControlParts): SubjectHandlers<ControlCaller, 'schedules'> {
  return {
    list: () => ({ schedules: schedules.list() }),
    set: (_, { store, settings }) => schedules.set(store, settings),
    remove: (_, { store }) => {
      schedules.remove(store);
      return {};
    },
    pause: (_, { store, paused }) => ({ schedules: schedules.pause(store, paused) }),
  };
}

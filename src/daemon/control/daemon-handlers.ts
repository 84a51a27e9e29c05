import type { SubjectHandlers } from '../../api/server/handlers.js';
import type { ControlCaller } from './caller.js';
import type { ControlParts } from './parts.js';

export function daemonHandlers(parts: ControlParts): SubjectHandlers<ControlCaller, 'daemon'> {
  return {
    status: (caller) => {
      const stores = caller.stores();
      const waiting = parts.dreams.waiting().filter(({ store }) => stores.some(({ id }) => id === store));
      return {
        ...parts.facts(),
        session: caller.session,
        mounts: caller.mounts(),
        stores: stores.filter(({ archived }) => !archived),
        dreams: waiting.map(({ id, store, store_name, ended_at, counts }) => ({
          id,
          store,
          store_name,
          staged: counts.staged ?? 0,
          since: ended_at,
        })),
      };
    },
    restart: async (_, request) => {
      await parts.restart(request);
      return { restarting: request.id };
    },
    stop: () => ({ stopping: true, in_use: parts.stop() }),
  };
}

export function mountHandlers({
  mounts,
  dreams,
  stores,
}: ControlParts): SubjectHandlers<ControlCaller, 'mounts'> {
  return {
    list: (caller) => ({ mounts: caller.mounts() }),
    mount: async (caller, request) => {
      try {
        return await mounts.mount(request, caller.mountActor(request), caller.session === null);
      } catch (thrown) {
        throw stores.explained(request.store, thrown);
      }
    },
    unmount: async (caller, { path, lazy }) => {
      caller.requireOwnMount(path);
      const unmounted = await mounts.unmount(path, lazy, caller.session === null);
      dreams.unmounted();
      return { unmounted: path, ...unmounted };
    },
  };
}

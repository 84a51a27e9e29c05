import type { SubjectHandlers } from '../../api/server/handlers.js';
import { summaryOf } from '../catalog.js';
import type { ControlCaller } from './caller.js';
import type { ControlParts } from './parts.js';

export function storeHandlers(parts: ControlParts): SubjectHandlers<ControlCaller, 'stores'> {
  const { catalog, stores, files, limitBytes } = parts;
  return {
    list: (caller) => ({ stores: caller.stores() }),
    create: (_, { name, description }) => summaryOf(stores.create(name, description)),
    show: async (_, { store: reference }) => {
      const row = catalog.getStore(reference);
      const store = stores.get(row.id);
      const { head, memories, directories, versions, ...bytes } = store.statistics();
      const { redacted, pruned, ...space } = await stores.space(row.id);
      return {
        ...summaryOf(row),
        head,
        memories,
        directories,
        versions,
        content_bytes: bytes.contentBytes,
        disk_bytes: bytes.diskBytes,
        held_bytes: bytes.heldBytes,
        limit_bytes: limitBytes || null,
        damaged: store.damaged,
        trouble: store.trouble,
        space: { ...space, wal: bytes.walBytes },
        redacted,
        pruned,
        branches: [...store.branches()],
      };
    },
    file: (_, { store }) => files.file(store),
    archive: (_, { store, archived }) => files.archive(store, archived),
    delete: (_, { store, confirm }) => files.delete(store, confirm),
    fork: (_, { store, ...request }) => files.fork(store, request),
    snapshot: async (_, { store }) => {
      const { facts, chunks } = await files.snapshot(store);
      return { header: facts, chunks };
    },
    importSnapshot: (_, { store }, file) => files.importSnapshot(store, file),
    exportHistory: (_, { store }) => files.exportHistory(store),
    importHistory: (_, { store }, lines) => files.importHistory(store, lines),
  };
}

export function retentionHandlers({ files }: ControlParts): SubjectHandlers<ControlCaller, 'retention'> {
  return {
    show: (_, { store }) => files.retention(store),
    set: (_, { store, ...policy }) => files.setRetention(store, policy),
    prune: (caller, { store, ...asked }) => files.prune(store, caller.actor(asked)),
    wouldPrune: (_, { store, policy }) => files.wouldPrune(store, policy),
  };
}

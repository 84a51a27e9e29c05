import type { ImportResult } from '../../api/endpoints/memories.js';
import type { SubjectHandlers } from '../../api/server/handlers.js';
import { collectContent } from '../../api/server/request-body.js';
import { decodeTree, encodeTree } from '../../api/tree-stream.js';
import { MemfsError } from '../../core/errors.js';
import type { TreeEntry } from '../../core/trees.js';
import type { ControlCaller } from './caller.js';
import type { ControlParts } from './parts.js';
import { writable } from './writable.js';

/** Milliseconds between two turns of the loop that answers the kernel. */
const slice = 5;

const countOf = { file: 'files', directory: 'directories', symlink: 'symlinks', link: 'links' } as const;

export function memoryHandlers(parts: ControlParts): SubjectHandlers<ControlCaller, 'memories'> {
  const { stores, dreams, maxFileBytes } = parts;
  return {
    show: (caller, { store, path, version }) => {
      const { record, chunks } = caller.view(store).show(path, version);
      return { header: record, chunks };
    },
    write: async (caller, { store, path, if_match, ...asked }, body) => {
      const actor = caller.actor(asked);
      const content = await collectContent(body, maxFileBytes);
      return writable(parts, caller, store).write(path, content, actor, if_match);
    },
    restore: (caller, { store, path, version, ...asked }) => {
      const actor = caller.actor(asked);
      return writable(parts, caller, store).restore(path, version, actor);
    },
    redact: async (caller, { store, versions, ...asked }) => {
      const actor = caller.actor(asked);
      const redaction = await dreams.redact(stores.writable(store), versions, actor);
      const { records, conflicts, stillIn } = redaction;
      return { records: [...records], conflicts, still_in: [...stillIn] };
    },
    import: async (caller, { store, ...asked }, body) => {
      const actor = caller.actor(asked);
      writable(parts, caller, store);
      // A session is held to what it may write within a minute.
      const isUnlimited = caller.session === null;
      const result = await imported(decodeTree(body, maxFileBytes), (entry) => {
        // What the caller may do may be another thing by now.
        caller.actor(asked);
        writable(parts, caller, store).importEntry(entry, actor, isUnlimited);
      });
      await stores.get(store).sync();
      return result;
    },
    export: (caller, { store, at }) =>
      encodeTree(caller.view(store).exportEntries(at), (thrown) => stores.explained(store, thrown)),
  };
}

async function imported(
  entries: AsyncIterable<TreeEntry>,
  take: (entry: TreeEntry) => void,
): Promise<ImportResult> {
  const result: ImportResult = { files: 0, directories: 0, symlinks: 0, links: 0, bytes: 0 };
  let began = performance.now();
  for await (const entry of entries) {
    refuseClimbing(entry.path);
    take(entry);
    result[countOf[entry.kind]] += 1;
    if (entry.kind === 'file') result.bytes += entry.size;
    if (performance.now() - began > slice) {
      await new Promise(setImmediate);
      began = performance.now();
    }
  }
  return result;
}

function refuseClimbing(path: Buffer): void {
  const parts = path.toString('latin1').split('/');
  if (parts[0] !== '' || parts.includes('..') || path.includes(0))
    throw new MemfsError('invalid', `${path} is no path inside a store`);
}

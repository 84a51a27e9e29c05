import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { ExitCode, MemfsError } from '../../core/errors.js';
import { isId } from '../../core/ids.js';
import { quoted } from '../../core/quoted.js';
import { defineCommand } from '../command.js';
import type { Context } from '../context.js';
import { loadSalvage } from '../daemon.js';
import { clearWhenInterrupted } from '../interrupt.js';
import { readFileOf } from '../new-file.js';
import { NewStoreFile } from '../new-store.js';
import { bar, Progress } from '../progress.js';
import { SalvageBody } from '../salvage-body.js';
import { importHint, salvageText } from '../salvage-text.js';
import { storeFile } from '../store-file.js';
import { realLocation, resolveTarget } from '../target.js';
import { safe } from '../text.js';

export const storeSalvage = defineCommand({
  name: 'store salvage',
  summary:
    'make a new store of what a damaged one still holds, and name what is missing; exits 10 when something is',
  arguments: [
    {
      name: 'STORE',
      description: 'name or id, or the path of the file of a store or a snapshot; it is only read',
    },
    {
      name: 'OUT',
      description:
        'a new file (a path with "/", or a name that ends in .db) for store import --snapshot; else the name of a new store',
      optional: true,
    },
  ],
  options: [{ flags: '--check', description: 'only say what would be missing' }],
  input: z.object({ check: z.boolean().optional() }),
  output: SalvageBody,
  exits: ['notFound', 'conflict', 'permission', 'invalid', 'limit', 'difference'],
  async run(context, [reference, out], { check }) {
    if ((out === undefined) === (check !== true))
      throw new MemfsError('usage', 'where to? Give either OUT or --check', {
        hint: 'memfsd store salvage STORE ./salvaged.db',
      });
    const source = await sourceOf(context, reference!);
    if (!existsSync(source))
      throw new MemfsError('not_found', `the file of the store is missing: ${source}`, {
        hint: 'bring a backup back: memfsd store import NAME --snapshot FILE',
      });
    const isFile = out !== undefined && /\/|\.db$/.test(out);
    // The daemon removes what it finds half made when it starts.
    if (out !== undefined && !isFile) await context.daemon();
    const draft = isFile
      ? out
      : out === undefined
        ? join(tmpdir(), 'memfsd-salvage')
        : join(context.data, 'stores', 'salvage');
    const file = new NewStoreFile(context.around.cwd, draft);
    const release = clearWhenInterrupted(context.around, () => file.clear());
    try {
      const found = await salvaged(context, source, file.draft);
      const body = { source, file: null, imported: null, ...found };
      const result = isFile ? keep(body, file) : await imported(context, body, file, out);
      context.print(result, () => salvageText(result, nextOf(result)));
      return result.missing.length === 0 ? ExitCode.done : ExitCode.difference;
    } finally {
      release();
      file.clear();
    }
  },
});

type Found = Omit<SalvageBody, 'source' | 'file' | 'imported'>;

async function salvaged(context: Context, source: string, draft: string): Promise<Found> {
  const progress = new Progress(context.around.stderr, !context.json);
  const { salvage } = await loadSalvage();
  try {
    for await (const event of salvage(source, draft)) {
      if ('result' in event) return event.result as Found;
      const { done, total } = event.progress;
      progress.show(() => `reading ${bar(Math.round(done), total)}`);
    }
  } finally {
    progress.clear();
  }
  throw new MemfsError('internal', 'the salvage ended without a result');
}

function keep(body: SalvageBody, file: NewStoreFile): SalvageBody {
  file.keep();
  return { ...body, file: file.path };
}

async function imported(
  context: Context,
  body: SalvageBody,
  file: NewStoreFile,
  name: string | undefined,
): Promise<SalvageBody> {
  if (name === undefined) return body;
  const client = await context.daemon();
  const store = await client.stores.importSnapshot(
    { store: name },
    readFileOf('/', file.draft, () => {}),
  );
  return { ...body, imported: store };
}

function nextOf({ file, imported: store }: SalvageBody): string {
  if (file !== null) return `written to ${safe(file)}, which verifies\n${importHint(file)}`;
  if (store === null) return '';
  return `the new store is ${safe(store.name)} (${store.id}), and verifies\nnext: memfsd mount ${quoted(store.name)} DIR`;
}

/** The file that is meant. One of this data directory is asked for: not everybody may read all of a store. */
async function sourceOf(context: Context, reference: string): Promise<string> {
  const { cwd } = context.around;
  const path = storeFile(cwd, reference);
  if (path !== null) {
    const id = basename(path, '.db');
    if (dirname(path) !== realLocation(join(context.data, 'stores')) || !isId('store', id)) return path;
    return (await (await context.daemon()).stores.file({ store: id })).path;
  }
  const client = await context.daemon();
  const { store } = await resolveTarget(client, cwd, reference, undefined);
  return (await client.stores.file({ store })).path;
}

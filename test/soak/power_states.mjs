/**
 * Opens data directories as the daemon would, without mounts: a path for each line of standard input, what was found as a
 * line of JSON.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const program = (path) => import(new URL(`../../dist/${path}`, import.meta.url).href);
const { Catalog } = await program('daemon/catalog.js');
const { defaults } = await program('daemon/config.js');
const { verifyStore } = await program('journal/verify.js');
const { openStore } = await program('vfs/store/open-store.js');

const { max_file_bytes: maxFileBytes, unversioned } = defaults();

function treeOf(view) {
  const tree = {};
  for (const { path, kind, chunks } of view.exportEntries()) {
    if (kind !== 'file') continue;
    const hash = createHash('sha256');
    for (const chunk of chunks) hash.update(chunk);
    tree[path.toString()] = hash.digest('hex');
  }
  return tree;
}

async function lookAt(path) {
  const found = { tree: null, branches: {}, problem: null };
  try {
    const store = openStore(path, { maxFileBytes, unversioned });
    try {
      store.retainConnections(new Set());
      found.problem = store.damaged;
      found.tree = treeOf(store);
      for (const { name } of store.branches()) found.branches[name] = treeOf(store.branch(name));
      // It takes writes again.
      await store.sync();
    } finally {
      store.close();
    }
    found.problem ??= verifyStore(path).firstBad?.problem ?? null;
  } catch (error) {
    found.problem = `it does not open: ${error.stack}`;
  }
  return found;
}

async function examine(data) {
  const result = { stores: {}, mounts: [], files: [] };
  if (!existsSync(join(data, 'catalog.db'))) return result;
  const catalog = new Catalog(join(data, 'catalog.db'));
  try {
    for (const { id, name, archived } of catalog.listStores())
      result.stores[name] = { id, archived, ...(await lookAt(join(data, 'stores', `${id}.db`))) };
    result.mounts = catalog.listMounts().map(({ path }) => path);
  } finally {
    catalog.close();
  }
  result.files = readdirSync(join(data, 'stores'));
  return result;
}

for await (const line of createInterface({ input: process.stdin })) {
  const { data } = JSON.parse(line);
  let result;
  try {
    result = await examine(data);
  } catch (error) {
    result = { failed: error.stack };
  }
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

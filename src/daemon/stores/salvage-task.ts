/** Salvages a store as a task of a worker: reads, lets the spool be carried out, makes one file at rest of it, verifies. */
import { closeSync, existsSync, fsyncSync, openSync, rmSync, statSync } from 'node:fs';
import { MemfsError } from '../../core/errors.js';
import { openDatabase } from '../../journal/database.js';
import { StoreMeta } from '../../journal/meta.js';
import { copyRegular, requireRegular } from '../../journal/regular-file.js';
import type { Missing } from '../../journal/salvage/loss.js';
import { type SalvageReport, salvageStore } from '../../journal/salvage/salvage.js';
import { type SpoolState, spoolState } from '../../journal/salvage/spool-state.js';
import { SpoolGeneration } from '../../journal/spool/spool-generation.js';
import { compact, settle } from '../../journal/transfer/copy.js';
import { verifyStore } from '../../journal/verify.js';
import { openStore } from '../../vfs/store/open-store.js';
import { spoolPath } from '../../vfs/store/workspace.js';
import { defaults } from '../config.js';

export interface SalvageArgs {
  /** The damaged database; its WAL and its spool lie beside it. */
  readonly source: string;
  /** The new one; must not exist. */
  readonly target: string;
  readonly nowMs: number;
}

export interface Salvaged extends Omit<SalvageReport, 'can_go_on' | 'had_removed'> {
  /** Of the new store. */
  readonly store: string;
  readonly verified: {
    readonly records: number;
    readonly versions: number;
    readonly contents: number;
    readonly head: number;
    readonly chain: string;
  };
}

/** A store that is written to is read again so often. */
const attempts = 3;

/** Throws `invalid` for what is no store, `busy` for one that does not hold still. The source is only read. */
export function salvageTask(args: SalvageArgs, onProgress: (done: number, total: number) => void): Salvaged {
  requireRegular(filesOf(args.source));
  for (let attempt = 1; ; attempt++) {
    const before = stateOf(args.source);
    const result = salvageOnce(args, onProgress);
    if (before === stateOf(args.source)) return result;
    removeStore(args.target);
    if (attempt === attempts)
      throw new MemfsError('busy', `${args.source} is being written to`, {
        hint: 'unmount the store, or memfsd stop and give the path of its file',
      });
  }
}

const filesOf = (path: string): string[] => [path, `${path}-wal`, spoolPath(path)];

const stateOf = (path: string): string =>
  filesOf(path)
    .map((file) => statSync(file, { bigint: true, throwIfNoEntry: false }))
    .map((facts) => (facts === undefined ? '-' : `${facts.size}:${facts.mtimeNs}`))
    .join(' ');

function removeStore(path: string): void {
  for (const file of [...filesOf(path), `${path}-shm`, `${path}-journal`]) rmSync(file, { force: true });
}

function salvageOnce(args: SalvageArgs, onProgress: (done: number, total: number) => void): Salvaged {
  const { source, target, nowMs } = args;
  const read = (): SalvageReport => {
    closeSync(openSync(target, 'wx', 0o600));
    return salvageStore(source, target, { nowMs, onProgress });
  };
  let report = read();
  const spool = spoolBeside(source, target);
  let lostWrites = writesLost(spool, report);
  if (report.can_go_on && !goOn(target)) {
    removeStore(target);
    report = read();
    lostWrites = allWrites(spool, 'they do not fit what the database holds');
  }
  rmSync(spoolPath(target), { force: true });
  const { id } = settle(target, null);
  if (report.had_removed) compact(target);
  const { ok, firstBad, records, versions, contents, head, chain } = verifyStore(target);
  if (!ok)
    throw new MemfsError('corrupt', `what was salvaged does not verify: ${firstBad?.problem}`, {
      hint: 'this is an error of memfsd: please keep the damaged file, and report it',
    });
  syncFile(target);
  const { can_go_on: _, had_removed: __, ...facts } = report;
  return {
    ...facts,
    missing: [...facts.missing, ...lostWrites],
    store: id,
    verified: { records, versions, contents, head, chain },
  };
}

/** Copies the spool to the new database: what of it that one has not committed. */
function spoolBeside(source: string, target: string): SpoolState & { readonly isLater: boolean } {
  const copy = spoolPath(target);
  if (existsSync(spoolPath(source))) copyRegular(spoolPath(source), copy);
  const database = openDatabase(target);
  try {
    const state = spoolState(copy, new SpoolGeneration(database));
    // Closing a store empties its spool and takes its log away; a killed engine leaves both.
    const lacksLog = !existsSync(`${source}-wal`);
    return { ...state, isLater: !state.isOurs && state.operations.length > 0 && lacksLog };
  } finally {
    database.close();
  }
}

/** Carries out what the spool holds, and ends what was open as after a crash. Whether that went well. */
function goOn(target: string): boolean {
  try {
    const store = openStore(target, configurationOf(target));
    store.retainConnections(new Set());
    store.close();
    return verifyStore(target).ok;
  } catch {
    return false;
  }
}

/** The configuration that the store ran under last. */
function configurationOf(path: string): Parameters<typeof openStore>[1] {
  const { max_file_bytes: maxFileBytes, unversioned } = defaults();
  const database = openDatabase(path);
  try {
    const json = new StoreMeta(database).configuration;
    return { maxFileBytes, unversioned, ...(json === null ? {} : (JSON.parse(json) as object)) };
  } finally {
    database.close();
  }
}

/** Changes that were acknowledged, by the spool, and that nobody will carry out. */
function writesLost(spool: ReturnType<typeof spoolBeside>, { can_go_on: canGoOn }: SalvageReport): Missing[] {
  const { isOurs, isLater, operations: found, isBroken } = spool;
  if (isLater)
    return allWrites(spool, 'the database is of another moment than the spool: its -wal is missing');
  if (!isOurs || (found.length === 0 && !isBroken)) return [];
  if (!canGoOn) return allWrites(spool, 'the state that they go on from is not there');
  if (!isBroken) return [];
  const what = `what was done last, behind ${found.length} operations that were carried out`;
  return [{ kind: 'writes', what, why: 'a frame of the spool cannot be read' }];
}

const allWrites = ({ operations: found }: SpoolState, why: string): Missing[] => [
  {
    kind: 'writes',
    what: `what was done last: ${found.length} operations in the spool${namesOf(found)}`,
    why,
  },
];

function namesOf(found: readonly string[]): string {
  const names = [...new Set(found)].slice(0, 8);
  return names.length === 0 ? '' : ` (${names.join(', ')})`;
}

function syncFile(path: string): void {
  const descriptor = openSync(path, 'r+');
  fsyncSync(descriptor);
  closeSync(descriptor);
}

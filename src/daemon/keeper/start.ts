/** Starts a daemon that outlives its starter, and waits until it can be used. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type ControlClient, controlClient } from '../../api/client/client.js';
import { silent } from '../../api/client/connection.js';
import { askKeeper } from '../../api/client/keeper.js';
import type { Status } from '../../api/endpoints/daemon.js';
import { asMemfsError, type ErrorCode, errorCodes, MemfsError } from '../../core/errors.js';
import { logFile } from '../config.js';
import { findDataDirectory, prepareDataDirectory } from '../directory/data-directory.js';
import { holderOf, LockFile } from '../directory/lock-file.js';
import { openLog } from '../log/log.js';
import { rotateLog } from '../log/rotate-log.js';
import { version } from '../version.js';
import { holdingOf, keeperLock, refuseBesideOthers } from './keeper-lock.js';
import { programs } from './programs.js';

/** For a new daemon to get ready. */
const startLimit = 30_000;
/** For a keeper that is not just getting ready to answer anything at all. */
const silenceLimit = 5_000;
/** For a daemon that somebody else starts or ends at this moment. */
const othersLimit = 20_000;
const shownLines = 12;
/** Where the keeper finds the lock: after its standard input, output and error. */
const lockDescriptor = 3;

export interface Started {
  /** False: one ran already. */
  readonly started: boolean;
  readonly status: Status;
  /** Null: the keeper, busy or stuck, did not say. */
  readonly keeperVersion: string | null;
}

/** One does, of any number that start a daemon at the same time. */
export async function startDaemon(option: string): Promise<Started> {
  const start = Date.now();
  const client = controlClient(option, () => holdingOf(option));
  const running = findDataDirectory(option) === null ? null : await runningDaemon(option, client);
  if (running !== null) return running;
  const data = prepareDataDirectory(option);
  for (;;) {
    const lock = LockFile.take(keeperLock(data));
    if (lock !== null) return launch(data, client, lock);
    const waited = Date.now() - start;
    if (waited > othersLimit || (waited > silenceLimit && !(await isAlive(data))))
      throw silent(data, holdingOf(data));
    await delay(25);
    const started = await runningDaemon(data, client);
    if (started !== null) return started;
  }
}

/** Null: there is none that answers, or it is about to end. A stuck keeper is no obstacle while its engine works. */
async function runningDaemon(data: string, client: ControlClient): Promise<Started | null> {
  const [keeper, status] = await Promise.all([answered(askKeeper(data)), answered(client.daemon.status())]);
  if (keeper === null || keeper?.stopping || status === undefined) return null;
  return { started: false, status, keeperVersion: keeper?.version ?? null };
}

/** The keeper answers, or has not had the time to. */
const isAlive = async (data: string): Promise<boolean> =>
  holderOf(keeperLock(data))?.ready === false || Boolean(await answered(askKeeper(data)));

/** Undefined: no answer. */
async function answered<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (asMemfsError(error).code !== 'unreachable') throw error;
    return undefined;
  }
}

async function launch(data: string, client: ControlClient, lock: LockFile): Promise<Started> {
  let child: ReturnType<typeof spawn>;
  let before: number;
  try {
    await refuseBesideOthers(data);
    rotateLog(data);
    const log = openLog(data);
    before = statSync(logFile(data), { throwIfNoEntry: false })?.size ?? 0;
    child = spawn(programs.command, [programs.keeper, '--data', data, '--lock', String(lockDescriptor)], {
      detached: true,
      stdio: ['ignore', log, log, lock.descriptor],
      cwd: '/',
    });
    closeSync(log);
  } finally {
    // From here on the lock is the child's.
    lock.release();
  }
  let ended: number | null = null;
  child.once('exit', (code) => {
    ended = code ?? 1;
  });
  child.once('error', () => {
    ended = 1;
  });
  child.unref();
  for (const start = Date.now(); Date.now() - start < startLimit && ended === null; await delay(25)) {
    const status = await client.daemon.status().catch(unlessRefused);
    if (status !== null) return { started: true, status, keeperVersion: version };
  }
  throw failure(ended, data, before);
}

/** A daemon that refuses its starter is there all the same. */
function unlessRefused(thrown: unknown): null {
  if (asMemfsError(thrown).code === 'access_denied') throw thrown;
  return null;
}

interface LogLine {
  readonly time: string;
  readonly msg: string;
  readonly code?: string;
  readonly path?: string;
  readonly error?: string;
}

function failure(exit: number | null, data: string, from: number): MemfsError {
  const said = existsSync(logFile(data)) ? readFileSync(logFile(data)).subarray(from).toString() : '';
  const lines = said.trim().split('\n').slice(-shownLines);
  const what = exit === null ? `did not get ready within ${startLimit / 1000} s` : 'ended at once';
  const codes = lines.map((line) => parseLine(line)?.code);
  return new MemfsError(
    errorCodes.find((code: ErrorCode) => codes.includes(code)) ?? 'internal',
    `the daemon ${what}. Its log says:\n${lines.map(readable).join('\n')}`,
    { hint: `memfsd doctor; the whole log is ${logFile(data)}` },
  );
}

function readable(line: string): string {
  const parsed = parseLine(line);
  if (parsed === null) return `  ${line}`;
  const { time, msg, path, error } = parsed;
  return `  ${time} ${msg}${path === undefined ? '' : ` (${path})`}${error === undefined ? '' : `: ${error}`}`;
}

function parseLine(line: string): LogLine | null {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return null;
  }
}

/** Starts a daemon that outlives its starter, and waits until it can be used. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { askKeeper, ControlClient } from '../api/client.js';
import type { Status } from '../api/protocol.js';
import { type ErrorCode, errorCodes, MemfsError } from '../core/errors.js';
import { logFile, prepareDataDirectory } from './config.js';
import { openLog } from './log.js';
import { rotateLog } from './rotate-log.js';

const startLimit = 10_000;
const shownLines = 12;

const keeperProgram = fileURLToPath(new URL('./keeper-main.js', import.meta.url));

/** `started` is false when one ran already. */
export async function startDaemon(option: string): Promise<{ started: boolean; status: Status }> {
  const data = prepareDataDirectory(option);
  const client = new ControlClient(data);
  if ((await askKeeper(data)) !== null) return { started: false, status: await client.status() };

  rotateLog(data);
  const log = openLog(data);
  const before = statSync(logFile(data), { throwIfNoEntry: false })?.size ?? 0;
  const child = spawn(process.execPath, [keeperProgram, '--data', data], {
    detached: true,
    stdio: ['ignore', log, log],
    cwd: '/',
  });
  closeSync(log);
  let ended: number | null = null;
  child.once('exit', (code) => {
    ended = code ?? 1;
  });
  child.unref();
  for (const start = Date.now(); Date.now() - start < startLimit; await delay(25)) {
    // Another starter may have been faster: then its daemon is the one.
    const status = await client.status().catch(() => null);
    if (status !== null) return { started: status.keeper.pid === child.pid, status };
    if (ended !== null && (await askKeeper(data).catch(() => null)) === null) break;
  }
  throw failure(ended, data, before);
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

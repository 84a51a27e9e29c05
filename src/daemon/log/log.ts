/** The daemon's log: a private file of JSON lines. Never contents, never secrets. */
import { constants, openSync } from 'node:fs';
import { type Logger, pino } from 'pino';
import { asMemfsError, mayPass } from '../../core/errors.js';
import { type Config, logFile } from '../config.js';

/** Bytes of lines that wait while the disk is full; beyond that, lines are lost. */
const longestWait = 1 << 20;

/**
 * To append to. Throws rather than follow a symbolic link. A disk on which the file cannot even be made takes no lines, and
 * keeps nobody from working.
 */
export function openLog(data: string): number {
  const { O_WRONLY, O_CREAT, O_APPEND, O_NOFOLLOW } = constants;
  try {
    return openSync(logFile(data), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0o600);
  } catch (error) {
    if (!mayPass(asMemfsError(error))) throw error;
    return openSync('/dev/null', O_WRONLY);
  }
}

/** In the foreground the log goes to standard error and not to the file. */
export function createLog(
  data: string,
  level: Config['log_level'],
  part: 'keeper' | 'engine',
  foreground: boolean,
): Logger {
  const options = { level, base: { part, pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime };
  const dest = foreground ? 2 : openLog(data);
  const stream = pino.destination({ dest, sync: true, maxLength: longestWait });
  // A full disk must not end the daemon. What could not be written is tried again with the next line.
  stream.on('error', () => {});
  return pino(options, stream);
}

/** The daemon's log: a private file of JSON lines. Never contents, never secrets. */
import { constants, openSync } from 'node:fs';
import { type Logger, pino } from 'pino';
import { type Config, logFile } from './config.js';

/** Throws rather than follow a symbolic link. */
export function openLog(data: string): number {
  const { O_WRONLY, O_CREAT, O_APPEND, O_NOFOLLOW } = constants;
  return openSync(logFile(data), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0o600);
}

/** In the foreground the log goes to standard error and not to the file. */
export function createLog(
  data: string,
  level: Config['log_level'],
  part: 'keeper' | 'engine',
  foreground: boolean,
): Logger {
  const destination = { dest: foreground ? 2 : openLog(data) };
  const options = { level, base: { part, pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime };
  const stream = pino.destination({ ...destination, sync: true });
  // A full disk must not end the daemon.
  stream.on('error', () => {});
  return pino(options, stream);
}

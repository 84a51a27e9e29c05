/** The daemon's log: a private file of JSON lines. Never contents, never secrets. */
import { type Logger, pino } from 'pino';
import { type Config, logFile } from './config.js';

/** In the foreground the log goes to standard error and not to the file. */
export function createLog(
  data: string,
  level: Config['log_level'],
  part: 'keeper' | 'engine',
  foreground: boolean,
): Logger {
  const destination = foreground ? { dest: 2 } : { dest: logFile(data), mode: 0o600, append: true };
  const options = { level, base: { part, pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime };
  const stream = pino.destination({ ...destination, sync: true });
  // A full disk must not end the daemon.
  stream.on('error', () => {});
  return pino(options, stream);
}

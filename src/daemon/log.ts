/** The daemon's log: a private file of JSON lines. Never contents, never secrets. */
import { renameSync, statSync } from 'node:fs';
import { type Logger, pino } from 'pino';
import { type Config, logFile } from './config.js';

/** Beyond this a new daemon begins a new file; one old file is kept. */
const rotatedBytes = 8 << 20;

/** Before a daemon starts: nobody has the file open. */
export function rotateLog(data: string): void {
  const file = logFile(data);
  const bytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (bytes > rotatedBytes) renameSync(file, `${file}.1`);
}

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

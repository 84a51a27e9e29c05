/** The process around the command line. */
import { ExitCode } from '../core/errors.js';
import { run } from './main.js';

const end = (): void => process.exit(ExitCode.interrupted);
let interrupted = end;
const onInterrupt = (): void => {
  const once = interrupted;
  interrupted = end;
  once();
};
process.on('SIGINT', onInterrupt);

// `memfsd log … | head` ends quietly.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(ExitCode.done);
    if (stream === process.stdout)
      process.stderr.write(`memfsd: the output cannot be written: ${error.message}\n`);
    process.exit(ExitCode.internal);
  });

process.exitCode = await run(process.argv.slice(2), {
  // Not before it is asked for: the first look makes a pipe non-blocking, for all who share it.
  get stdin() {
    return process.stdin;
  },
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  cwd: process.cwd(),
  onInterrupt: (handler) => {
    interrupted = handler;
    return () => {
      interrupted = end;
    };
  },
  holdSignals: (signals, handler) => {
    for (const signal of signals) process.on(signal, handler);
    process.off('SIGINT', onInterrupt);
    return () => {
      process.on('SIGINT', onInterrupt);
      for (const signal of signals) process.off(signal, handler);
    };
  },
});

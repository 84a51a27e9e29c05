/** The process around the command line. */
import { ExitCode } from '../core/errors.js';
import type { InterruptHandler } from './context.js';
import { statusAfter } from './interrupt.js';
import { run } from './main.js';

const end: InterruptHandler = (signal) => process.exit(statusAfter(signal));
/** They end this process by themselves, unless somebody has something to do before. */
const others = ['SIGTERM', 'SIGHUP'] as const;
let interrupted = end;
const onInterrupt: InterruptHandler = (signal) => {
  const once = interrupted;
  interrupted = end;
  once(signal);
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
    for (const signal of others) process.on(signal, onInterrupt);
    return () => {
      interrupted = end;
      for (const signal of others) process.off(signal, onInterrupt);
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

/** The process around the command line. */
import { ExitCode } from '../core/errors.js';
import { run } from './main.js';

const end = (): void => process.exit(ExitCode.interrupted);
let interrupted = end;
process.on('SIGINT', () => {
  const once = interrupted;
  interrupted = end;
  once();
});

// `memfsd log … | head` ends quietly.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(ExitCode.done);
    throw error;
  });

process.exitCode = await run(process.argv.slice(2), {
  stdin: process.stdin,
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
});

import { PassThrough } from 'node:stream';
import { run } from '../../../src/cli/main.js';

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command line in this process; the data directory is one that does not exist. */
export async function cli(argv: readonly string[], cwd = '/'): Promise<Outcome> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const environment = { MEMFSD_HOME: '/nonexistent/memfsd' };
  const code = await run(argv, { stdin, stdout, stderr, environment, cwd });
  const text = (stream: PassThrough): string => String(stream.read() ?? '');
  return { code, out: text(stdout), err: text(stderr) };
}

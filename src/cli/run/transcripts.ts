/** The transcript of what ran: what was named, or what Claude Code wrote meanwhile. */
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readMountInfo } from '../../api/mountinfo.js';
import { transcriptFiles } from '../../sessions/transcript-files.js';

/** File systems tell times in steps, in ms. */
const slack = 20;

/** What FILE and DIR name; of a directory what has changed since `start` (ms). Throws `not_found`. */
export async function namedTranscripts(cwd: string, name: string, start: number): Promise<string[]> {
  const files = await transcriptFiles(cwd, [name], readMountInfo());
  const isFile = files.length === 1 && (await stat(resolve(cwd, name)).catch(() => null))?.isFile() === true;
  if (isFile) return files.map(({ path }) => path);
  const found: string[] = [];
  for (const { path } of files) if ((await stat(path)).mtimeMs >= start - slack) found.push(path);
  return found;
}

export interface Written {
  readonly files: readonly string[];
  /** Several sessions ran here at the same time: whose they are cannot be told. */
  readonly ambiguous: boolean;
}

/**
 * Transcripts that Claude Code began since `start` (ms) for a session in `cwd`. One that is older goes on outside: it is
 * that of whoever called `memfsd run`.
 */
export async function writtenTranscripts(
  configuration: string,
  cwd: string,
  start: number,
): Promise<Written> {
  const directory = join(configuration, 'projects', cwd.replace(/[^A-Za-z0-9]/g, '-'));
  const begun: string[] = [];
  for (const name of existsSync(directory) ? await readdir(directory) : []) {
    if (!name.endsWith('.jsonl')) continue;
    const path = join(directory, name);
    const facts = await stat(path);
    if (facts.isFile() && facts.birthtimeMs >= start - slack) begun.push(path);
  }
  const [only] = begun;
  if (only === undefined || begun.length > 1) return { files: [], ambiguous: begun.length > 1 };
  return { files: [only, ...(await subagentsOf(only))], ambiguous: false };
}

async function subagentsOf(transcript: string): Promise<string[]> {
  const directory = join(transcript.replace(/\.jsonl$/, ''), 'subagents');
  if (!existsSync(directory)) return [];
  return (await transcriptFiles('/', [directory], readMountInfo())).map(({ path }) => path);
}

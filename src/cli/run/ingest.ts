/** Takes the transcript of what ran in. Whatever goes wrong there is said, and fails nothing. */
import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ControlClient } from '../../api/client/client.js';
import { readMountInfo } from '../../api/mountinfo.js';
import { asMemfsError } from '../../core/errors.js';
import { transcriptFiles } from '../../sessions/transcript-files.js';
import type { Context } from '../context.js';
import { ingestFile } from '../ingest-files.js';
import { safe } from '../text.js';
import { namedTranscripts, writtenTranscripts } from './transcripts.js';

export interface RanSession {
  readonly session: string;
  readonly agent: string;
  /** Ids of stores. */
  readonly stores: readonly string[];
  /** When COMMAND began, in ms. */
  readonly start: number;
  /** `--transcript` */
  readonly named: string | undefined;
  /** Its home, when it had one of its own. */
  readonly home: string | undefined;
}

export async function ingestWhatRan(context: Context, client: ControlClient, ran: RanSession): Promise<void> {
  try {
    const files = await filesOf(context, ran);
    for (const path of files)
      for (const store of ran.stores)
        await ingestFile(client, path, { store, agent: ran.agent, session: ran.session }, () => {});
  } catch (thrown) {
    context.note(`memfsd: the transcript was not taken in: ${safe(asMemfsError(thrown).message)}`);
  }
}

async function filesOf(context: Context, { named, home, start }: RanSession): Promise<readonly string[]> {
  const { cwd, environment } = context.around;
  if (named !== undefined) return namedTranscripts(cwd, named, start);
  const own = home === undefined ? [] : await below(join(home, '.claude', 'projects'));
  if (own.length > 0) return own;
  const { CLAUDE_CONFIG_DIR: configured } = environment;
  const { files, ambiguous } = await writtenTranscripts(configured || join(homedir(), '.claude'), cwd, start);
  if (ambiguous)
    context.note(
      'memfsd: several transcripts were begun here meanwhile, and none was taken in: name it with --transcript',
    );
  return files;
}

/** A private home holds what ran here and nothing else. */
async function below(directory: string): Promise<string[]> {
  const isThere = await stat(directory).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
  if (!isThere) return [];
  return (await transcriptFiles('/', [directory], readMountInfo())).map(({ path }) => path);
}

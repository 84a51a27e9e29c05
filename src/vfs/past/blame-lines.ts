import { refusal } from '../../core/errors.js';
import type { ScopeMatcher } from '../../core/scope.js';
import type { BlameLine, VersionSelector } from '../../core/versions.js';
import type { Authorship, History } from '../../journal/records/history.js';
import { showsRecord } from '../scope/visible-records.js';
import type { Blame } from './blame.js';
import type { StoreReader } from './store-reader.js';

export interface BlameParts {
  readonly reader: StoreReader;
  readonly history: History;
  readonly blame: Blame;
  readonly matcher: ScopeMatcher;
}

/** Stands for who made a version where the scope does not reach. */
const hidden = { agent: '-', session: '-' };

/** Where each line of a memory comes from, as the API says it. */
export async function blameLines(
  { reader, history, blame, matcher }: BlameParts,
  path: string,
  version: VersionSelector,
): Promise<BlameLine[]> {
  const { memory, seq } = reader.state(path, version);
  if (memory === null) throw refusal('invalid', `${path} is not a memory`);
  const lines = await blame.lines(memory, seq);
  const authors = new Map<number, Authorship>();
  for (const line of lines) if (!authors.has(line.seq)) authors.set(line.seq, history.authorship(line.seq)!);
  return lines.map((line, index) => {
    const author = authors.get(line.seq)!;
    const { agent, session } = showsRecord(matcher, author) ? author : hidden;
    return {
      line: index + 1,
      seq: line.seq,
      version: reader.versionOf(line.seq),
      agent,
      session,
      time: new Date(author.time_ms).toISOString(),
      claimed: author.claimed === 1,
      text: line.text.toString('utf8').replace(/\n$/, ''),
    };
  });
}

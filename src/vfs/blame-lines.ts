import { refusal } from '../core/errors.js';
import type { Blame } from './blame.js';
import type { BlameLine, VersionSelector } from './store.js';
import type { StoreReader } from './store-reader.js';

/** Where each line of a memory comes from, as the API says it. */
export async function blameLines(
  reader: StoreReader,
  blame: Blame,
  path: string,
  version: VersionSelector,
): Promise<BlameLine[]> {
  const { memory, seq } = reader.state(path, version);
  if (memory === null) throw refusal('invalid', `${path} is not a memory`);
  const lines = await blame.lines(memory, seq);
  const records = new Map(
    [...new Set(lines.map((line) => line.seq))].map((each) => [each, reader.bySeq(each)]),
  );
  return lines.map(({ seq: from, text }, index) => {
    const { agent, session, time, claimed } = records.get(from)!;
    const shown = text.toString('utf8').replace(/\n$/, '');
    return {
      line: index + 1,
      seq: from,
      version: reader.versionOf(from),
      agent,
      session,
      time,
      claimed,
      text: shown,
    };
  });
}

import { setTimeout as delay } from 'node:timers/promises';
import { MemfsError } from '../../core/errors.js';

/** Of a request that is refused. */
const longestDrain = 1024 * 1024;
const drainMs = 500;

/** The content of a memory. Throws `too_large` beyond `limit` bytes. */
export const collectContent = (body: AsyncIterable<Uint8Array>, limit: number): Promise<Buffer> =>
  collected(body, limit, `a memory holds at most ${limit} bytes`);

/** The whole body; throws `too_large` with this message beyond `limit` bytes. */
export async function collected(
  body: AsyncIterable<Uint8Array>,
  limit: number,
  tooLarge: string,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limit) throw new MemfsError('too_large', tooLarge);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * A client that still writes when the connection is closed hears of a broken pipe and not of the refusal. What is longer, or
 * takes longer to come, is given up.
 */
export async function drain(body: AsyncIterable<Uint8Array>): Promise<void> {
  // It may have been read already, or its client be gone.
  const read = collected(body, longestDrain, 'too much of it').catch(() => {});
  await Promise.race([read, delay(drainMs, undefined, { ref: false })]);
}

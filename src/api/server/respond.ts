/** Turns what a handler gives into a response: JSON, lines of it, or bytes. */
import type { Output } from '../endpoint.js';
import type { ErrorBody } from '../error-body.js';
import type { Pieces } from './handlers.js';

const batchSize = 64 * 1024;

/**
 * `failed`: how an error looks that comes when the response has begun. The first piece is made before the status line goes
 * out, so that a refusal still gets its own status.
 */
export async function respond(
  output: Output,
  reply: unknown,
  failed: (thrown: unknown) => ErrorBody,
): Promise<Response> {
  if (output.kind === 'json') return Response.json(reply);
  if (output.kind === 'lines') {
    const headers = { 'content-type': 'application/x-ndjson' };
    return new Response(await stream(reply as Pieces<unknown>, (thrown) => line(failed(thrown))), {
      headers,
    });
  }
  const headers = new Headers({ 'content-type': 'application/octet-stream' });
  let chunks = reply as Pieces<Uint8Array>;
  if (output.header !== undefined) {
    const { header, chunks: those } = reply as { header: unknown; chunks: Pieces<Uint8Array> };
    headers.set(output.header.name, Buffer.from(JSON.stringify(header)).toString('base64'));
    chunks = those;
  }
  const cutOff = (thrown: unknown): null => {
    failed(thrown);
    return null;
  };
  return new Response(await stream(chunks, cutOff), { headers });
}

const line = (value: unknown): Uint8Array => Buffer.from(`${JSON.stringify(value)}\n`);

/** `failed`: the last that is sent after an error; null: the stream breaks off. */
async function stream(
  values: Pieces<unknown>,
  failed: (thrown: unknown) => Uint8Array | null,
): Promise<ReadableStream<Uint8Array>> {
  const atOnce = Symbol.iterator in values;
  const pieces = atOnce ? values[Symbol.iterator]() : values[Symbol.asyncIterator]();
  let first: IteratorResult<unknown> | null = await pieces.next();

  /**
   * Short pieces that need no waiting go together; the loop answers the kernel between two batches. A piece that is
   * there never waits for the one after it. Null: there is no more.
   */
  const batch = async (): Promise<Uint8Array | null> => {
    const parts: Uint8Array[] = [];
    let size = 0;
    do {
      const { done, value }: IteratorResult<unknown> = first ?? (await pieces.next());
      first = null;
      if (done) break;
      const part = value instanceof Uint8Array ? value : line(value);
      parts.push(part);
      size += part.length;
    } while (atOnce && size < batchSize);
    if (parts.length === 0) return null;
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  };

  let left = false;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        await new Promise(setImmediate);
        const bytes = await batch();
        if (left) return;
        if (bytes === null) controller.close();
        else controller.enqueue(bytes);
      } catch (thrown) {
        if (left) return;
        const last = failed(thrown);
        if (last === null) return controller.error(thrown);
        controller.enqueue(last);
        controller.close();
      }
    },
    async cancel() {
      left = true;
      await pieces.return?.();
    },
  });
}

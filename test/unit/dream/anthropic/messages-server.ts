/** A server that speaks the Messages API on the wire: it answers from a script and keeps what it was asked. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** As it came. */
  readonly text: string;
  readonly body: AskedBody;
}

export interface Block {
  readonly type: string;
  readonly text?: string;
  readonly id?: string;
  readonly name?: string;
  readonly input?: unknown;
  readonly tool_use_id?: string;
  readonly content?: string;
  readonly is_error?: boolean;
  readonly cache_control?: { readonly type: string };
}

interface AskedBody {
  readonly model: string;
  readonly max_tokens: number;
  readonly stream: boolean;
  readonly system: readonly Block[];
  readonly tools: readonly {
    name: string;
    strict: boolean;
    input_schema: unknown;
    cache_control?: unknown;
  }[];
  readonly messages: readonly { role: string; content: readonly Block[] }[];
}

export type Reply = (response: ServerResponse, asked: Asked) => void;

export interface MessagesServer {
  readonly url: string;
  readonly asked: readonly Asked[];
  close(): Promise<void>;
}

/** One reply for each request, in their order; the last one for all that follow. */
export async function messagesServer(replies: readonly Reply[]): Promise<MessagesServer> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const body = JSON.parse(text) as AskedBody;
      asked.push({ path: request.url!, headers: request.headers, text, body });
      replies[Math.min(asked.length, replies.length) - 1]!(response, asked.at(-1)!);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(() => done()));
    },
  };
}

export interface Said {
  readonly text?: string;
  /** Name and input; a string is sent as it is. */
  readonly calls?: readonly (readonly [name: string, input: unknown])[];
  readonly stop?: string;
  readonly details?: unknown;
  readonly usage?: {
    readonly input?: number;
    readonly output?: number;
    readonly written?: number;
    readonly read?: number;
  };
}

let calls = 0;

/** The events of an answer, in the order and the shape in which the API sends them. */
function eventsOf({ text, calls: called = [], stop, details, usage = {} }: Said, model: string): unknown[] {
  const events: unknown[] = [
    {
      type: 'message_start',
      message: {
        id: 'msg_01',
        type: 'message',
        role: 'assistant',
        model,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: {
          input_tokens: usage.input ?? 10,
          cache_creation_input_tokens: usage.written ?? 0,
          cache_read_input_tokens: usage.read ?? 0,
          output_tokens: 1,
        },
      },
    },
    { type: 'ping' },
  ];
  const blocks: unknown[][] = [];
  if (text !== undefined)
    blocks.push([
      { type: 'text', text: '' },
      ...pieces(text).map((piece) => ({ type: 'text_delta', text: piece })),
    ]);
  for (const [name, input] of called) {
    calls += 1;
    const json = typeof input === 'string' ? input : JSON.stringify(input);
    blocks.push([
      { type: 'tool_use', id: `toolu_${calls}`, name, input: {} },
      ...['', ...pieces(json)].map((piece) => ({ type: 'input_json_delta', partial_json: piece })),
    ]);
  }
  for (const [index, [content_block, ...deltas]] of blocks.entries())
    events.push(
      { type: 'content_block_start', index, content_block },
      ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
      { type: 'content_block_stop', index },
    );
  const stop_reason = stop ?? (called.length > 0 ? 'tool_use' : 'end_turn');
  events.push(
    {
      type: 'message_delta',
      delta: {
        stop_reason,
        stop_sequence: null,
        ...(details === undefined ? {} : { stop_details: details }),
      },
      usage: { output_tokens: usage.output ?? 5 },
    },
    { type: 'message_stop' },
  );
  return events;
}

const pieces = (text: string): string[] => text.match(/[\s\S]{1,40}/g) ?? [];

const streamOf = (events: readonly unknown[]): string =>
  events
    .map((event) => `event: ${(event as { type: string }).type}\ndata: ${JSON.stringify(event)}\n\n`)
    .join('');

const begin = (response: ServerResponse): void => {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'request-id': 'req_01' });
};

/** A whole answer. */
export const say =
  (said: Said): Reply =>
  (response, { body }) => {
    begin(response);
    response.end(streamOf(eventsOf(said, body.model)));
  };

/** The first half of an answer; then the connection is closed in the middle of an event. */
export const breakOff =
  (said: Said): Reply =>
  (response, { body }) => {
    begin(response);
    const text = streamOf(eventsOf(said, body.model));
    response.write(text.slice(0, text.length / 2), () => response.destroy());
  };

/** The first half of an answer, and then nothing; `begun` is called once it is on its way. */
export const stall =
  (said: Said, begun: () => void): Reply =>
  (response, { body }) => {
    begin(response);
    const text = streamOf(eventsOf(said, body.model));
    response.write(text.slice(0, text.length / 2), () => begun());
  };

/** The beginning of an answer, then an error as an event. */
export const failWithin =
  (said: Said, type: string, message: string): Reply =>
  (response, { body }) => {
    begin(response);
    response.end(
      streamOf([...eventsOf(said, body.model).slice(0, 3), { type: 'error', error: { type, message } }]),
    );
  };

export const fail =
  (status: number, type: string, message: string, headers: Record<string, string> = {}): Reply =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', 'request-id': 'req_02', ...headers });
    response.end(JSON.stringify({ type: 'error', error: { type, message }, request_id: 'req_02' }));
  };

export const page =
  (status: number): Reply =>
  (response) => {
    response.writeHead(status, { 'content-type': 'text/html' });
    response.end('<html><body>Welcome</body></html>');
  };

/** What the last turn of a request says. */
export const lastTurn = ({ body }: Asked): readonly Block[] => body.messages.at(-1)!.content;

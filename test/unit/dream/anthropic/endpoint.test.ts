import { describe, expect, it, vi } from 'vitest';
import { dreamContext } from './dream-fixture.js';
import { breakOff, fail, failWithin, page, type Reply, say, stall } from './messages-server.js';
import { edit, finish, key, propose, stage } from './surroundings.js';

const on = stage();

/** The SDK waits so long, as it is told, instead of half a second and more. */
const soon = { 'retry-after-ms': '1' };
const overloaded = fail(529, 'overloaded_error', 'Overloaded', soon);
const limited = fail(429, 'rate_limit_error', 'This would exceed the limit', soon);

describe('an endpoint that turns requests away', () => {
  it('is asked again, as the SDK does', async () => {
    const { edits } = await on.dream([
      overloaded,
      limited,
      propose,
      fail(500, 'api_error', 'Oh', soon),
      finish,
    ]);
    expect(edits).toHaveLength(1);
    expect(on.server.asked).toHaveLength(5);
    expect(on.server.asked[2]!.headers['x-stainless-retry-count']).toBe('2');
  });

  it('is asked again when it says, in seconds', async () => {
    await on.dream([fail(429, 'rate_limit_error', 'Slow down', { 'retry-after': '0.01' }), finish]);
    expect(on.server.asked).toHaveLength(2);
  });

  it.each([
    [overloaded, 'busy', /is overloaded/],
    [limited, 'busy', /limits the rate: This would exceed the limit/],
    [fail(500, 'api_error', 'Internal server error', soon), 'unreachable', /failed: Internal server error/],
  ])('is given up after as many times as are allowed', async (reply, code, message) => {
    await expect(on.dream([propose, reply])).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
      hint: expect.stringContaining('try again later'),
    });
    // One turn, then one request and two more.
    expect(on.server.asked).toHaveLength(4);
  });

  it('says what was used until then', async () => {
    await expect(on.dream([propose, overloaded])).rejects.toThrow('10 input and 5 output tokens were used');
  });
});

describe('an answer that breaks off', () => {
  const half: Reply = breakOff({
    text: 'x'.repeat(2_000),
    calls: [['propose_edit', edit]],
    usage: { input: 100 },
  });

  it('is asked for again, from the last complete turn, and paid for', async () => {
    const { edits, usage } = await on.dream([propose, half, half, finish]);
    expect(edits).toHaveLength(1);
    expect(on.server.asked).toHaveLength(4);
    expect(on.server.asked[3]!.text).toBe(on.server.asked[1]!.text);
    expect(usage).toMatchObject({ input_tokens: 10 + 100 + 100 + 10, output_tokens: 5 + 1 + 1 + 5 });
  });

  it('is given up after the fourth time', async () => {
    await expect(on.dream([half])).rejects.toMatchObject({ code: 'unreachable' });
    expect(on.server.asked).toHaveLength(4);
  });

  it('may end with an event that says so', async () => {
    const within = failWithin({ text: 'x' }, 'overloaded_error', 'Overloaded');
    await on.dream([within, finish]);
    expect(on.server.asked).toHaveLength(2);
    await expect(on.dream([within])).rejects.toMatchObject({ code: 'busy' });
    await expect(on.dream([failWithin({ text: 'x' }, 'invalid_request_error', 'No')])).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('No'),
    });
    expect(on.server.asked).toHaveLength(1);
  });

  it('may end without its last event', async () => {
    const early: Reply = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(
        'event: message_start\ndata: {"type":"message_start","message":{"usage":{"input_tokens":1}}}\n\n',
      );
    };
    await on.dream([early, finish]);
    expect(on.server.asked).toHaveLength(2);
    await expect(on.dream([early])).rejects.toThrow('the answer broke off before its end');
  });
});

describe('an endpoint that will never do', () => {
  it.each([
    [
      fail(401, 'authentication_error', 'invalid bearer token'),
      'access_denied',
      /take the key/,
      /ANTHROPIC_API_KEY/,
    ],
    [fail(403, 'permission_error', 'no access'), 'access_denied', /test-model: no access/, /--model/],
    [fail(404, 'not_found_error', 'model: test-model'), 'not_found', /no model 'test-model'/, /--model/],
    [fail(400, 'invalid_request_error', 'prompt is too long'), 'invalid', /prompt is too long/, /context/],
    [fail(413, 'request_too_large', 'too large'), 'too_large', /too large/, /sessions/],
    [page(404), 'invalid', /does not speak the Messages API/, /base-url/],
    [page(200), 'invalid', /does not speak the Messages API/, /base-url/],
  ])('is asked once, and the error says what to do', async (reply, code, message, hint) => {
    await expect(on.dream([reply])).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
    expect(on.server.asked).toHaveLength(1);
  });

  it('is named when nothing listens there', async () => {
    await on.dream([finish]);
    const { url } = on.server;
    await on.server.close();
    await expect(on.dream([finish], { base_url: url, max_retries: 0 })).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining(new URL(url).host),
    });
  });

  it('is asked no more often than the SDK does when it takes no request', async () => {
    await expect(on.dream([(response) => response.destroy()], { max_retries: 1 })).rejects.toMatchObject({
      code: 'unreachable',
    });
    expect(on.server.asked).toHaveLength(2);
  });

  it('needs a key, and says which variable holds it', async () => {
    vi.stubEnv('ANTHROPIC_API_KEY', undefined);
    vi.stubEnv('ANTHROPIC_AUTH_TOKEN', undefined);
    vi.stubEnv('ANTHROPIC_CONFIG_DIR', '/nowhere');
    vi.stubEnv('HOME', '/nowhere');
    vi.stubEnv('XDG_CONFIG_HOME', '/nowhere');
    await expect(on.dream([finish])).rejects.toMatchObject({
      code: 'access_denied',
      hint: expect.stringContaining('ANTHROPIC_API_KEY'),
    });
    expect(on.server.asked).toEqual([]);
  });

  it('never has its key in an error', async () => {
    const error = await on
      .dream([fail(401, 'authentication_error', `bad ${key}`)])
      .catch((thrown: Error) => thrown);
    expect((error as Error).message).not.toContain(key);
  });
});

describe('a dream that is cancelled', () => {
  it('drops its answer in the middle', async () => {
    const context = dreamContext();
    const replies = [propose, stall({ text: 'x'.repeat(2_000) }, () => context.cancel())];
    await expect(on.dream(replies, { context })).rejects.toMatchObject({ code: 'interrupted' });
    expect(on.server.asked).toHaveLength(2);
    expect(context.states.at(-1)).toMatchObject({ edits: [{ n: 1 }] });
  });

  it('does not wait for the next attempt', async () => {
    const context = dreamContext();
    const busy: Reply = (response, asked) => {
      fail(529, 'overloaded_error', 'Overloaded', { 'retry-after': '600' })(response, asked);
      response.on('finish', () => context.cancel());
    };
    await expect(on.dream([busy], { context })).rejects.toMatchObject({ code: 'interrupted' });
  });

  it('sends nothing when it was cancelled before', async () => {
    const context = dreamContext();
    context.cancel();
    await expect(on.dream([say({ text: 'x' })], { context })).rejects.toMatchObject({ code: 'interrupted' });
    expect(on.server.asked).toEqual([]);
  });
});

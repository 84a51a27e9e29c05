import { describe, expect, it } from 'vitest';
import { uploadEstimate } from '../../../../src/dream/anthropic/options.js';
import { dreamContext, dreamInput, event, memory, options, session } from './dream-fixture.js';
import { type Asked, fail, type Reply, say, stall } from './messages-server.js';
import { edit, editOf, finish, propose, stage } from './surroundings.js';

const on = stage();

const overloaded = fail(529, 'overloaded_error', 'Overloaded');

/** As many tokens as the estimate of a request has at the most: three bytes each. */
const tokensOf = ({ text }: Asked): number => Math.ceil(Buffer.byteLength(text) / 3);

/** A session whose text takes so many bytes, in many events. */
const long = (id: string, bytes: number): ReturnType<typeof session> =>
  session(
    id,
    Array.from({ length: Math.ceil(bytes / 1_000) }, (_, n) =>
      event(id, n + 1, `${id} event ${n + 1}: ${'lorem ipsum '.repeat(82)}`),
    ),
  );

describe('consent', () => {
  it('is asked for before anything is sent', async () => {
    await expect(on.dream([finish], { allow_upload: false })).rejects.toMatchObject({
      code: 'not_permitted',
      message: expect.stringMatching(
        /\d+ bytes .* to 127\.0\.0\.1:\d+ \(test-model\), for at most 1000000 tokens/,
      ),
      hint: expect.stringContaining('--allow-upload'),
    });
    expect(on.server.asked).toEqual([]);
  });

  it('rests on what would be sent', () => {
    const token = `ghp_${'aB3dE5gH7jK9'.repeat(3)}`;
    const input = dreamInput({
      memories: [memory('/a.md', `é ${token}`)],
      sessions: [session('s1', [event('s1', 1, '12345')])],
    });
    const bytes = Buffer.byteLength('é [masked:github-token]12345');
    const { base_url, ...others } = options('https://models.example:8443/path');
    expect(uploadEstimate(input, { base_url, ...others })).toEqual({
      destination: 'models.example:8443',
      model: 'test-model',
      bytes,
      token_ceiling: 1_000_000,
    });
    expect(() => uploadEstimate(input, { ...others, base_url: 'models.example' })).toThrow(
      expect.objectContaining({ code: 'invalid' }),
    );
  });
});

describe('the token budget', () => {
  it('is told to the model before it is used up, and then ends the dream with what was proposed', async () => {
    const { edits, remarks, usage } = await on.dream(
      [
        say({ calls: [['propose_edit', edit]], usage: { input: 40_000, output: 10_000 } }),
        say({ calls: [['list_memories', {}]], usage: { input: 15_000, read: 10_000, output: 500 } }),
        say({ calls: [['list_memories', {}]], usage: { input: 20_000, output: 500 } }),
      ],
      { max_tokens_total: 100_000 },
    );
    const told = on.server.asked.map(({ text }) => text.includes('nearly used up'));
    expect(told).toEqual([false, false, true]);
    expect(usage!.input_tokens + usage!.output_tokens + usage!.cache_read_input_tokens).toBe(96_000);
    expect(edits).toHaveLength(1);
    expect(remarks).toEqual([expect.stringContaining('token budget of 100000 was used up')]);
  });

  it('limits the last answers', async () => {
    await on.dream([finish], { max_tokens_total: 20_000 });
    const [only] = on.server.asked;
    expect(only!.body.max_tokens).toBeLessThan(16_000);
    expect(only!.body.max_tokens + tokensOf(only!)).toBeLessThanOrEqual(20_000 + 100);
  });

  it('sends nothing where not even the beginning fits', async () => {
    const { remarks } = await on.dream([finish], { max_tokens_total: 2_000 });
    expect(on.server.asked).toEqual([]);
    expect(remarks).toHaveLength(1);
  });
});

describe('the time limit', () => {
  it('ends an answer that does not come', async () => {
    const { edits, remarks } = await on.dream([stall({ text: 'x'.repeat(2_000) }, () => {})], {
      time_limit_s: 0.05,
    });
    expect(edits).toEqual([]);
    expect(remarks).toEqual([expect.stringContaining('time limit of 0.05 s')]);
  });

  it('counts the runs before a crash, and keeps their edits', async () => {
    const context = dreamContext();
    await on.dream([propose, finish], { context });
    const saved = { ...(context.states[0] as object), elapsed_ms: 600_000 };
    const { edits, remarks } = await on.dream([finish], { context: dreamContext(saved) });
    expect(on.server.asked).toEqual([]);
    expect(edits).toHaveLength(1);
    expect(remarks).toEqual([expect.stringContaining('time limit of 600 s')]);
  });
});

describe('a dream whose engine died', () => {
  const read = say({ calls: [['read_memory', { path: '/a.md' }]], usage: { input: 100, output: 10 } });

  it('goes on from its last complete turn', async () => {
    const first = dreamContext();
    const interrupted = on.dream([read, propose, overloaded], { context: first, max_retries: 0 });
    await expect(interrupted).rejects.toMatchObject({ code: 'busy' });
    const refused = on.server.asked[2]!;
    // What is saved after the failure, or just before it: both go on in the same way.
    for (const state of [first.states.at(-1), first.states[1]]) {
      const { edits, usage } = await on.dream(
        [say({ calls: [['read_memory', { path: '/a.md' }]] }), finish],
        {
          context: dreamContext(state),
        },
      );
      expect(on.server.asked[0]!.text).toBe(refused.text);
      expect(on.results(1)[0]!.content).toContain('2| database: pg-new-1');
      expect(edits).toHaveLength(1);
      expect(usage!.input_tokens).toBe(100 + 10 + 10 + 10);
    }
  });

  it('begins again where the state is of another version', async () => {
    const { edits } = await on.dream([finish], { context: dreamContext({ format: 0 }) });
    expect(edits).toEqual([]);
    expect(on.server.asked[0]!.body.messages).toHaveLength(1);
  });

  it('does not repeat the rounds that were finished', async () => {
    const input = dreamInput({ sessions: [long('s1', 40_000), long('s2', 40_000)] });
    const first = dreamContext();
    const interrupted = on.dream([finish, overloaded], {
      context: first,
      input,
      max_retries: 0,
      context_tokens: 30_000,
    });
    await expect(interrupted).rejects.toMatchObject({ code: 'busy' });
    await on.dream([finish], { context: dreamContext(first.states.at(-1)), input, context_tokens: 30_000 });
    expect(on.results(0)[0]!.text).toContain('part 2 of 3');
    expect(on.server.asked).toHaveLength(2);
  });
});

describe('sessions that are too many for one conversation', () => {
  const input = dreamInput({ sessions: ['s1', 's2', 's3'].map((id) => long(id, 40_000)) });
  const closing = (notes: string): Reply => say({ calls: [['finish', { remarks: [], notes }]] });
  const opening = (at: number): string => on.server.asked[at]!.body.messages[0]!.content[0]!.text!;

  it('are read in rounds, and a last one sees all that was proposed', async () => {
    const context = dreamContext();
    const { edits } = await on.dream(
      [
        propose,
        closing('The CPU spikes at nine.'),
        closing('The alarm comes at ten.'),
        say({ calls: [['propose_edit', editOf('/b.md', 'pg-old-2')]] }),
        closing(''),
        say({ calls: [['list_edits', {}]] }),
        say({ calls: [['withdraw_edit', { edit: 2 }]] }),
        finish,
      ],
      { input: withEvidence(input), context, context_tokens: 30_000 },
    );
    expect(opening(0)).toMatch(/part 1 of 4[\s\S]*\n"s1"$/);
    expect(opening(2)).toMatch(/part 2 of 4; 1 edits[\s\S]*\n"s2"\n/);
    expect(opening(2)).toContain('The CPU spikes at nine.');
    expect(opening(3)).toMatch(/part 3 of 4[\s\S]*\n"s3"\n/);
    expect(opening(5)).toMatch(
      /last of 4 parts[\s\S]*2 edits[\s\S]*The CPU spikes at nine.\nThe alarm comes at ten./,
    );
    expect(on.results(6)[0]!.content).toMatch(/edit 1 · resolve_contradiction[\s\S]*edit 2/);
    expect(edits).toHaveLength(1);
    expect(context.told).toContainEqual(expect.stringMatching(/^3\/4 .* 2 edits$/));
  });

  it('share the budget, so that none is left out', async () => {
    const { remarks } = await on.dream(
      [say({ calls: [['list_memories', {}]], usage: { input: 30_000, output: 100 } })],
      { input, context_tokens: 30_000, max_tokens_total: 200_000 },
    );
    for (const part of [1, 2, 3])
      expect(on.server.asked.some(({ text }) => text.includes(`part ${part} of 4`))).toBe(true);
    expect(remarks).toContainEqual(expect.stringContaining('part 1 of 4'));
  });
});

/** The evidence of the edits of these tests, at the end of the first session. */
const withEvidence = (input: ReturnType<typeof dreamInput>): ReturnType<typeof dreamInput> => {
  const [first, ...others] = input.sessions;
  const events = [event('s1', 2, 'DATABASE_HOST=pg-new-1', { origin: 'tool_result' }), ...first!.events()];
  return { ...input, sessions: [session('s1', events), ...others] };
};

describe('a conversation that grows too long', () => {
  const largest = 30_000;

  it('drops old results, and keeps the last ones', async () => {
    const pages = Array.from({ length: 12 }, (_, n) =>
      say({ calls: [['read_transcript', { session: 's1', ...(n === 0 ? {} : { after: String(n * 10) }) }]] }),
    );
    await on.dream([...pages, finish], {
      input: dreamInput({ sessions: [long('s1', 200_000)] }),
      context_tokens: largest,
    });
    expect(on.server.asked).toHaveLength(13);
    for (const [at, asked] of on.server.asked.entries()) {
      expect(tokensOf(asked)).toBeLessThanOrEqual(largest);
      if (at > 0) expect(on.results(at)[0]!.content).toContain(`s1 event ${(at - 1) * 10 + 1}:`);
    }
    const { messages } = on.server.asked.at(-1)!.body;
    expect(messages[2]!.content[0]!.content).toBe(
      'Dropped to save room. Call the tool again if you need it.',
    );
    expect(messages[1]!.content[0]!.id).toBe(messages[2]!.content[0]!.tool_use_id);
  });

  it('answers no more calls of one turn than there is room for', async () => {
    const calls = Array.from(
      { length: 10 },
      (_, n) => ['read_transcript', { session: 's1', after: String(n + 1) }] as const,
    );
    await on.dream([say({ calls }), finish], {
      input: dreamInput({ sessions: [long('s1', 200_000)] }),
      context_tokens: largest,
    });
    expect(tokensOf(on.server.asked[1]!)).toBeLessThanOrEqual(largest);
    const failed = on.results(1).map(({ is_error = false }) => is_error);
    expect(failed).toHaveLength(10);
    expect(failed).toEqual([...failed].sort());
    expect(new Set(failed)).toEqual(new Set([false, true]));
  });

  it('begins again with what is proposed where nothing else helps', async () => {
    const wordy = say({ text: 'so much to say '.repeat(2_000), calls: [['list_edits', {}]] });
    await on.dream([propose, wordy, wordy, wordy, wordy, finish], { context_tokens: largest });
    for (const asked of on.server.asked) expect(tokensOf(asked)).toBeLessThanOrEqual(largest);
    const begun = on.server.asked.find(({ text }) => text.includes('had to be dropped'))!;
    expect(begun.body.messages).toHaveLength(1);
    expect(begun.body.messages[0]!.content[1]!.text).toContain('edit 1 · resolve_contradiction');
  });
});

import { openSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { type EngineEnd, EngineProcess } from '../../../../src/daemon/keeper/engine-process.js';

let engine: EngineProcess;

afterEach(() => {
  try {
    process.kill(engine.pid!, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
});

/** Starts a command as an engine; gives its end, or `silent`'s way to let it speak. */
function start(command: string, args: string[], heartbeatLimit = 60_000) {
  let speak = (_: string): void => {};
  const messages: string[] = [];
  const ended = new Promise<EngineEnd>((resolve) => {
    engine = new EngineProcess(
      {
        command,
        arguments: args,
        output: 'inherit',
        heartbeatLimit,
        standby: false,
        socketpair: () => [openSync('/dev/null', 'r'), openSync('/dev/null', 'r')],
        openSocket(_, onMessage) {
          speak = (text) => onMessage(Buffer.from(text), []);
          return { send: () => {}, close: () => {} };
        },
      },
      { message: ({ type }) => void messages.push(type), ended: resolve },
    );
  });
  return { ended, messages, speak: (text: string) => speak(text) };
}

it('tells the exit code', async () => {
  expect(await start('sh', ['-c', 'exit 6']).ended).toEqual({
    code: 6,
    reason: 'exit code 6',
    murdered: false,
  });
});

it('tells a crash from a kill by someone else', async () => {
  const killed = start('sleep', ['30']).ended;
  process.kill(engine.pid!, 'SIGKILL');
  expect(await killed).toMatchObject({ code: null, murdered: true });
  expect(await start('sh', ['-c', 'kill -SEGV $$']).ended).toMatchObject({ code: null, murdered: false });
});

it('sees the end of an engine whose corpse stays because a thread is stuck', async () => {
  // The leader ends alone: a zombie, and no exit event as long as the other thread lives.
  const program = `
import ctypes, threading, time
threading.Thread(target=time.sleep, args=(30,)).start()
ctypes.CDLL(None).pthread_exit(None)
`;
  const end = await start('python3', ['-c', program]).ended;
  expect(end).toEqual({ code: null, reason: 'found dead', murdered: true });
  expect(() => process.kill(engine.pid!, 0)).not.toThrow();
});

it('kills an engine that is silent for too long', async () => {
  const began = performance.now();
  const end = await start('sleep', ['30'], 500).ended;
  expect(end).toEqual({ code: null, reason: expect.stringContaining('silent for 500 ms'), murdered: false });
  expect(performance.now() - began).toBeGreaterThan(500);
});

it('lets an engine live that speaks', async () => {
  const { ended, speak, messages } = start('sleep', ['30'], 500);
  const voice = setInterval(() => speak('{"type":"beat"}'), 100);
  const first = await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 1_500, 'alive'))]);
  clearInterval(voice);
  expect(first).toBe('alive');
  expect(messages).toContain('beat');
});

it('overhears what it does not know', () => {
  const { speak, messages } = start('sleep', ['30']);
  for (const text of ['{"type":"of a newer engine"}', 'no JSON', '{"type":"ready"}']) speak(text);
  expect(messages).toEqual(['ready']);
});

import { closeSync, openSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { Successor } from '../../../../src/daemon/restart/successor.js';

let successor: Successor;
let say: (text: string) => void;
let sent: { message: { type: string }; descriptors: readonly number[] }[];
let closed: boolean;

afterEach(() => successor.abandon());

/** Starts a command as a successor; `say` lets it speak. */
function start(command: string, args: string[], limits = { load: 30_000, take: 30_000 }): void {
  sent = [];
  closed = false;
  successor = new Successor({
    command,
    arguments: args,
    output: 2,
    socketpair: () => [openSync('/dev/null', 'r'), openSync('/dev/null', 'r')],
    openSocket(descriptor, onMessage) {
      say = (text) => onMessage(Buffer.from(text), []);
      closeSync(descriptor);
      return {
        send: (bytes, descriptors) =>
          void sent.push({ message: JSON.parse(Buffer.from(bytes).toString()), descriptors }),
        close() {
          closed = true;
        },
      };
    },
    limits,
  });
}

const mount = { connection: 1, path: '/m', source: 's', id: 4, minor: 5, resend: null };
const estate = {
  restart: 'r1',
  mounts: [
    { mount, descriptor: 20, control: 21, waiting: ['AAAA', 'BBBB'] },
    { mount: { ...mount, connection: 2 }, descriptor: 22, control: null, waiting: [] },
  ],
  lock: 30,
  listener: 31,
};

describe('a successor', () => {
  it('is given mounts with their descriptors and calls, then all the rest', async () => {
    start('sleep', ['30']);
    say('{"type":"of a newer release"}');
    say('{"type":"loaded","version":"9","and":"more"}');
    await successor.loaded();
    const taken = successor.take(estate);
    expect(sent.map(({ message, descriptors }) => [message.type, ...descriptors])).toEqual([
      ['mount', 20, 21],
      ['waits'],
      ['waits'],
      ['mount', 22],
      ['take', 30, 31],
    ]);
    expect(sent[0]!.message).toEqual({ type: 'mount', mount });
    expect(sent[1]!.message).toEqual({ type: 'waits', connection: 1, request: 'AAAA' });
    say('no JSON');
    say('{"type":"taken"}');
    await taken;
    await successor.outlasts(50);
    await successor.abandon();
    expect(closed).toBe(true);
  });

  it.each([
    ['that is not there', '/nowhere/node', [], /cannot be started.*ENOENT/],
    ['that ends', 'sh', ['-c', 'exit 5'], /ended with exit code 5/],
    ['that is killed', 'sh', ['-c', 'kill -9 $$'], /ended with SIGKILL/],
  ])('%s is known to be gone, whatever it is waited for', async (_, command, args, reason) => {
    start(command, args);
    await expect(successor.loaded()).rejects.toThrow(reason);
    await expect(successor.take(estate)).rejects.toThrow(reason);
    await expect(successor.outlasts(10_000)).rejects.toThrow(reason);
  });

  it('says itself why it failed', async () => {
    start('sh', ['-c', 'exit 5']);
    say('{"type":"failed","code":"unsupported","message":"not this Node","hint":"another"}');
    await expect(successor.loaded()).rejects.toMatchObject({
      code: 'unsupported',
      message: 'not this Node',
      hint: 'another',
    });
    start('sleep', ['30']);
    say('{"type":"failed","code":"of a newer release","message":"no","hint":null}');
    await expect(successor.loaded()).rejects.toMatchObject({ code: 'internal', message: 'no' });
  });

  it('that says nothing is not waited for without end', async () => {
    start('sleep', ['30'], { load: 200, take: 300 });
    await expect(successor.loaded()).rejects.toThrow('did not load within 0.2 s');
    await expect(successor.take(estate)).rejects.toThrow('did not take over within 0.3 s');
  });
});

import { closeSync, fstatSync, openSync } from 'node:fs';
import { pino } from 'pino';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { MemfsError } from '../../../src/core/errors.js';
import type { EngineEvents, EngineProcess } from '../../../src/daemon/engine-process.js';
import { Keeper } from '../../../src/daemon/keeper.js';
import type { KernelMounts } from '../../../src/daemon/kernel.js';
import type { KeeperMessage } from '../../../src/daemon/messages.js';

class FakeEngine {
  readonly pid = 1;
  readonly sent: { message: KeeperMessage; descriptors: readonly number[] }[] = [];
  readonly killed: string[] = [];
  readonly events: EngineEvents;

  constructor(events: EngineEvents) {
    this.events = events;
  }

  send(message: KeeperMessage, descriptors: readonly number[] = []): void {
    this.sent.push({ message, descriptors });
  }

  kill(reason: string): void {
    this.killed.push(reason);
  }
}

const order = {
  connection: 5,
  path: '/m',
  source: 's',
  replace: false,
  allow_other: false,
  read_only: false,
  suid_dev: false,
};

const noMounts: KernelMounts = {
  mount: () => Promise.reject(new Error('no')),
  unmount: async () => {},
  abort: async () => true,
};

let engines: FakeEngine[];
let calls: string[];
let codes: number[];
let keeper: Keeper;
/** Whether something else lies over the mount. */
let occupied: boolean;

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
const isOpen = (descriptor: number): boolean => {
  try {
    fstatSync(descriptor);
    return true;
  } catch {
    return false;
  }
};

beforeEach(() => {
  engines = [];
  calls = [];
  codes = [];
  occupied = false;
  keeper = new Keeper({
    mounts: {
      async mount({ path, source }) {
        calls.push(`mount ${path}`);
        const control = openSync('/dev/null', 'r');
        return { descriptor: openSync('/dev/null', 'r'), control, id: 40, source, minor: 7 };
      },
      async unmount({ id, source }, lazy) {
        calls.push(`unmount ${id} ${source} ${lazy}`);
        if (occupied) throw new MemfsError('busy', 'something else is mounted over it');
      },
      async abort({ id, source, control }) {
        calls.push(`abort ${id} ${source} ${isOpen(control!)}`);
        return true;
      },
    },
    log: pino({ level: 'silent' }),
    startEngine(events) {
      const engine = new FakeEngine(events);
      engines.push(engine);
      return engine as unknown as EngineProcess;
    },
    finished: (code) => void codes.push(code),
  });
  keeper.start();
  engines[0]!.events.message({ type: 'ready' });
});

async function mounted(resend: boolean): Promise<number> {
  engines[0]!.events.message({ type: 'mount', request: 1, order });
  await settled();
  engines[0]!.events.message({ type: 'negotiated', connection: 5, resend });
  return engines[0]!.sent.at(-1)!.descriptors[0]!;
}

describe('the keeper', () => {
  it('gives the next engine the descriptors that it holds', async () => {
    const descriptor = await mounted(true);
    engines[0]!.events.ended({ code: null, reason: 'signal SIGKILL', murdered: true });
    engines[1]!.events.message({ type: 'hello' });
    expect(engines[1]!.sent.map(({ message }) => message.type)).toEqual(['held', 'welcome']);
    expect(engines[1]!.sent[0]).toMatchObject({
      message: { mount: { connection: 5, path: '/m', source: 's' } },
      descriptors: [descriptor],
    });
    expect(isOpen(descriptor)).toBe(true);
    expect(keeper.state().restarts).toBe(1);
    closeSync(descriptor);
  });

  it.each([
    ['negotiated without resend', true],
    ['not negotiated yet', false],
  ])('ends a connection that was %s, so that nobody waits', async (_, negotiated) => {
    engines[0]!.events.message({ type: 'mount', request: 1, order });
    await settled();
    const descriptor = engines[0]!.sent.at(-1)!.descriptors[0]!;
    if (negotiated) engines[0]!.events.message({ type: 'negotiated', connection: 5, resend: false });
    engines[0]!.events.ended({ code: null, reason: 'signal SIGKILL', murdered: true });
    await settled();
    expect(calls).toEqual(['mount /m', 'abort 40 s true', 'unmount 40 s true']);
    expect(isOpen(descriptor)).toBe(false);
    engines[1]!.events.message({ type: 'hello' });
    expect(engines[1]!.sent.map(({ message }) => message.type)).toEqual(['welcome']);
  });

  it('lets nobody wait for a mount that is given up, also where it cannot be taken away', async () => {
    const descriptor = await mounted(true);
    occupied = true;
    const unmount = (request: number, lazy: boolean) =>
      engines[0]!.events.message({ type: 'unmount', request, connection: 5, lazy });
    unmount(2, false);
    await settled();
    expect(engines[0]!.sent.at(-1)!.message).toMatchObject({ type: 'failed', request: 2, code: 'busy' });
    expect(isOpen(descriptor)).toBe(true);
    unmount(3, true);
    await settled();
    expect(engines[0]!.sent.at(-1)!.message).toMatchObject({ type: 'failed', request: 3 });
    expect(isOpen(descriptor)).toBe(false);
  });

  it('touches no mount that it does not hold', async () => {
    await mounted(true);
    engines[0]!.events.message({ type: 'forget', connection: 5 });
    engines[0]!.events.message({ type: 'unmount', request: 2, connection: 5, lazy: true });
    engines[0]!.events.message({ type: 'unmount', request: 3, connection: 6, lazy: false });
    await settled();
    expect(calls).toEqual(['mount /m']);
    expect(engines[0]!.sent.slice(-2).map(({ message }) => message.type)).toEqual(['done', 'done']);
  });

  it('starts the next engine at once, however often one is killed from outside', () => {
    for (let i = 0; i < 20; i++)
      engines[i]!.events.ended({ code: null, reason: 'signal SIGKILL', murdered: true });
    expect(engines).toHaveLength(21);
  });

  it('waits when engines crash one after another', () => {
    vi.useFakeTimers();
    try {
      for (let i = 0; i < 5; i++)
        engines[i]!.events.ended({ code: 1, reason: 'exit code 1', murdered: false });
      expect(engines).toHaveLength(5);
      vi.advanceTimersByTime(1_100);
      expect(engines).toHaveLength(6);
    } finally {
      vi.useRealTimers();
    }
  });

  it('says why it could not mount', async () => {
    const failing = new Keeper({
      mounts: noMounts,
      log: pino({ level: 'silent' }),
      startEngine: (events) => {
        const engine = new FakeEngine(events);
        engines.push(engine);
        return engine as unknown as EngineProcess;
      },
      finished: () => {},
    });
    failing.start();
    engines[1]!.events.message({ type: 'mount', request: 3, order });
    await settled();
    expect(engines[1]!.sent.at(-1)!.message).toMatchObject({ type: 'failed', request: 3, code: 'internal' });
  });

  it('ends with 0 after a stop, and unmounts what is left', async () => {
    const descriptor = await mounted(true);
    keeper.stop();
    expect(engines[0]!.sent.at(-1)!.message.type).toBe('stop');
    engines[0]!.events.ended({ code: 0, reason: 'exit code 0', murdered: false });
    await settled();
    expect(calls.at(-1)).toBe('unmount 40 s true');
    expect(isOpen(descriptor)).toBe(false);
    expect(codes).toEqual([0]);
    expect(engines).toHaveLength(1);
  });

  it('kills an engine that does not stop', () => {
    vi.useFakeTimers();
    try {
      keeper.stop();
      vi.advanceTimersByTime(29_000);
      expect(engines[0]!.killed).toEqual([]);
      vi.advanceTimersByTime(2_000);
      expect(engines[0]!.killed).toHaveLength(1);
    } finally {
      vi.useRealTimers();
    }
  });

  it('gives up, with its exit code, when the first engine cannot start', async () => {
    const codesOfThis: number[] = [];
    const hopeless = new Keeper({
      mounts: noMounts,
      log: pino({ level: 'silent' }),
      startEngine: (events) => {
        const engine = new FakeEngine(events);
        engines.push(engine);
        return engine as unknown as EngineProcess;
      },
      finished: (code) => void codesOfThis.push(code),
    });
    hopeless.start();
    engines.at(-1)!.events.ended({ code: 6, reason: 'exit code 6', murdered: false });
    await settled();
    expect(codesOfThis).toEqual([6]);
    expect(engines).toHaveLength(2);
  });
});

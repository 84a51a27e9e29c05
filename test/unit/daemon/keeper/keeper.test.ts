import { closeSync, fstatSync, openSync } from 'node:fs';
import { pino } from 'pino';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { MemfsError } from '../../../../src/core/errors.js';
import type { KernelMounts } from '../../../../src/daemon/engine/kernel.js';
import type { EngineEvents, EngineProcess } from '../../../../src/daemon/keeper/engine-process.js';
import { Keeper } from '../../../../src/daemon/keeper/keeper.js';
import type { KeeperMessage } from '../../../../src/daemon/keeper/messages.js';
import type { Estate, Successor } from '../../../../src/daemon/restart/successor.js';

class FakeEngine {
  readonly pid = 1;
  readonly sent: { message: KeeperMessage; descriptors: readonly number[] }[] = [];
  readonly killed: string[] = [];
  readonly events: EngineEvents;
  readonly program: string;

  constructor(events: EngineEvents, program: string) {
    this.events = events;
    this.program = program;
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

class FakeSuccessor {
  readonly estates: Estate[] = [];
  abandoned = 0;
  readonly steps: { resolve(): void; reject(error: Error): void }[] = [];

  /** Every step waits for the test: the first is `loaded`, then `take`, then `outlasts`. */
  readonly #step = (): Promise<void> =>
    new Promise((resolve, reject) => {
      this.steps.push({ resolve, reject });
    });
  loaded = this.#step;
  outlasts = this.#step;

  take(estate: Estate): Promise<void> {
    this.estates.push(estate);
    return this.#step();
  }

  async abandon(): Promise<void> {
    this.abandoned += 1;
  }
}

const own = { command: '/node', keeper: '/own/keeper.js', engine: '/own/engine.js' };
const next = { command: '/node', keeper: '/next/keeper.js', engine: '/next/engine.js' };

/** Parts of a keeper that is not restarted. */
const settledParts = {
  log: pino({ level: 'silent' }),
  programs: own,
  startSuccessor: null,
  isInPlace: () => true,
  belongings: () => ({ lock: 11, listener: 12 }),
  answerCallers: () => {},
  replaced: () => {},
};

let engines: FakeEngine[];
let successors: FakeSuccessor[];
let calls: string[];
let codes: number[];
let keeper: Keeper;
/** Whether something else lies over the mount. */
let occupied: boolean;
/** What mounting takes. */
let mounting: Promise<void>;
/** Whether the path of the data leads to them. */
let inPlace: boolean;

function started(events: EngineEvents, program = own.engine): EngineProcess {
  const engine = new FakeEngine(events, program);
  engines.push(engine);
  return engine as unknown as EngineProcess;
}

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
  successors = [];
  calls = [];
  codes = [];
  occupied = false;
  inPlace = true;
  mounting = Promise.resolve();
  keeper = new Keeper({
    mounts: {
      async mount({ path, source }) {
        calls.push(`mount ${path}`);
        await mounting;
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
    ...settledParts,
    isInPlace: () => inPlace,
    startSuccessor(programs) {
      calls.push(`successor ${programs.keeper}`);
      const successor = new FakeSuccessor();
      successors.push(successor);
      return successor as unknown as Successor;
    },
    startEngine: (programs, events) => started(events, programs.engine),
    answerCallers: (answer) => void calls.push(`answer ${answer}`),
    finished: (code) => void codes.push(code),
    replaced: () => void calls.push('replaced'),
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

  it('holds a mount that cannot be taken away until nobody serves it any more', async () => {
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
    expect(isOpen(descriptor)).toBe(true);
    engines[0]!.events.message({ type: 'forget', connection: 5 });
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
      ...settledParts,
      startEngine: (_, events) => started(events),
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

  it('kills its engine when its data are exchanged, starts no other one, and ends its mounts', async () => {
    const descriptor = await mounted(true);
    inPlace = false;
    keeper.displaced();
    keeper.displaced();
    expect(engines[0]!.killed).toHaveLength(1);
    engines[0]!.events.ended(killed);
    await settled();
    expect(isOpen(descriptor)).toBe(false);
    expect([engines.length, calls.at(-1), codes]).toEqual([1, 'unmount 40 s true', [3]]);
  });

  it('starts no engine on data that were exchanged, nor a successor', async () => {
    await mounted(true);
    inPlace = false;
    restart(false);
    await settled();
    expect(engines[0]!.sent.at(-1)!.message).toMatchObject({ type: 'failed', code: 'gone' });
    engines[0]!.events.ended(killed);
    await settled();
    expect([engines.length, successors.length, calls.at(-1), codes]).toEqual([
      1,
      0,
      'unmount 40 s true',
      [3],
    ]);
  });

  it('gives up, with its exit code, when the first engine cannot start', async () => {
    const codesOfThis: number[] = [];
    const hopeless = new Keeper({
      mounts: noMounts,
      ...settledParts,
      startEngine: (_, events) => started(events),
      finished: (code) => void codesOfThis.push(code),
    });
    hopeless.start();
    engines.at(-1)!.events.ended({ code: 6, reason: 'exit code 6', murdered: false });
    await settled();
    expect(codesOfThis).toEqual([6]);
    expect(engines).toHaveLength(2);
  });
});

const killed = { code: null, reason: 'signal SIGKILL', murdered: true };
const left = { code: 0, reason: 'exit code 0', murdered: false };
const types = (engine: FakeEngine): string[] => engine.sent.map(({ message }) => message.type);

function restart(engine_only: boolean): void {
  const order = { id: 'r1', engine_only, programs: next };
  engines.at(-1)!.events.message({ type: 'restart', request: 9, order });
}

describe('a restart of the engine', () => {
  /** Up to where the old engine is asked to leave. */
  async function begun(resend: boolean): Promise<[FakeEngine, FakeEngine]> {
    await mounted(resend);
    restart(true);
    engines[1]!.events.message({ type: 'hello' });
    await settled();
    return [engines[0]!, engines[1]!];
  }

  it('lets the new one load first, then the old one leave, then the new one take over', async () => {
    await mounted(true);
    restart(true);
    await settled();
    const [old, young] = engines;
    expect(young!.program).toBe('/next/engine.js');
    expect(types(old!).at(-1)).toBe('done');
    expect(keeper.state()).toMatchObject({ engine: 1, restart: { id: 'r1', state: 'running' } });
    young!.events.message({ type: 'hello' });
    await settled();
    expect([types(old!).at(-1), types(young!)]).toEqual(['leave', []]);
    old!.events.ended(left);
    await settled();
    expect(types(young!)).toEqual(['held', 'welcome']);
    young!.events.message({ type: 'ready' });
    await settled();
    expect(keeper.state()).toMatchObject({ restart: { state: 'done' }, restarts: 1 });
    expect(calls).toEqual(['mount /m']);
    // From now on it is the program that is started again.
    young!.events.ended(killed);
    expect(engines[2]!.program).toBe('/next/engine.js');
  });

  it('changes nothing when the new one does not load', async () => {
    await mounted(true);
    restart(true);
    engines[1]!.events.ended({ code: 1, reason: 'exit code 1', murdered: false });
    await settled();
    expect(keeper.state().restart).toMatchObject({
      state: 'failed',
      error: { message: expect.stringContaining('exit code 1') },
    });
    expect(types(engines[0]!)).not.toContain('leave');
    expect(engines).toHaveLength(2);
  });

  it('goes back to the old program when the new one ends before it serves', async () => {
    const [old, young] = await begun(true);
    old.events.ended(left);
    await settled();
    young.events.ended({ code: 6, reason: 'exit code 6', murdered: false });
    await settled();
    expect(engines[2]!.program).toBe('/own/engine.js');
    engines[2]!.events.message({ type: 'hello' });
    expect(types(engines[2]!)).toEqual(['held', 'welcome']);
    // Whoever hears of the failure finds a daemon that works.
    expect(keeper.state().restart).toMatchObject({ state: 'running' });
    engines[2]!.events.message({ type: 'ready' });
    await settled();
    expect(keeper.state().restart).toMatchObject({ state: 'failed' });
    expect(codes).toEqual([]);
  });

  it('waits for what the old engine has asked for', async () => {
    const [old, young] = await begun(true);
    let finish = (): void => {};
    mounting = new Promise<void>((resolve) => {
      finish = resolve;
    });
    old.events.message({ type: 'mount', request: 2, order: { ...order, connection: 6, path: '/n' } });
    old.events.ended(left);
    await settled();
    expect(types(young)).toEqual([]);
    finish();
    await settled();
    // Nobody has talked to the kernel on the new one yet: it is made again.
    expect(types(young)).toEqual(['held', 'welcome']);
    expect(calls.slice(1)).toEqual(['mount /n', 'abort 40 s true', 'unmount 40 s true']);
  });

  it.each([
    ['keeps a connection without resend of which nothing is unanswered', [5], ['held', 'welcome'], 0],
    ['ends one of which a call is unanswered, so that nobody waits', [], ['welcome'], 1],
  ])('%s', async (_, answered, told, aborts) => {
    const [old, young] = await begun(false);
    old.events.message({ type: 'left', answered });
    old.events.ended(left);
    await settled();
    expect(types(young)).toEqual(told);
    expect(calls.filter((call) => call.startsWith('abort'))).toHaveLength(aborts);
  });

  it('kills an engine that does not leave', async () => {
    vi.useFakeTimers();
    try {
      restart(true);
      engines[1]!.events.message({ type: 'hello' });
      await vi.advanceTimersByTimeAsync(9_000);
      expect(engines[0]!.killed).toEqual([]);
      await vi.advanceTimersByTimeAsync(2_000);
      expect(engines[0]!.killed).toHaveLength(1);
    } finally {
      vi.useRealTimers();
    }
  });

  it('is one at a time', async () => {
    restart(true);
    await settled();
    engines[0]!.events.message({
      type: 'restart',
      request: 10,
      order: { id: 'r2', engine_only: true, programs: next },
    });
    await settled();
    expect(engines[0]!.sent.at(-1)!.message).toMatchObject({ type: 'failed', request: 10, code: 'busy' });
    expect(keeper.state().restart?.id).toBe('r1');
  });
});

describe('a restart of the keeper', () => {
  async function begun(): Promise<FakeSuccessor> {
    await mounted(true);
    restart(false);
    await settled();
    return successors[0]!;
  }

  /** Up to where the successor has been given everything. */
  async function given(): Promise<FakeSuccessor> {
    const successor = await begun();
    successor.steps[0]!.resolve();
    await settled();
    engines[0]!.events.ended(left);
    await settled();
    return successor;
  }

  it('passes on mounts, lock and socket when the successor has loaded and the engine has left', async () => {
    const successor = await begun();
    expect(calls).toEqual(['mount /m', 'successor /next/keeper.js']);
    expect(types(engines[0]!)).not.toContain('leave');
    successor.steps[0]!.resolve();
    await settled();
    expect(types(engines[0]!).at(-1)).toBe('leave');
    expect(successor.estates).toEqual([]);
    engines[0]!.events.ended(left);
    await settled();
    const passed = { connection: 5, path: '/m', source: 's', id: 40, minor: 7, resend: true };
    expect(successor.estates).toMatchObject([
      { restart: 'r1', lock: 11, listener: 12, mounts: [{ mount: passed }] },
    ]);
    const { descriptor, control } = successor.estates[0]!.mounts[0]!;
    expect(isOpen(descriptor) && isOpen(control!)).toBe(true);
    successor.steps[1]!.resolve();
    await settled();
    expect(calls.slice(2)).toEqual(['answer false']);
    successor.steps[2]!.resolve();
    await settled();
    // It ends with everything as it is: nothing is unmounted, nothing closed.
    expect(calls.slice(2)).toEqual(['answer false', 'replaced']);
    expect(isOpen(descriptor)).toBe(true);
    expect(engines).toHaveLength(1);
  });

  it('leaves the engine alone when the successor cannot start', async () => {
    const successor = await begun();
    successor.steps[0]!.reject(new MemfsError('unsupported', 'no such Node', { hint: 'install it' }));
    await settled();
    expect(keeper.state().restart).toEqual({
      id: 'r1',
      state: 'failed',
      error: { code: 'unsupported', message: 'no such Node', hint: 'install it' },
    });
    expect(successor.abandoned).toBe(1);
    expect(types(engines[0]!)).not.toContain('leave');
  });

  it.each([
    ['before it serves', 1, []],
    ['soon after it served', 2, ['answer false', 'answer true']],
  ])('takes everything back when the successor ends %s', async (_, step, told) => {
    const successor = await given();
    if (step === 2) successor.steps[1]!.resolve();
    await settled();
    successor.steps[step]!.reject(new Error('gone'));
    await settled();
    expect(successor.abandoned).toBe(1);
    expect(calls.slice(2)).toEqual(told);
    engines[1]!.events.message({ type: 'hello' });
    expect(types(engines[1]!)).toEqual(['held', 'welcome']);
    expect(engines[1]!.program).toBe('/own/engine.js');
    engines[1]!.events.message({ type: 'ready' });
    await settled();
    expect(keeper.state().restart).toMatchObject({ state: 'failed' });
  });

  it('is given up for a stop, which then unmounts', async () => {
    const successor = await given();
    keeper.stop();
    await settled();
    expect(successor.abandoned).toBe(1);
    expect(calls.at(-1)).toBe('unmount 40 s true');
    expect(codes).toEqual([0]);
    successor.steps[1]!.reject(new Error('gone'));
    await settled();
    expect(engines).toHaveLength(1);
  });

  it('is over when a stop comes after another keeper has taken over: nothing is unmounted', async () => {
    const successor = await given();
    successor.steps[1]!.resolve();
    await settled();
    keeper.stop();
    await settled();
    expect(calls.at(-1)).toBe('replaced');
    expect(codes).toEqual([]);
  });

  it('is refused in the foreground', async () => {
    const watched = new Keeper({
      ...settledParts,
      mounts: noMounts,
      startEngine: (_, events) => started(events),
      finished: () => {},
    });
    watched.start();
    restart(false);
    await settled();
    expect(engines.at(-1)!.sent.at(-1)!.message).toMatchObject({
      type: 'failed',
      code: 'unsupported',
      hint: expect.stringContaining('memfsd restart --engine'),
    });
    expect(watched.state().restart).toBeNull();
  });
});

import { expect, test } from 'vitest';
import { append, Kernel } from './support/kernel.js';
import { options, Volume } from './support/volume.js';

/** A number generator of which a seed gives always the same. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed * 2654435761;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 0x9e3779b9) | 0;
    return ((state ^ (state >>> 13)) >>> 0) % below;
  };
}

interface Writer {
  readonly mount: Kernel;
  readonly handle: number;
  readonly pid: number;
  readonly name: string;
  lines: number;
}

/** A write(2) that is under way, and what is left of its line. */
interface Half {
  readonly writer: Writer;
  rest: string;
}

/**
 * Writers on three mounts in any order of their requests, engines that die, and group commits. The kernel's lock lets one
 * write(2) of a mount end before the next one begins; everything else may come in between.
 */
async function play(seed: number, path: string): Promise<void> {
  const number = numbersFrom(seed);
  const running = new Set<number>();
  const under = { ...options, isRunning: (thread: number) => running.has(thread) };
  const volume = new Volume();
  volume.crash(under);
  const mounts = [11, 12, 13].map((connection) => new Kernel(volume, connection, path));
  const writers: Writer[] = [];
  const halves = new Map<Kernel, Half>();
  const written: string[] = [];
  let next = 0;

  const open = (mount: Kernel): void => {
    const pid = 100 + next;
    writers.push({ mount, handle: mount.open(append, pid), pid, name: `w${next++}`, lines: 0 });
  };
  const write = ({ writer }: Half, text: string, goesOn: boolean): void =>
    writer.mount.write(writer.handle, text, { pid: writer.pid, goesOn });
  const goOn = (half: Half): void => {
    const { mount, pid } = half.writer;
    const goesOn = half.rest.length > 4 && number(3) > 0;
    const bytes = goesOn ? 1 + number(half.rest.length - 1) : half.rest.length;
    write(half, half.rest.slice(0, bytes), goesOn);
    half.rest = half.rest.slice(bytes);
    if (half.rest !== '') return;
    halves.delete(mount);
    running.delete(pid);
  };
  const begin = (writer: Writer): void => {
    const text = `<${writer.name}.${writer.lines++} ${'x'.repeat(number(40))}>\n`;
    written.push(text);
    running.add(writer.pid);
    halves.set(writer.mount, { writer, rest: text });
    goOn(halves.get(writer.mount)!);
  };
  const restart = (): void => {
    volume.crash(under);
    for (const each of mounts) each.attach();
  };
  const isWriting = (writer: Writer): boolean => halves.get(writer.mount)?.writer === writer;
  const check = (mount: Kernel): void => expect(mount.read()).toBe(mount.truth());

  for (let step = 0; step < 150; step++) {
    const mount = mounts[number(mounts.length)]!;
    const half = halves.get(mount);
    const own = writers.filter((writer) => writer.mount === mount);
    const writer = own[number(Math.max(1, own.length))];
    const what = number(16);
    if (writer === undefined || (what === 0 && own.length < 4)) open(mount);
    else if (what < 8) half === undefined ? begin(writer) : goOn(half);
    else if (what < 11) {
      if (!isWriting(writer)) await mount.flush(writer.handle, writer.pid);
    } else if (what === 11) {
      if (isWriting(writer)) continue;
      await mount.flush(writer.handle, writer.pid);
      mount.release(writer.handle);
      writers.splice(writers.indexOf(writer), 1);
    } else if (what === 12) {
      // The kernel's lock keeps it from coming in the middle of a write.
      if (half === undefined) await mount.fs.fsync(mount.context(), mount.ino, writer.handle, false);
    } else if (what === 13) {
      await volume.store.sync();
      restart();
    } else if (what === 14) mount.stat();
    else if (number(4) === 0) restart();
    else if (isWriting(writer)) {
      // Another process closes its copy of the descriptor; the thread that writes does not go on meanwhile.
      await mount.flush(writer.handle, writer.pid + 1000);
    }
    if (number(3) === 0 && own.length > 0) check(mount);
  }
  for (const half of halves.values()) while (half.rest !== '') goOn(half);
  for (const { mount, handle, pid } of writers) {
    await mount.flush(handle, pid);
    mount.release(handle);
  }
  for (const mount of mounts) {
    if (mount.ino === 0) mount.release(mount.open());
    check(mount);
  }
  const [first] = mounts;
  const lines = first!.read().match(/[^\n]*\n/g) ?? [];
  expect([...lines].sort()).toEqual([...written].sort());
  for (const { name } of writers) {
    const order = lines
      .filter((line) => line.startsWith(`<${name}.`))
      .map((line) => Number(/\.(\d+)/.exec(line)![1]));
    expect(order).toEqual([...order].sort((a, b) => a - b));
  }
  for (const { agent, version } of volume.store.log({ path: `/${path}` })) {
    if (version === null) continue;
    expect(agent).toMatch(/^agent-1[123]$/);
  }
  expect(volume.verify()).toMatchObject({ ok: true, firstBad: null });
  volume.destroy();
}

test.each(Array.from({ length: 12 }, (_, index) => index + 1))(
  'lines stay whole, and everybody sees what is there (seed %i)',
  (seed) => play(seed, seed % 4 === 0 ? 'log.tmp' : 'log.md'),
);

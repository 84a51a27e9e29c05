import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { request, type Server } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { controlSocket } from '../../../src/api/address.js';
import { ControlClient } from '../../../src/api/client.js';
import type { ControlService } from '../../../src/api/control.js';
import { createControlApp, listen } from '../../../src/api/server.js';
import { errorCodes, MemfsError, meaningOf } from '../../../src/core/errors.js';
import { listenOnFile } from '../../../src/daemon/socket-file.js';
import type { LogQuery, LogRecord, TreeEntry } from '../../../src/vfs/store.js';

const record = (seq: number): LogRecord => ({
  seq,
  time: '2026-01-01T00:00:00.000Z',
  operation: 'modified',
  branch: 'main',
  path: '/a',
  previous_path: null,
  memory: 'mem_a',
  version: 'memver_a',
  sha256: 'a'.repeat(64),
  size: 1,
  agent: 'agent',
  session: 'sesn_a',
  previous_sha256: null,
  chain: 'c',
  mount: 1,
  claimed: false,
  flags: [],
  removes: [],
  removed_by: null,
});

const actor = { agent: 'agent', session: 'sesn_a' };
const mtime = { sec: 1, nsec: 2 };

let data: string;
let server: Server;
let client: ControlClient;
let reported: MemfsError[];
let service: Partial<ControlService>;

beforeEach(async () => {
  data = mkdtempSync(join(tmpdir(), 'memfsd-api-'));
  reported = [];
  service = {
    maxFileBytes: 100,
    actor: ({ agent = actor.agent, session = actor.session }) => ({ agent, session }),
    refused: () => {},
    settled: async () => {},
  };
  const app = createControlApp(
    () => service as ControlService,
    (error) => void reported.push(error),
  );
  server = await listen(app, listenOnFile(controlSocket(data)), () => {});
  client = new ControlClient(data);
});
afterEach(() => {
  server.close();
  server.closeAllConnections();
  rmSync(data, { recursive: true, force: true });
});

async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const value of values) list.push(value);
  return list;
}

describe('the control socket', () => {
  it('can be opened by its owner only', () => {
    expect(statSync(controlSocket(data)).mode & 0o777).toBe(0o600);
  });

  it('replaces what a dead engine left', async () => {
    const app = createControlApp(
      () => service as ControlService,
      () => {},
    );
    server.close();
    server = await listen(app, listenOnFile(controlSocket(data)), () => {});
    service.listStores = () => [];
    expect(await client.listStores()).toEqual([]);
  });

  it('works where its path is longer than a socket address', async () => {
    const deep = join(data, 'd'.repeat(100), 'e'.repeat(100));
    mkdirSync(deep, { recursive: true });
    const app = createControlApp(
      () => service as ControlService,
      () => {},
    );
    const other = await listen(app, listenOnFile(controlSocket(deep)), () => {});
    service.listStores = () => [];
    expect(await new ControlClient(deep).listStores()).toEqual([]);
    other.close();
  });

  it('carries out one request of a connection: many in a row would hold up all others', async () => {
    let asked = 0;
    service.listStores = () => {
      asked++;
      return [];
    };
    const socket = connect(controlSocket(data));
    let answer = '';
    socket.on('data', (bytes) => {
      answer += bytes;
    });
    socket.write('GET /v1/stores HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(100));
    await once(socket, 'close');
    expect(asked).toBe(1);
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK/);
  });

  it('has nothing to report when somebody who waits for more goes away', async () => {
    let ended = false;
    let wait = (_: IteratorResult<LogRecord>): void => {};
    service.follow = () => ({
      [Symbol.asyncIterator]: () => ({
        next: () =>
          new Promise<IteratorResult<LogRecord>>((resolve) => {
            wait = resolve;
            if (!ended) resolve({ done: false, value: record(1) });
            ended = true;
          }),
        return: async () => {
          wait({ done: true, value: undefined });
          return { done: true as const, value: undefined };
        },
      }),
    });
    for await (const first of client.follow('team', {})) {
      expect(first.seq).toBe(1);
      break;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(reported).toEqual([]);
  });

  it('reads nothing from whom it does not accept, and goes on with others', async () => {
    const app = createControlApp(
      () => service as ControlService,
      () => {},
    );
    let admitted = false;
    server.close();
    server = await listen(app, listenOnFile(controlSocket(data)), (socket) => {
      if (!admitted) socket.destroy();
    });
    let asked = 0;
    service.listStores = () => {
      asked++;
      return [];
    };
    await expect(client.listStores()).rejects.toMatchObject({ code: 'unreachable' });
    expect(asked).toBe(0);
    admitted = true;
    expect(await client.listStores()).toEqual([]);
  });
});

describe('a daemon of another version', () => {
  const restart = { code: 'unsupported', hint: expect.stringContaining('memfsd restart') };

  it('may answer in another shape', async () => {
    service.listStores = () => [{ id: 1, name: 'a' }] as unknown as ReturnType<ControlService['listStores']>;
    await expect(client.listStores()).rejects.toMatchObject({
      ...restart,
      message: expect.stringMatching(/answer is none that this version of memfsd knows \(stores\.0\./),
    });
  });

  it('may know nothing of what it is asked', async () => {
    server.removeAllListeners('request');
    server.on('request', (_, response) => {
      response.statusCode = 404;
      response.end('{"error":{"code":"not_found","message":"no such route: GET /v1/stores","hint":null}}');
    });
    await expect(client.listStores()).rejects.toMatchObject(restart);
  });

  it('may have codes that are not known here', async () => {
    server.removeAllListeners('request');
    server.on('request', (_, response) => {
      response.statusCode = 400;
      response.end('{"error":{"code":"too_blue","message":"it is too blue","hint":"paint it"}}');
    });
    await expect(client.listStores()).rejects.toMatchObject({
      code: 'internal',
      message: 'it is too blue',
      hint: 'paint it',
    });
  });
});

describe('a daemon that does not answer', () => {
  it('does not run where nobody holds the data', async () => {
    rmSync(controlSocket(data));
    await expect(client.listStores()).rejects.toMatchObject({ code: 'unreachable', hint: 'memfsd start' });
    await expect(new ControlClient(join(data, 'none')).listStores()).rejects.toMatchObject({
      code: 'unreachable',
    });
  });

  it('is named where somebody does', async () => {
    rmSync(controlSocket(data));
    const held = new ControlClient(data, () => ({ who: 'process 5', cure: 'kill 5' }));
    await expect(held.listStores()).rejects.toMatchObject({
      code: 'unreachable',
      message: `process 5 holds ${data}, but does not answer`,
      hint: 'kill 5',
    });
  });

  it('is waited for: who holds the data may be about to listen, or to let go', async () => {
    rmSync(controlSocket(data));
    let asked = 0;
    const patient = new ControlClient(data, () =>
      ++asked < 3 ? { who: 'process 5', cure: 'kill 5' } : null,
    );
    await expect(patient.listStores()).rejects.toMatchObject({ hint: 'memfsd start' });
    expect(asked).toBe(3);
  });
});

describe('errors', () => {
  it.each(errorCodes)('%s arrives with code, message and hint', async (code) => {
    service.listStores = () => {
      throw new MemfsError(code, 'what', { hint: 'do this' });
    };
    await expect(client.listStores()).rejects.toMatchObject({ code, message: 'what', hint: 'do this' });
    expect(reported).toHaveLength(meaningOf(code).status >= 500 ? 1 : 0);
  });

  it('have the status of the table', async () => {
    service.listStores = () => {
      throw new MemfsError('busy', 'b');
    };
    const status = await new Promise((resolve) => {
      request({ socketPath: controlSocket(data), path: '/v1/stores' }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).end();
    });
    expect(status).toBe(409);
  });

  it('come as unreachable, with the way to start it, when no daemon runs', async () => {
    server.close();
    await expect(client.listStores()).rejects.toMatchObject({ code: 'unreachable', hint: 'memfsd start' });
  });

  it('reach a client that has yet to write most of its request', async () => {
    service.actor = () => {
      throw new MemfsError('access_denied', 'not in that name');
    };
    async function* slowly(): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 10; i++) {
        yield Buffer.alloc(60_000);
        await new Promise(setImmediate);
      }
    }
    for (let i = 0; i < 10; i++)
      await expect(client.write('s', '/a', slowly(), {}, undefined)).rejects.toMatchObject({
        code: 'access_denied',
      });
  });

  it('break a stream that had begun', async () => {
    service.log = function* () {
      yield record(1);
      throw new MemfsError('corrupt', 'bad page');
    };
    await expect(all(client.log('s', {}))).rejects.toMatchObject({ code: 'corrupt' });
  });
});

describe('requests', () => {
  it('of the log carry the whole query', async () => {
    let seen: unknown;
    service.log = (store: string, query: LogQuery) => {
      seen = { store, query };
      return Array.from({ length: 2_000 }, (_, i) => record(i));
    };
    const query = { path: '/a b&c', after: 3, limit: 7, reverse: true };
    expect(await all(client.log('a name/?', query))).toHaveLength(2_000);
    expect(seen).toEqual({ store: 'a name/?', query });
  });

  it('may not climb out of the store', async () => {
    service.show = () => {
      throw new Error('must not be reached');
    };
    await expect(client.show('s', '../../etc/passwd', undefined)).rejects.toMatchObject({ code: 'invalid' });
  });

  it('with a name over 255 bytes are refused as such', async () => {
    await expect(client.show('s', `/${'é'.repeat(128)}`, undefined)).rejects.toMatchObject({
      code: 'name_too_long',
    });
  });

  it('turn a number into a sequence number and leave ids alone', async () => {
    const seen: unknown[] = [];
    service.show = (_, __, version) => {
      seen.push(version);
      return { record: record(1), chunks: [Buffer.from('x')] };
    };
    for (const version of ['12', 'memver_abc', '2026-01-01T00:00:00Z', undefined])
      await client.show('s', '/a', version);
    expect(seen).toEqual([12, 'memver_abc', '2026-01-01T00:00:00Z', undefined]);
    await expect(client.show('s', '/a', 'yesterday')).rejects.toMatchObject({ code: 'invalid' });
  });

  it('write contents of any bytes, up to the limit', async () => {
    let content: Uint8Array | undefined;
    service.write = (_store, _path, bytes) => {
      content = bytes;
      return record(1);
    };
    const send = (bytes: Buffer) =>
      client.write(
        's',
        '/a',
        (async function* () {
          yield bytes;
        })(),
        actor,
        undefined,
      );
    const bytes = Buffer.from([0, 255, 10, 13]);
    await send(bytes);
    expect(Buffer.from(content!)).toEqual(bytes);
    await expect(send(Buffer.alloc(101))).rejects.toMatchObject({ code: 'too_large' });
  });
});

it('answers a change when mounts show it, and a question at once', async () => {
  const order: string[] = [];
  service.restore = () => {
    order.push('restored');
    return record(1);
  };
  service.settled = async () => {
    await new Promise(setImmediate);
    order.push('settled');
  };
  service.listStores = () => [];
  await client.listStores();
  await client.restore('s', '/a', '1', actor).then(() => order.push('answered'));
  expect(order).toEqual(['restored', 'settled', 'answered']);
});

it('imports and exports trees', async () => {
  const entries: TreeEntry[] = [];
  service.importTree = async (_, tree) => {
    for await (const entry of tree) entries.push(entry);
    return { files: 1, directories: 0, symlinks: 0, links: 0, bytes: 3 };
  };
  service.exportTree = () => entries;
  const file = { path: Buffer.from('/a'), kind: 'file' as const, mode: 0o644, mtime, size: 3 };
  await client.importTree(
    's',
    (async function* () {
      yield { ...file, chunks: [Buffer.from('abc')] };
    })(),
    actor,
  );
  const [back] = await all(client.exportTree('s', undefined));
  expect({ ...back, chunks: Buffer.concat([...back!.chunks!]).toString() }).toEqual({
    ...file,
    chunks: 'abc',
  });
});

it('gives each line of a stream that goes on as soon as it is there', async () => {
  let give: (result: IteratorResult<LogRecord>) => void = () => {};
  let ended = false;
  service.follow = () => ({
    [Symbol.asyncIterator]: () => ({
      next: () =>
        new Promise<IteratorResult<LogRecord>>((resolve) => {
          give = resolve;
        }),
      return: () => {
        ended = true;
        return Promise.resolve({ done: true, value: undefined });
      },
    }),
  });
  const lines = client.follow('notes', {});
  for (const seq of [1, 2]) {
    const line = lines.next();
    await new Promise((resolve) => setTimeout(resolve, 50));
    give({ done: false, value: record(seq) });
    expect((await line).value).toMatchObject({ seq });
  }
  await lines.return(undefined);
  await expect.poll(() => ended).toBe(true);
});

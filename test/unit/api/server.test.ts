import { once } from 'node:events';
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { controlSocket } from '../../../src/api/address.js';
import { controlClient } from '../../../src/api/client/client.js';
import { pathOf } from '../../../src/api/endpoint.js';
import { allEndpoints } from '../../../src/api/endpoints.js';
import { listen } from '../../../src/api/server/listen.js';
import { collectContent } from '../../../src/api/server/request-body.js';
import { decodeTree, encodeTree } from '../../../src/api/tree-stream.js';
import { errorCodes, MemfsError, meaningOf } from '../../../src/core/errors.js';
import type { LogRecord } from '../../../src/core/records.js';
import type { TreeEntry } from '../../../src/core/trees.js';
import { listenOnFile } from '../../../src/daemon/directory/socket-file.js';
import { actor, Served } from './served.js';

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

const mtime = { sec: 1, nsec: 2 };

let served: Served;
beforeEach(async () => {
  served = await new Served().start();
});
afterEach(() => served.end());

const none = () => ({ stores: [] });

async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const value of values) list.push(value);
  return list;
}

describe('the control socket', () => {
  it('can be opened by its owner only', () => {
    expect(statSync(controlSocket(served.data)).mode & 0o777).toBe(0o600);
  });

  it('replaces what a dead engine left', async () => {
    served.server.close();
    await served.start();
    served.handlers.stores = { list: none };
    expect(await served.client.stores.list()).toEqual(none());
  });

  it('works where its path is longer than a socket address', async () => {
    const deep = join(served.data, 'd'.repeat(100), 'e'.repeat(100));
    mkdirSync(deep, { recursive: true });
    const other = await listen(served.app, listenOnFile(controlSocket(deep)), () => {});
    served.handlers.stores = { list: none };
    expect(await controlClient(deep).stores.list()).toEqual(none());
    other.close();
  });

  it('carries out one request of a connection: many in a row would hold up all others', async () => {
    let asked = 0;
    served.handlers.stores = {
      list: () => {
        asked++;
        return none();
      },
    };
    const socket = connect(controlSocket(served.data));
    let answer = '';
    socket.on('data', (bytes) => {
      answer += bytes;
    });
    socket.write('GET /memfsd/v1/stores HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(100));
    await once(socket, 'close');
    expect(asked).toBe(1);
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK/);
  });

  it('has nothing to report when somebody who waits for more goes away', async () => {
    let ended = false;
    let wait = (_: IteratorResult<LogRecord>): void => {};
    served.handlers.history = {
      log: () => ({
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
      }),
    };
    for await (const first of served.client.history.log({ store: 'team', follow: true })) {
      expect(first.seq).toBe(1);
      break;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(served.reported).toEqual([]);
  });

  it('reads nothing from whom it does not accept, and goes on with others', async () => {
    let admitted = false;
    served.server.close();
    await served.start((socket) => {
      if (!admitted) socket.destroy();
    });
    let asked = 0;
    served.handlers.stores = {
      list: () => {
        asked++;
        return none();
      },
    };
    await expect(served.client.stores.list()).rejects.toMatchObject({ code: 'unreachable' });
    expect(asked).toBe(0);
    admitted = true;
    expect(await served.client.stores.list()).toEqual(none());
  });
});

describe('a daemon of another version', () => {
  const restart = { code: 'unsupported', hint: expect.stringContaining('memfsd restart') };

  it('may answer in another shape', async () => {
    served.handlers.stores = { list: () => ({ stores: [{ id: 1, name: 'a' }] }) as never };
    await expect(served.client.stores.list()).rejects.toMatchObject({
      ...restart,
      message: expect.stringMatching(/answer is none that this version of memfsd knows \(stores\.0\./),
    });
  });

  it('may know nothing of what it is asked', async () => {
    served.server.removeAllListeners('request');
    served.server.on('request', (_, response) => {
      response.statusCode = 404;
      response.end(
        '{"error":{"code":"not_found","message":"no such route: GET /memfsd/v1/stores","hint":null}}',
      );
    });
    await expect(served.client.stores.list()).rejects.toMatchObject(restart);
  });

  it('is asked at the former place when it knows nothing of the present one', async () => {
    const asked: string[] = [];
    served.server.removeAllListeners('request');
    served.server.on('request', ({ url, method }, response) => {
      asked.push(`${method} ${url}`);
      if (url?.startsWith('/v1/') === true) return response.end('{"stopping":true}');
      response.statusCode = 404;
      response.end(`{"error":{"code":"not_found","message":"no such route: ${method} ${url}","hint":null}}`);
    });
    expect(await served.client.daemon.stop()).toEqual({ stopping: true, in_use: [] });
    expect(asked).toEqual(['POST /memfsd/v1/stop', 'POST /v1/stop']);
    // What has a body cannot be sent twice.
    const write = served.client.memories.write({ store: 's', path: '/a' }, [Buffer.from('x')]);
    await expect(write).rejects.toMatchObject(restart);
    expect(asked).toHaveLength(3);
  });

  it('may have codes that are not known here', async () => {
    served.server.removeAllListeners('request');
    served.server.on('request', (_, response) => {
      response.statusCode = 400;
      response.end('{"error":{"code":"too_blue","message":"it is too blue","hint":"paint it"}}');
    });
    await expect(served.client.stores.list()).rejects.toMatchObject({
      code: 'internal',
      message: 'it is too blue',
      hint: 'paint it',
    });
  });
});

describe('a daemon that does not answer', () => {
  it('does not run where nobody holds the data', async () => {
    rmSync(controlSocket(served.data));
    await expect(served.client.stores.list()).rejects.toMatchObject({
      code: 'unreachable',
      hint: 'memfsd start',
    });
    await expect(controlClient(join(served.data, 'none')).stores.list()).rejects.toMatchObject({
      code: 'unreachable',
    });
  });

  it('is named where somebody does', async () => {
    rmSync(controlSocket(served.data));
    const held = controlClient(served.data, () => ({ who: 'process 5', cure: 'kill 5' }));
    await expect(held.stores.list()).rejects.toMatchObject({
      code: 'unreachable',
      message: `process 5 holds ${served.data}, but does not answer`,
      hint: 'kill 5',
    });
  });

  it('is waited for: who holds the data may be about to listen, or to let go', async () => {
    rmSync(controlSocket(served.data));
    let asked = 0;
    const patient = controlClient(served.data, () =>
      ++asked < 3 ? { who: 'process 5', cure: 'kill 5' } : null,
    );
    await expect(patient.stores.list()).rejects.toMatchObject({ hint: 'memfsd start' });
    expect(asked).toBe(3);
  });
});

describe('errors', () => {
  it.each(errorCodes)('%s arrives with code, message and hint', async (code) => {
    served.handlers.stores = {
      list: () => {
        throw new MemfsError(code, 'what', { hint: 'do this' });
      },
    };
    await expect(served.client.stores.list()).rejects.toMatchObject({
      code,
      message: 'what',
      hint: 'do this',
    });
    expect(served.reported).toHaveLength(meaningOf(code).status >= 500 ? 1 : 0);
  });

  it('have the status of the table', async () => {
    served.handlers.stores = {
      list: () => {
        throw new MemfsError('busy', 'b');
      },
    };
    const status = await new Promise((resolve) => {
      request({ socketPath: controlSocket(served.data), path: '/memfsd/v1/stores' }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).end();
    });
    expect(status).toBe(409);
  });

  it('come as unreachable, with the way to start it, when no daemon runs', async () => {
    served.server.close();
    await expect(served.client.stores.list()).rejects.toMatchObject({
      code: 'unreachable',
      hint: 'memfsd start',
    });
  });

  it('reach a client that has yet to write most of its request', async () => {
    served.handlers.memories = {
      write: () => {
        throw new MemfsError('access_denied', 'not in that name');
      },
    };
    async function* slowly(): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 10; i++) {
        yield Buffer.alloc(60_000);
        await new Promise(setImmediate);
      }
    }
    for (let i = 0; i < 10; i++)
      await expect(served.client.memories.write({ store: 's', path: '/a' }, slowly())).rejects.toMatchObject({
        code: 'access_denied',
      });
  });

  it('break a stream that had begun', async () => {
    served.handlers.history = {
      log: function* () {
        yield record(1);
        throw new MemfsError('corrupt', 'bad page');
      },
    };
    await expect(all(served.client.history.log({ store: 's' }))).rejects.toMatchObject({ code: 'corrupt' });
  });
});

describe('requests', () => {
  it('of the log carry the whole query', async () => {
    let seen: unknown;
    served.handlers.history = {
      log: (_, input) => {
        seen = input;
        return Array.from({ length: 2_000 }, (_, i) => record(i));
      },
    };
    const query = { store: 'a name/?', path: '/a b&c', after: 3, limit: 7, reverse: true };
    expect(await all(served.client.history.log(query))).toHaveLength(2_000);
    expect(seen).toEqual(query);
  });

  it('may not climb out of the store', async () => {
    const { memories } = served.client;
    await expect(memories.show({ store: 's', path: '../../etc/passwd' })).rejects.toMatchObject({
      code: 'invalid',
    });
  });

  it('with a name over 255 bytes are refused as such', async () => {
    const { memories } = served.client;
    await expect(memories.show({ store: 's', path: `/${'é'.repeat(128)}` })).rejects.toMatchObject({
      code: 'name_too_long',
    });
  });

  it('turn a number into a sequence number and leave ids alone', async () => {
    const seen: unknown[] = [];
    served.handlers.memories = {
      show: (_, { version }) => {
        seen.push(version);
        return { header: record(1), chunks: [Buffer.from('x')] };
      },
    };
    const show = (version: string | undefined) =>
      served.client.memories.show({ store: 's', path: '/a', version });
    for (const version of ['12', 'memver_abc', '2026-01-01T00:00:00Z', undefined])
      expect((await show(version)).header).toEqual(record(1));
    expect(seen).toEqual([12, 'memver_abc', '2026-01-01T00:00:00Z', undefined]);
    await expect(show('yesterday')).rejects.toMatchObject({ code: 'invalid' });
  });

  it('write contents of any bytes, up to the limit', async () => {
    let content: Uint8Array | undefined;
    served.handlers.memories = {
      write: async (_caller, _input, body) => {
        content = await collectContent(body, 100);
        return record(1);
      },
    };
    const send = (bytes: Buffer) =>
      served.client.memories.write({ store: 's', path: '/a', ...actor }, [bytes]);
    const bytes = Buffer.from([0, 255, 10, 13]);
    await send(bytes);
    expect(Buffer.from(content!)).toEqual(bytes);
    await expect(send(Buffer.alloc(101))).rejects.toMatchObject({ code: 'too_large' });
  });

  it('name a branch only where a store is looked into', async () => {
    const branches: string[] = [];
    served.caller.onBranch = (name) => {
      branches.push(name);
      return served.caller as never;
    };
    served.handlers.stores = { list: none };
    served.handlers.history = { blame: async () => [] };
    served.handlers.mounts = {
      mount: (_, { branch }) => {
        branches.push(branch);
        throw new MemfsError('busy', 'b');
      },
    };
    const client = served.client.onBranch('drm_a');
    await client.stores.list();
    await all(client.history.blame({ store: 's', path: '/a' }));
    await expect(client.mounts.mount({ store: 's', path: '/m' })).rejects.toMatchObject({ code: 'busy' });
    expect(branches).toEqual(['drm_a', 'main']);
  });

  it('at the former place are answered as at the present one', async () => {
    served.handlers.stores = { list: () => ({ stores: [] }) };
    const answers = await Promise.all(
      ['/v1/stores', '/memfsd/v1/stores', '/v2/stores'].map(async (path) => {
        const answer = await served.app.request(path);
        return [answer.status, await answer.text()];
      }),
    );
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[2]).toEqual([404, expect.stringContaining('no such route: GET /v2/stores')]);
  });
});

describe('a session', () => {
  const refusal = (what: string): never => {
    throw new MemfsError('access_denied', `may not ${what}`);
  };

  it('is refused what the endpoint says, before its input is read and without a handler', async () => {
    served.caller.requireOwner = refusal;
    const refused = allEndpoints.flatMap(({ endpoint }) =>
      typeof endpoint.session === 'object' ? [{ endpoint, what: endpoint.session.refused }] : [],
    );
    expect(refused.length).toBeGreaterThan(30);
    for (const { endpoint, what } of refused) {
      const [method] = endpoint.request.split(' ');
      const answer = await asked(method!, pathOf(endpoint));
      expect(answer, endpoint.request).toMatchObject({ status: 403, message: `may not ${what}` });
    }
    expect(served.refusals).toHaveLength(refused.length);
  });

  it('is asked whether it sees the whole store where that is told of, on the branch that it names', async () => {
    const seen: string[] = [];
    served.caller.onBranch = () =>
      ({ ...served.caller, requireWhole: (store: string) => void seen.push(store) }) as never;
    served.caller.requireWhole = () => refusal('see all');
    const { client } = served;
    await expect(client.stores.show({ store: 'team' })).rejects.toMatchObject({ message: 'may not see all' });
    await expect(all(client.history.verify({ store: 'team' }))).rejects.toMatchObject({
      code: 'access_denied',
    });
    served.handlers.history = { verify: () => [] };
    expect(await all(client.onBranch('b').history.verify({ store: 'team' }))).toEqual([]);
    expect(seen).toEqual(['team']);
  });

  async function asked(method: string, path: string): Promise<{ status: number; message: string }> {
    return new Promise((resolve) => {
      request({ socketPath: controlSocket(served.data), method, path, agent: false }, (response) => {
        let text = '';
        response.on('data', (part) => {
          text += part;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode!, message: JSON.parse(text).error.message }),
        );
      }).end(method === 'POST' || method === 'PUT' ? 'no JSON' : undefined);
    });
  }
});

it('answers a change when mounts show it, and a question at once', async () => {
  const order: string[] = [];
  served.handlers.memories = {
    restore: () => {
      order.push('restored');
      return record(1);
    },
  };
  served.settled = async () => {
    await new Promise(setImmediate);
    order.push('settled');
  };
  served.handlers.stores = { list: none };
  const { stores, memories } = served.client;
  await stores.list();
  await memories.restore({ store: 's', path: '/a', version: '1', ...actor });
  order.push('answered');
  expect(order).toEqual(['restored', 'settled', 'answered']);
});

it('imports and exports trees', async () => {
  const entries: TreeEntry[] = [];
  served.handlers.memories = {
    import: async (_caller, _input, body) => {
      for await (const entry of decodeTree(body, 100)) entries.push(entry);
      return { files: 1, directories: 0, symlinks: 0, links: 0, bytes: 3 };
    },
    export: () => encodeTree(entries),
  };
  const file = { path: Buffer.from('/a'), kind: 'file' as const, mode: 0o644, mtime, size: 3 };
  const { memories } = served.client;
  await memories.import({ store: 's' }, encodeTree([{ ...file, chunks: [Buffer.from('abc')] }]));
  const { content } = await memories.export({ store: 's' });
  const [back] = await all(decodeTree(content, 100));
  expect({ ...back, chunks: Buffer.concat([...back!.chunks!]).toString() }).toEqual({
    ...file,
    chunks: 'abc',
  });
});

it('gives each line of a stream that goes on as soon as it is there', async () => {
  let give: (result: IteratorResult<LogRecord>) => void = () => {};
  let ended = false;
  served.handlers.history = {
    log: () => ({
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
    }),
  };
  const lines = served.client.history.log({ store: 'notes', follow: true });
  for (const seq of [1, 2]) {
    const line = lines.next();
    await new Promise((resolve) => setTimeout(resolve, 50));
    give({ done: false, value: record(seq) });
    expect((await line).value).toMatchObject({ seq });
  }
  await lines.return(undefined);
  await expect.poll(() => ended).toBe(true);
});

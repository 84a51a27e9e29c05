/** A control socket with the handlers that a test gives. */
import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { controlSocket } from '../../../src/api/address.js';
import { controlClient } from '../../../src/api/client/client.js';
import { allEndpoints, type ControlApi } from '../../../src/api/endpoints.js';
import { type ControlApp, createControlApp } from '../../../src/api/server/app.js';
import type { Handlers, SubjectHandlers } from '../../../src/api/server/handlers.js';
import { listen } from '../../../src/api/server/listen.js';
import type { MemfsError } from '../../../src/core/errors.js';
import type { ControlCaller } from '../../../src/daemon/control/caller.js';
import { listenOnFile } from '../../../src/daemon/directory/socket-file.js';

export const actor = { agent: 'agent', session: 'sesn_a' };

type SomeHandlers = { -readonly [S in keyof ControlApi]?: Partial<SubjectHandlers<ControlCaller, S>> };

export class Served {
  readonly data = mkdtempSync(join(tmpdir(), 'memfsd-api-'));
  readonly client = controlClient(this.data);
  readonly reported: MemfsError[] = [];
  readonly refusals: MemfsError[] = [];
  readonly app: ControlApp;
  server!: Server;
  handlers: SomeHandlers = {};
  settled = async (): Promise<void> => {};
  /** The owner, unless a test says otherwise. */
  caller: Partial<ControlCaller> = {
    requireOwner: () => {},
    requireWhole: () => {},
    onBranch: () => this.caller as ControlCaller,
    refused: (error) => void this.refusals.push(error),
    actor: ({ agent = actor.agent, session = actor.session }) => ({ agent, session }),
  };

  constructor() {
    const handlers: Record<string, Record<string, unknown>> = {};
    for (const { subject, name } of allEndpoints) {
      handlers[subject] ??= {};
      handlers[subject][name] = (...args: unknown[]) => {
        const given = this.handlers[subject as keyof SomeHandlers] as Record<
          string,
          (...args: unknown[]) => unknown
        >;
        return given[name]!(...args);
      };
    }
    this.app = createControlApp({
      callerOf: () => this.caller as ControlCaller,
      handlers: handlers as unknown as Handlers<ControlCaller>,
      settled: () => this.settled(),
      report: (error) => void this.reported.push(error),
    });
  }

  async start(accept: (socket: Socket) => void = () => {}): Promise<this> {
    this.server = await listen(this.app, listenOnFile(controlSocket(this.data)), accept);
    return this;
  }

  end(): void {
    this.server.close();
    this.server.closeAllConnections();
    rmSync(this.data, { recursive: true, force: true });
  }
}

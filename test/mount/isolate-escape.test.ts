/** Ways out of `memfsd run --isolate`: each gets nothing, and each would get something without the wall. */
import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { refusesAbstractSockets } from '../../src/cli/run/isolate/health.js';
import { isAlive } from './daemon-support/processes.js';
import { useRuns } from './run-support/runs.js';
import { describeMount } from './support/mount-tier.js';

const program = fileURLToPath(new URL('run-support/escapes.py', import.meta.url));
const isRoot = process.getuid?.() === 0;

/** What gets something without the wall: always, as root, or only where the machine has it. */
const attempts: Readonly<Record<string, 'anybody' | 'root' | 'perhaps'>> = {
  data_by_path: 'anybody',
  data_from_the_working_directory: 'anybody',
  data_by_a_link_in_the_working_directory: 'anybody',
  data_by_a_link_in_memory: 'anybody',
  data_by_a_hard_link: 'anybody',
  data_written: 'anybody',
  data_by_the_root_of_processes: 'anybody',
  data_by_the_directory_of_processes: 'anybody',
  data_by_descriptors_of_processes: 'anybody',
  data_by_inherited_descriptors: 'anybody',
  data_by_taking_descriptors: 'root',
  data_by_file_handle: 'root',
  data_by_a_bind_mount: 'root',
  sockets_of_the_daemon: 'anybody',
  a_socket_of_another_program: 'anybody',
  an_abstract_socket: 'anybody',
  memory_of_others: 'anybody',
  memory_of_others_below_the_working_directory: 'anybody',
  environments_of_processes: 'anybody',
  a_signal: 'anybody',
  a_priority: 'anybody',
  limits_of_a_process: 'anybody',
  a_debugger: 'root',
  namespaces_of_a_process: 'root',
  a_user_namespace: 'perhaps',
  a_mount_namespace: 'root',
  a_process_namespace: 'root',
  taking_memory_away: 'root',
  a_device: 'root',
  devices_of_the_host: 'anybody',
  the_fuse_device: 'anybody',
  the_system_file_system: 'anybody',
  connections_of_fuse: 'perhaps',
  the_pattern_of_cores: 'root',
  the_magic_key: 'perhaps',
  the_system: 'root',
  passwords: 'perhaps',
  shared_memory: 'anybody',
  a_file_in_shared_memory: 'anybody',
  a_keyring: 'perhaps',
  a_program_in_the_kernel: 'perhaps',
  the_name_of_the_host: 'root',
};

type Outcomes = Record<string, string | null>;

describeMount('out of an isolated run', () => {
  const runs = useRuns();
  const { daemon } = runs;
  const abstract = `memfsd-test-${randomUUID()}`;
  const shared = `memfsd-test-${randomUUID()}`;
  const servers: Server[] = [];
  let bystander: ReturnType<typeof spawn>;
  let foreign = '';
  let segment = '';
  let outcomes: { open: Outcomes; walled: Outcomes };

  beforeAll(async () => {
    foreign = await daemon.mount('team notes', '--session', 'foreign');
    await daemon.shell(foreign, 'echo memory of others > foreign.md');
    const below = path.join(runs.work, 'foreign');
    await daemon.expect('mount', 'team notes', below, '--session', 'foreign too');
    symlinkSync(daemon.data, path.join(runs.work, 'to-data'));
    await runs.run(['--store', 'notes', '--', 'sh', '-c', `ln -s '${daemon.data}' "$MEMFSD_MOUNT/to-data"`]);
    const place = path.join(daemon.base, 'other.sock');
    for (const address of [place, `\0${abstract}`])
      servers.push(createServer((client) => client.destroy()).listen(address));
    writeFileSync(`/dev/shm/${shared}`, 'shared');
    segment = /(\d+)\s*$/.exec(run('ipcmk', '-M', '4096'))![1]!;
    bystander = spawn('sleep', ['1000'], {
      cwd: daemon.data,
      env: { ...process.env, CANARY: 'x' },
      stdio: ['ignore', 'ignore', 'ignore', 'ignore'],
    });
    const there = JSON.stringify({
      data: daemon.data,
      pid: bystander.pid,
      sockets: readdirSync(daemon.data).filter((name) => name.endsWith('.sock')),
      socket: place,
      abstract,
      foreign,
      shared,
      shm: keyOf(segment),
      handle: JSON.parse(run('python3', '-c', fileHandle, daemon.data)) as object,
    });
    const attempt = async (...wall: string[]): Promise<Outcomes> => {
      // A descriptor that the caller forgot.
      const script = `exec 33< '${daemon.data}/catalog.db'; exec "$@"`;
      const words = ['run', ...wall, '--store', 'notes', '--', '/usr/bin/python3', program, there];
      const { stdout, stderr } = await runs.inWork(script, [...runs.memfsd, ...words]);
      expect(stderr).toBe('');
      return JSON.parse(stdout) as Outcomes;
    };
    outcomes = { open: await attempt(), walled: await attempt('--isolate', '--bind', `${program}:ro`) };
  });

  afterAll(async () => {
    bystander?.kill('SIGKILL');
    for (const server of servers) server.close();
    rmSync(`/dev/shm/${shared}`, { force: true });
    if (segment !== '') run('ipcrm', '-m', segment);
    await daemon.expect('unmount', path.join(runs.work, 'foreign'));
    await daemon.expect('unmount', foreign);
  });

  test('the table knows every attempt', () => {
    expect(Object.keys(outcomes.open).sort()).toEqual(Object.keys(attempts).sort());
  });

  test.each(Object.keys(attempts))('there is no way by %s', (name) => {
    if (name === 'an_abstract_socket' && !refusesAbstractSockets(os.release())) return;
    expect(outcomes.walled[name]).toBeNull();
  });

  test.each(Object.entries(attempts))('but without a wall there is: %s', (name, who) => {
    if (who === 'anybody' || (who === 'root' && isRoot)) expect(outcomes.open[name]).not.toBeNull();
  });

  test('and outside nothing has changed', async () => {
    expect(isAlive(bystander.pid!)).toBe(true);
    expect(await daemon.expect('verify', 'notes')).toContain('good');
    expect(readdirSync(daemon.data)).not.toContain('written');
    expect(readdirSync(runs.work).sort()).toEqual(['foreign', 'to-data']);
    expect(readFileSync(`/dev/shm/${shared}`, 'utf8')).toBe('shared');
    expect(runs.mounted().sort()).toEqual([foreign, path.join(runs.work, 'foreign')].sort());
  });
});

const run = (command: string, ...args: string[]): string => execFileSync(command, args, { encoding: 'utf8' });

/** The key of a segment of shared memory, which proc_sysvipc(5) lists first. */
function keyOf(segment: string): number {
  const rows = readFileSync('/proc/sysvipc/shm', 'utf8').split('\n');
  const row = rows.map((text) => text.trim().split(/\s+/)).find(([, id]) => id === segment);
  return Number(row![0]);
}

/** name_to_handle_at(2) of a directory. */
const fileHandle = `
import ctypes, json, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
record = ctypes.create_string_buffer(struct.pack("Ii", 128, 0) + bytes(128))
mount = ctypes.c_int()
libc.name_to_handle_at(-100, sys.argv[1].encode(), record, ctypes.byref(mount), 0)
size, kind = struct.unpack_from("Ii", record.raw)
print(json.dumps({"type": kind, "bytes": record.raw[8 : 8 + size].hex()}))
`;

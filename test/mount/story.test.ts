/**
 * The story that dreams are for, on real mounts: two agents on call share a memory; a week of their sessions becomes a
 * dream; a reviewer looks at it with `diff -r`, takes all of it but one edit, and takes it back later.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import type { DreamDetail, DreamOutcome } from '../../src/api/endpoints/dreams.js';
import type { Edit, EditKind } from '../../src/dream/edit.js';
import { expectSuccess, runChild } from './support/child.js';
import { describeMount } from './support/mount-tier.js';
import { usePrivateDaemon } from './support/private-daemon.js';

const fixtures = fileURLToPath(new URL('../../fixtures/story/', import.meta.url));
const stale = '/hosts/relay-old.md';
const verified = '/limits/db-primary.md';
const sameFact = [
  '/incidents/2026-01-19-checkout.md',
  '/notes/2026-03-11.md',
  '/notes/2026-04-20.md',
  '/notes/2026-05-06.md',
  '/services/checkout-api.md',
];
/** What only one of the five says. */
const details = ['OPS-2211', 'DB_DEADLINE', 'release 41', 'Mirela Dumitru', 'P-5530'];

type Tree = Readonly<Record<string, string>>;

/** Never of a mount: this process must not wait for one. */
const treeOf = (directory: string): Tree =>
  Object.fromEntries(
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .map((file) => [`/${path.relative(directory, file)}`, readFileSync(file, 'utf8')]),
  );

describeMount('a week on call, and a dream of it', () => {
  const daemon = usePrivateDaemon();
  const below = (...names: string[]): string => path.join(daemon.base, ...names);
  const begun = Date.now() - 60 * 60_000;
  const at = (minutes: number): string => new Date(begun + minutes * 60_000).toISOString();
  const incident = `incidents/${at(0).slice(0, 10)}-checkout.md`;
  let memory: string;
  let handbook: string;
  let review: string;
  let dream: DreamDetail;
  let before: Tree;
  let applied: Tree;
  let exports = 0;

  /** The commands of an agent that answers a page. */
  const triage = async (name: string, time: string): Promise<string[]> => {
    const args = [
      `${fixtures}triage.mjs`,
      name,
      memory,
      handbook,
      below('transcripts', `${name}.jsonl`),
      time,
    ];
    const output = await daemon.withLog(expectSuccess(runChild(process.execPath, args)));
    return output.split('\n').filter((line) => line.startsWith(`${name}$ `));
  };
  const json = async <T>(...args: string[]): Promise<T> =>
    JSON.parse(await daemon.expect(...args, '--json')) as T;
  const edit = (kind: EditKind, file: string): Edit =>
    dream.edits.find((each) => each.kind === kind && each.paths.includes(file))!;
  const stored = async (): Promise<Tree> => {
    exports += 1;
    await daemon.expect('store', 'export', 'sre', below(`export-${exports}`));
    return treeOf(below(`export-${exports}`));
  };

  beforeAll(async () => {
    mkdirSync(below('transcripts'));
    cpSync(path.join(fixtures, 'memory'), below('memory'), { recursive: true });
    for (const [store, directory] of [
      ['sre', below('memory')],
      ['handbook', path.join(fixtures, 'handbook')],
    ] as const) {
      await daemon.expect('store', 'create', store);
      await daemon.expect('store', 'import', store, directory);
    }
    handbook = await daemon.mount('handbook', '--read-only');
    memory = await daemon.mount('sre');
  });

  it('the knowledge of the organisation can be read and not changed', async () => {
    expect(await daemon.shell(handbook, 'cat escalation.md')).toContain('#data-oncall');
    const { status, stderr } = await runChild('sh', ['-c', `echo x >> ${handbook}/escalation.md`]);
    expect(stderr).toContain('Read-only file system');
    expect(status).not.toBe(0);
  });

  it('the second agent stops early because of what the first one wrote down', async () => {
    expect((await triage('ada', at(0))).length).toBeGreaterThan(6);
    expect(await triage('ben', at(30))).toEqual([
      'ben$ grep -rl CheckoutLatencyHigh incidents',
      `ben$ cat ${incident}`,
      'ben$ exportctl throttle --workers 2',
    ]);
  });

  it('the journal knows whose note it is, and the transcript which command wrote it', async () => {
    const week = [`${fixtures}week.mjs`, below('transcripts'), at(0)];
    await expectSuccess(runChild(process.execPath, week));
    await daemon.expect('session', 'ingest', below('transcripts'), '--store', 'sre');
    const why = await daemon.expect('why', 'sre', `${incident}:1`);
    expect(why).toContain('ada');
    expect(why).toContain(`cat > ${incident}`);
  });

  it('a dream finds what no session shows, and changes nothing', async () => {
    before = await stored();
    dream = await json('dream', 'run', 'sre');
    expect(dream).toMatchObject({ status: 'staged', sessions: 8, refused: [] });
    expect(edit('merge_duplicates', sameFact[0]!).paths).toEqual(sameFact);
    expect(edit('remove_stale', stale).paths).toEqual([stale]);
    expect(edit('verify', verified).paths).toEqual([verified]);
    const [pattern] = dream.edits.filter(({ kind }) => kind === 'note_pattern');
    expect(pattern!.reason).toMatch(/7 sessions.*CheckoutLatencyHigh.* 60 s after .*CPU spike/);
    expect(await stored()).toEqual(before);
  });

  it('the reviewer sees it with diff -r, on the mount of the agents and on the tree that it was made from', async () => {
    review = await daemon.mountBy((directory) => ['dream', 'mount', dream.id, directory]);
    for (const base of [memory, `${review}/.memfs/dreams/${dream.id}/base`]) {
      const { status, stdout, stderr } = await runChild('diff', ['-r', base, review]);
      expect([status, stderr]).toEqual([1, '']);
      expect(stdout).toContain(`Only in ${base}/hosts: relay-old.md`);
      expect(stdout).toContain(`Only in ${review}: patterns`);
      expect(stdout).toMatch(/^> - db-primary accepts 300 connections at once\. Verified \d{4}-/m);
    }
    const { stdout } = await runChild('grep', ['-rlE', '8 ?s', review]);
    const left = stdout.split('\n').filter((file) => sameFact.some((name) => file.endsWith(name)));
    expect(left).toHaveLength(1);
    const one = await runChild('cat', left);
    for (const detail of details) expect(one.stdout).toContain(detail);
  });

  it('all but one edit are applied', async () => {
    const { n } = edit('verify', verified);
    const outcome = await json<DreamOutcome>('dream', 'apply', dream.id, '--except', String(n));
    expect(outcome).toMatchObject({ left_out: [], rejected: [n] });
    expect(outcome.applied).toHaveLength(dream.edits.length - 1);
    applied = await stored();
    expect(applied[stale]).toBeUndefined();
    expect(applied[verified]).toBe(before[verified]);
    expect(Object.values(applied).filter((text) => text.includes('CheckoutLatencyHigh'))).toHaveLength(2);
    expect(await daemon.shell(memory, 'cat patterns/*.md')).toContain('60 s');
    expect(await daemon.expect('log', 'sre', '--last', '3')).toContain(dream.id);
  });

  it('what was turned down is not proposed again', async () => {
    const again = await json<DreamDetail>('dream', 'run', 'sre', '--since', '2000-01-01T00:00:00Z');
    expect(again.sessions).toBe(8);
    expect(again.edits.filter(({ state, kind }) => state === 'staged' && kind === 'verify')).toEqual([]);
  });

  it('it is taken back as one step, and what came after it stays', async () => {
    await daemon.shell(memory, 'echo "Oskar is on call on Monday." > notes/rota.md');
    expect((await json<DreamOutcome>('dream', 'revert', dream.id)).status).toBe('reverted');
    expect(await stored()).toEqual({ ...before, '/notes/rota.md': 'Oskar is on call on Monday.\n' });
    expect(await daemon.expect('verify', 'sre')).toContain('good');
  });
});

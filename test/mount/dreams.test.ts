import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, expect, it } from 'vitest';
import type { DreamDetail, DreamOutcome } from '../../src/api/endpoints/dreams.js';
import { assistant, claudeLine, jsonLines } from '../unit/sessions/samples.js';
import { executable, killEngine, statusOf, until } from './daemon-support/processes.js';
import { runChild } from './support/child.js';
import { describeMount } from './support/mount-tier.js';
import { usePrivateDaemon } from './support/private-daemon.js';

const said = (n: number): object[] => [
  { ...claudeLine(`u${n}`, null), sessionId: `said-${n}` },
  { ...claudeLine(`a${n}`, `u${n}`, assistant({ type: 'text', text: 'Done.' })), sessionId: `said-${n}` },
];

describeMount('dreams', () => {
  const daemon = usePrivateDaemon();
  let agent = '';
  const json = async <T>(...args: string[]): Promise<T> =>
    JSON.parse(await daemon.expect('dream', ...args, '--json')) as T;
  const sumOf = (sums: string, path: string): string =>
    sums.split('\n').find((line) => line.endsWith(` .${path}`))!;
  const files = (directory: string): Promise<string> =>
    daemon.shell(directory, 'find . -type f | LC_ALL=C sort | xargs -d "\\n" sha256sum');

  beforeAll(async () => {
    await daemon.expect('store', 'create', 'ops');
    agent = await daemon.mount('ops', '--agent', 'ada', '--session', 'said-0');
    await daemon.shell(
      agent,
      `mkdir services
       printf '# Billing\\n\\nThe connection pool of billing-api holds 40 connections.\\n\\nIt is written in Go.\\n' > services/billing.md
       printf '# Pools\\n\\n- The connection pool of billing-api holds 40 connections.\\n- ledger has 12.\\n' > services/pools.md
       printf '# Search\\n\\nThe index of catalog-search is rebuilt every 6 hours.\\n\\nIt has five shards.\\n' > services/search.md
       printf '# Jobs\\n\\n- The index of catalog-search is rebuilt every 6 hours.\\n- Backups run at 02:00.\\n' > jobs.md
       printf '# Pages\\n\\nWho is paged looks at the broker first.\\n' > pages.md`,
    );
    const directory = join(daemon.base, 'transcripts');
    mkdirSync(directory);
    for (let n = 0; n < 3; n++) writeFileSync(join(directory, `${n}.jsonl`), jsonLines(said(n)));
    await daemon.expect('session', 'ingest', directory, '--store', 'ops');
  });

  it('are made, looked at, corrected, applied but for one edit, and reverted', async () => {
    const before = await files(agent);
    const dream = await json<DreamDetail>('run', 'ops');
    expect(dream).toMatchObject({ status: 'staged', sessions: 3, usage: null });
    const { id, edits } = dream;
    expect(edits.map(({ kind }) => kind)).toEqual(['merge_duplicates', 'merge_duplicates']);
    const [taken, rejected] = edits;
    expect(await files(agent)).toBe(before);
    expect((await statusOf(daemon)).dreams).toMatchObject([{ id, store_name: 'ops' }]);

    const shown = await daemon.expect('dream', 'show', id.slice(0, 12));
    expect(shown).toContain(taken!.reason);
    const note = taken!.paths[0]!;
    expect(await daemon.expect('dream', 'diff', id)).toContain(`+++ b${note}`);

    const shadow = join(daemon.base, 'shadow');
    await mkdir(shadow);
    const mounted = await json<{ compare: string }>('mount', id, shadow, '--agent', 'rita');
    const differing = await daemon.shell(daemon.base, `diff -rq ${agent} ${shadow} || true`);
    expect(differing.trim().split('\n')).toHaveLength(2);
    expect(mounted.compare).toMatch(/^diff -ru \S+\/base \S+$/);
    expect(await daemon.shell(daemon.base, `${mounted.compare} || true`)).toContain(`${shadow}${note}`);
    expect(await daemon.shell(agent, `cat .memfs/dreams/${id}/diff`)).toContain(`+++ b${note}`);
    expect(await daemon.shell(agent, `cat .memfs/dreams/${id}/report.md`)).toContain(
      '2 merges of duplicates',
    );
    await daemon.shell(shadow, `sed -i '$a Checked by rita.' pages.md .${note}`);
    await daemon.shell(agent, `sed -i '1i And then at the ledger.' pages.md`);

    const outcome = await json<DreamOutcome>('apply', id, '--except', String(rejected!.n));
    expect(outcome).toMatchObject({ status: 'partly_applied', rejected: [rejected!.n] });
    const [left] = rejected!.paths;
    expect(await daemon.shell(agent, `sha256sum .${left}`)).toBe(`${sumOf(before, left!)}\n`);
    expect(outcome.reviewed).toEqual(expect.arrayContaining(['/pages.md', note]));
    const pages = await daemon.shell(agent, 'cat pages.md');
    expect(pages).toContain('Checked by rita.');
    expect(pages).toContain('And then at the ledger.');
    expect(await daemon.shell(agent, `tail -1 .${note}`)).toBe('Checked by rita.\n');
    expect(await daemon.expect('blame', 'ops', note)).toMatch(/rita.*Checked by rita/);
    expect(await daemon.expect('log', 'ops', note)).toContain(id);

    await daemon.expect('unmount', shadow);
    expect(await json<DreamDetail>('show', id)).toMatchObject({ branch: null });
    await daemon.shell(agent, `sed -i '/And then/d' pages.md`);
    await json('revert', id);
    expect(await files(agent)).toBe(before);
    expect(await daemon.shell(agent, 'find . -type d -empty')).toBe('');
    await daemon.expect('verify', 'ops');
  });

  it('do not propose again what was rejected', async () => {
    const dream = await json<DreamDetail>('run', 'ops');
    expect(dream.edits).toHaveLength(1);
    expect(dream.remarks.join()).toContain('rejected before');
    expect(await json('reject', dream.id)).toMatchObject({ status: 'rejected' });
    expect(await daemon.run(['dream', 'apply', dream.id])).toMatchObject({ status: 4 });
    expect(await json<DreamDetail>('run', 'ops')).toMatchObject({ status: 'nothing_to_do' });
  });

  it('are nothing that a process of a session decides on', async () => {
    const env = { ...process.env, MEMFSD_SESSION: 'said-0' };
    for (const command of ['run ops', 'list', 'apply drm_x', 'reject drm_x', 'revert drm_x', 'show drm_x'])
      expect(await daemon.run(['dream', ...command.split(' ')], { env }), command).toMatchObject({
        status: 5,
      });
  });

  it('are all or nothing when the engine is killed while it applies', async () => {
    await daemon.expect('store', 'create', 'big');
    const mountpoint = await daemon.mount('big', '--session', 'sesn_big');
    const count = 60;
    await daemon.shell(
      mountpoint,
      `for i in $(seq ${count}); do
         printf 'The timeout of service-%s-gateway is %s seconds.\\n' $i $((i + 10)) > one-$i.md
         printf '# Other\\n\\nThe timeout of service-%s-gateway is %s seconds.\\n' $i $((i + 10)) > two-$i.md
       done`,
    );
    const before = await files(mountpoint);
    const dream = await json<DreamDetail>('run', 'big');
    expect(dream.counts.staged, JSON.stringify(dream.refused.slice(0, 3))).toBeGreaterThan(10);
    const states = new Set<string>();
    for (const wait of [0, 150, 300]) {
      const applying = runChild(process.execPath, [
        executable,
        'dream',
        'apply',
        dream.id,
        '--data',
        daemon.data,
      ]);
      await delay(wait);
      await killEngine(daemon);
      await applying;
      await until('an end of it', 20_000, async () => {
        const { status } = await json<DreamDetail>('show', dream.id);
        return status !== 'applying' && states.add(status) !== null;
      });
      const { status } = await json<DreamDetail>('show', dream.id);
      if (status === 'staged') expect(await files(mountpoint)).toBe(before);
    }
    const { status } = await json<DreamDetail>('show', dream.id);
    if (status === 'staged') await json('apply', dream.id);
    expect(await json<DreamDetail>('show', dream.id)).toMatchObject({ status: 'applied', branch: null });
    expect(await files(mountpoint)).not.toBe(before);
    await json('revert', dream.id);
    expect(await files(mountpoint)).toBe(before);
    await daemon.expect('verify', 'big');
  });
});

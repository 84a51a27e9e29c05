import { describe, expect, it } from 'vitest';
import type { Evidence } from '../../../../src/dream/edit.js';
import { agent, bash, inputOf, memory, session, tool, user } from '../dream-input.js';
import { append, judged, proposed, refusal, remove, replace, said, stands } from './guarded.js';

const pool = 'shop-web keeps 47 connections in its pool.';
const runbook = '# Purge the cache\n\n1. Run `cdnctl purge --zone shop-web --soft`\n2. Wait 76 minutes\n';
const expert = 'Jonas Gallagher testifies as our expert in Crestline v. Umber.';
const input = inputOf({
  memories: [
    memory('/pool.md', `${pool}\n`),
    memory('/runbooks/purge.md', runbook),
    memory('/expert.md', expert),
  ],
  sessions: [
    session(
      'same',
      '2026-05-01T08:00:00Z',
      bash('cat /srv/shop-web/values.yaml', 'rev: 8\ndatabase.pool.max: 47'),
    ),
    session('else', '2026-05-02T08:00:00Z', [
      ...bash('cat /m/notes/pool.md', pool),
      ...bash('cat /srv/shop-web/values.yaml', 'database.pool.max: 86'),
    ]),
    session(
      'asked',
      '2026-05-03T08:00:00Z',
      user(`My notes say: ${pool} Still right?`),
      agent('I cannot check.'),
      user('I asked around: yes.'),
    ),
    session(
      'told',
      '2026-05-04T08:00:00Z',
      agent(`Notes: ${pool}`),
      user('No, shop-web keeps 86 connections now.'),
    ),
    session('ran', '2026-05-05T08:00:00Z', bash('cdnctl purge --zone shop-web --soft', '')),
    session(
      'failed',
      '2026-05-05T09:00:00Z',
      bash('cdnctl purge --zone shop-web --soft', 'no such zone', { is_error: true }),
    ),
    session('other', '2026-05-05T10:00:00Z', bash('cat /srv/tax-engine.yaml', 'pool.max: 47')),
    session('weather', '2026-05-06T08:00:00Z', user('It is raining in Leeds.')),
    session(
      'team',
      '2026-05-07T08:00:00Z',
      user('Who is our expert in Crestline v. Umber?'),
      agent('Jonas Gallagher, I think.'),
      user('Right, the team says so too.'),
    ),
    session(
      'web',
      '2026-05-08T08:00:00Z',
      tool('WebFetch', { url: 'https://b.example' }, 'shop-web: 47 connections'),
    ),
  ],
});
const verify = (path: string, evidence: Evidence): string | null =>
  refusal(input, proposed('verify', [append(path, 'Verified 2026-05-01.')], [evidence]));

describe('a verification', () => {
  it('hears the number, the command or the names of what it confirms', () => {
    expect(verify('/pool.md', said(input, 'same', 'database.pool.max: 47'))).toBeNull();
    expect(verify('/pool.md', said(input, 'asked', 'I asked around: yes.'))).toBeNull();
    expect(
      verify('/runbooks/purge.md', said(input, 'ran', 'cdnctl purge --zone shop-web --soft')),
    ).toBeNull();
    expect(verify('/expert.md', said(input, 'team', 'Right, the team says so too.'))).toBeNull();
  });

  it('does not confirm another number, though the note was read just before', () => {
    expect(verify('/pool.md', said(input, 'else', 'database.pool.max: 86'))).toMatch(
      /confirms something else/,
    );
    expect(verify('/pool.md', said(input, 'told', 'No, shop-web keeps 86 connections now.'))).toMatch(
      /says something else/,
    );
    expect(verify('/pool.md', said(input, 'weather', 'It is raining'))).toMatch(/confirms something else/);
    expect(verify('/pool.md', said(input, 'other', 'pool.max: 47'))).toMatch(/confirms something else/);
    expect(verify('/runbooks/purge.md', said(input, 'failed', 'cdnctl purge'))).toMatch(/only the agent/);
  });
});

describe('what is added', () => {
  const resolve = (value: string): string | null =>
    refusal(
      input,
      proposed(
        'resolve_contradiction',
        [replace('/pool.md', '47', value)],
        [said(input, 'else', 'database.pool.max: 86')],
      ),
    );

  it('is what the evidence says', () => {
    expect(resolve('86')).toBeNull();
    expect(resolve('87')).toMatch(/adds "87".*neither its evidence/);
  });

  it('has no identifier, path or address that nobody said', () => {
    const note = (text: string): string | null =>
      refusal(
        input,
        proposed(
          'note_pattern',
          [append('/pool.md', text)],
          [said(input, 'same', 'rev: 8'), said(input, 'ran', 'cdnctl')],
        ),
      );
    expect(
      note(
        '`cdnctl purge --zone shop-web` follows /srv/shop-web/values.yaml in 2 of 3 sessions, 95 s later.',
      ),
    ).toBeNull();
    expect(note('It is read often (sessions same and ran).')).toBeNull();
    expect(note('See TICKET-99.')).toMatch(/adds "TICKET-99"/);
    expect(note('See https://made.example/up.')).toMatch(/made\.example/);
  });
});

describe('what is provable', () => {
  const provable = (...edit: Parameters<typeof proposed>): boolean =>
    judged(input, proposed(...edit))[0]!.provable;

  it('is a verification by a user or a live system', () => {
    const add = [append('/pool.md', 'Verified 2026-05-01.')];
    expect(provable('verify', add, [said(input, 'same', 'database.pool.max: 47')])).toBe(true);
    expect(provable('verify', add, [said(input, 'web', '47 connections')])).toBe(false);
    const more = [append('/pool.md', 'Verified 2026-05-01.\nIt is never restarted.')];
    expect(provable('verify', more, [said(input, 'same', 'database.pool.max: 47')])).toBe(false);
  });

  it('is a merge of statements that mean the same word by word', () => {
    const merged = (gone: string): boolean => {
      const pair = inputOf({ memories: [memory('/a.md', pool), memory('/b.md', gone)] });
      const evidence = [stands(pair, '/a.md', pool), stands(pair, '/b.md', gone)];
      return judged(pair, proposed('merge_duplicates', [remove('/b.md')], evidence))[0]!.provable;
    };
    expect(merged('- In its pool, shop-web keeps 47 connections')).toBe(true);
    expect(merged('shop-web opens 47 connections at most.')).toBe(false);
  });

  it('is no pattern', () => {
    const two = [said(input, 'same', 'rev: 8'), said(input, 'ran', 'cdnctl')];
    expect(provable('note_pattern', [append('/pool.md', 'It is read often.')], two)).toBe(false);
  });

  it('says whose word it is', () => {
    const evidence = [
      said(input, 'same', 'rev: 8'),
      said(input, 'asked', 'I asked'),
      stands(input, '/pool.md', pool),
    ];
    const [edit] = judged(
      input,
      proposed('note_pattern', [append('/pool.md', 'It is read often.')], evidence),
    );
    expect(edit!.sources).toEqual(['live', 'memory', 'user']);
  });
});

it('steps that were carried out confirm the whole of a procedure', () => {
  const steps = '1. Number the tabs from 360\n2. Print two copies for chambers\n';
  const procedure = inputOf({
    memories: [memory('/binder.md', steps)],
    sessions: [
      session('ran', '2026-05-01T08:00:00Z', [
        ...tool('do', { step: 'Number the tabs from 360' }, 'done'),
        ...tool('do', { step: 'Print two copies for chambers' }, 'done'),
      ]),
    ],
  });
  const line = '2. Print two copies for chambers';
  const change = replace('/binder.md', line, `${line}\n\nVerified 2026-05-01.`, 2);
  const evidence = [
    said(procedure, 'ran', '{"step":"Number the tabs from 360"}'),
    said(procedure, 'ran', '{"step":"Print two copies for chambers"}'),
  ];
  expect(refusal(procedure, proposed('verify', [change], evidence))).toBeNull();
  expect(refusal(procedure, proposed('verify', [change], evidence.slice(0, 1)))).toBeNull();
});

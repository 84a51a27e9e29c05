import { describe, expect, it } from 'vitest';
import type { Memory } from '../../../../src/dream/input.js';
import { agent, bash, inputOf, memory, session, tool, user } from '../dream-input.js';
import { append, proposed, refusal, remove, replace, said, stands } from './guarded.js';

const kept = 'The pool of billing-api holds 44 connections.';
const filler = memory('/filler.md', 'Nothing of this matters to anybody.\n'.repeat(60));

function merge(gone: string, result = kept, others: Memory[] = []): string | null {
  const input = inputOf({
    memories: [memory('/a.md', `${kept}\n`), memory('/b.md', `# Notes\n\n- ${gone}\n`), filler, ...others],
  });
  const evidence = [stands(input, '/a.md', kept), stands(input, '/b.md', gone)];
  const changes = [remove('/b.md'), ...(result === kept ? [] : [replace('/a.md', kept, result)])];
  return refusal(input, proposed('merge_duplicates', changes, evidence));
}

describe('a merge that loses no fact passes', () => {
  it.each([
    ['in other words', 'billing-api keeps up to 44 open connections in its pool.'],
    ['with a day of its own', `${kept} (noted 2026-01-05)`],
    ['in other letters', 'THE POOL OF billing-api HOLDS 44 CONNECTIONS'],
  ])('%s', (_, gone) => expect(merge(gone)).toBeNull());

  it('with a detail that the result keeps', () => {
    const gone = 'Pool of billing-api: 44. Exception: partner P-695, see https://wiki.example/pool';
    expect(merge(gone, `${kept} Exception: partner P-695 (https://wiki.example/pool).`)).toBeNull();
  });

  it('with the same amount in another unit', () => {
    const input = inputOf({
      memories: [
        memory('/a.md', 'billing-api gives up after 90 s.\n'),
        memory('/b.md', 'Timeout of billing-api: 1.5 min\n'),
        filler,
      ],
    });
    const evidence = [
      stands(input, '/a.md', 'billing-api'),
      stands(input, '/b.md', 'Timeout of billing-api'),
    ];
    expect(refusal(input, proposed('merge_duplicates', [remove('/b.md')], evidence))).toBeNull();
  });

  it('with an entry of an index that pointed to it', () => {
    const gone = 'billing-api: 44 connections.';
    const input = inputOf({
      memories: [
        memory('/a.md', kept),
        memory('/n/b.md', gone),
        memory('/MEMORY.md', '- [Old pool 44](n/b.md)\n- [a](a.md)\n'),
        filler,
      ],
    });
    const changes = [remove('/n/b.md'), replace('/MEMORY.md', '- [Old pool 44](n/b.md)\n', '')];
    const evidence = [stands(input, '/a.md', kept), stands(input, '/n/b.md', gone)];
    expect(refusal(input, proposed('merge_duplicates', changes, evidence))).toBeNull();
  });
});

describe('a merge that loses a fact is refused', () => {
  it.each([
    ['a number', 'billing-api keeps up to 45 open connections in its pool.', /removes "45"/],
    ['the unit of a number', 'billing-api drops idle connections of the pool after 44 s.', /removes "44 s"/],
    ['what it is about', 'search-gateway keeps up to 44 connections in its pool.', /removes/],
    ['an address', 'billing-api: 44, see https://wiki.example/pool', /wiki\.example/],
    ['a path', 'billing-api: 44, set in /etc/billing/pool.yaml', /\/etc\/billing\/pool\.yaml/],
    ['an identifier', 'billing-api: 44, but not for P-695', /P-695/],
    ['a date', 'billing-api: 44, from 2026-07-01 on it is shared', /2026-07-01/],
    ['a name', 'billing-api: 44, as Ruth Lindgren decided', /Ruth|Lindgren/],
    ['a command', 'billing-api: 44, shown by `poolctl show --all`', /poolctl show/],
    ['an environment', 'The staging pool of billing-api holds 44 connections.', /removes/],
    ['a negation', 'The pool of billing-api is never restarted by Ansible.', /Ansible/],
  ])('%s', (_, gone, why) => expect(merge(gone)).toMatch(why));

  it('though the number stands there for something else', () => {
    const others = [memory('/c.md', 'search-gateway retries 45 times.\n')];
    expect(merge('billing-api keeps up to 45 open connections in its pool.', kept, others)).toMatch(/45/);
  });

  it('though it is called something else', () => {
    const input = inputOf({ memories: [memory('/a.md', `${kept}\nIt is shared with P-695.\n`), filler] });
    const change = replace('/a.md', 'It is shared with P-695.', 'It is shared.');
    expect(refusal(input, proposed('reorganise', [change]))).toMatch(/P-695/);
    expect(
      refusal(input, proposed('reorganise', [replace('/a.md', 'It is shared', 'The pool is shared')])),
    ).toBeNull();
  });
});

it('a negation is no opposite', () => {
  const make = (gone: string): string | null => {
    const left = 'Rebase of main is allowed in harbor-auth.';
    const input = inputOf({ memories: [memory('/a.md', left), memory('/b.md', gone), filler] });
    const evidence = [stands(input, '/a.md', left), stands(input, '/b.md', gone)];
    return refusal(input, proposed('merge_duplicates', [remove('/b.md')], evidence));
  };
  expect(make('In harbor-auth one may rebase main.')).toBeNull();
  expect(make('In harbor-auth one may not rebase main.')).toMatch(/removes "harbor-auth"/);
});

describe('a contradiction', () => {
  const old = 'The pool of billing-api holds 44 connections. Exception: partner P-695.';
  const input = inputOf({
    memories: [
      memory('/a.md', `${old}\n\nLast updated: 2026-03-01\n`, '2026-03-01T00:00:00.000Z'),
      memory('/new.md', 'billing-api: 60 connections in the pool. (noted 2026-04-01)\n'),
      memory('/older.md', 'billing-api: 30 connections in the pool. (noted 2026-02-01)\n'),
      filler,
    ],
    sessions: [
      session('user', '2026-05-01T08:00:00Z', user('The pool of billing-api was raised to 80 connections.')),
      session(
        'before',
        '2026-02-01T08:00:00Z',
        user('The pool of billing-api was raised to 80 connections.'),
      ),
      session(
        'live',
        '2026-05-02T08:00:00Z',
        bash('cat /srv/billing-api/values.yaml', 'rev: 9\ndatabase.pool.max: 81'),
      ),
      session(
        'web',
        '2026-05-03T08:00:00Z',
        tool('WebFetch', { url: 'https://b.example' }, 'billing-api pool: 82'),
      ),
      session('else', '2026-05-04T08:00:00Z', user('search-gateway now runs 83 replicas.')),
      session('agent', '2026-05-04T08:00:00Z', agent('The pool of billing-api holds 84 connections.')),
    ],
  });
  const resolve = (value: string, ...evidence: Parameters<typeof proposed>[2] & object): string | null => {
    const change = replace('/a.md', '44 connections', `${value} connections`);
    return refusal(input, proposed('resolve_contradiction', [change], evidence));
  };

  it('is resolved by a user, by a live system, by a newer memory', () => {
    expect(resolve('80', said(input, 'user', 'The pool of billing-api was raised to 80'))).toBeNull();
    expect(resolve('81', said(input, 'live', 'database.pool.max: 81'))).toBeNull();
    expect(resolve('60', stands(input, '/a.md', old), stands(input, '/new.md', '60 connections'))).toBeNull();
  });

  it('is not resolved by what is older, of something else, from elsewhere or said by the agent', () => {
    expect(resolve('80', said(input, 'before', 'raised to 80'))).toMatch(/the evidence is older/);
    expect(resolve('30', stands(input, '/a.md', old), stands(input, '/older.md', '30 connections'))).toMatch(
      /older/,
    );
    expect(resolve('83', said(input, 'else', '83 replicas'))).toMatch(/about something else/);
    expect(resolve('82', said(input, 'web', 'pool: 82'))).toMatch(/neither a user nor a live system/);
    expect(resolve('84', said(input, 'agent', '84'))).toMatch(/only the agent/);
  });

  it('ends the value, not what is said besides', () => {
    const change = replace('/a.md', old, 'The pool of billing-api holds 80 connections.');
    const edit = proposed(
      'resolve_contradiction',
      [change],
      [said(input, 'user', 'The pool of billing-api was raised to 80')],
    );
    expect(refusal(input, edit)).toMatch(/P-695/);
  });
});

describe('what is out of date', () => {
  const input = inputOf({
    memories: [
      memory('/tools.md', 'legacy-mailer listens on port 19302.\n\nsearch-gateway listens on port 8443.\n'),
      memory('/notice.md', 'The garnet-40 mirror is read-only up to 2026-05-20.\n'),
      filler,
    ],
    sessions: [session('user', '2026-05-01T08:00:00Z', user('We switched legacy-mailer off for good.'))],
  });
  const evidence = [said(input, 'user', 'We switched legacy-mailer off')];

  it('goes, and nothing else with it', () => {
    const gone = replace('/tools.md', 'legacy-mailer listens on port 19302.\n\n', '');
    expect(refusal(input, proposed('remove_stale', [gone], evidence))).toBeNull();
    expect(refusal(input, proposed('remove_stale', [remove('/tools.md')], evidence))).toMatch(/8443/);
  });

  it('goes with what stands under its name, and what stands under another does not', () => {
    const text = (name: string): string => `# ${name}\n\nMail waits there. Log in on port 2209 to see it.\n`;
    const memories = [
      memory('/old.md', text('legacy-mailer')),
      memory('/new.md', text('swift-mailer').replace('2209', '3310')),
      ...input.memories,
    ];
    const named = { ...input, memories };
    const edit = (path: string) => proposed('remove_stale', [remove(path)], evidence);
    expect(refusal(named, edit('/old.md'))).toBeNull();
    expect(refusal(named, edit('/new.md'))).toMatch(/3310/);
  });

  it('goes when its last day is over', () => {
    const notice = [stands(input, '/notice.md', 'read-only up to 2026-05-20')];
    expect(refusal(input, proposed('remove_stale', [remove('/notice.md')], notice))).toBeNull();
    const gone = replace('/tools.md', 'legacy-mailer listens on port 19302.\n\n', '');
    expect(refusal(input, proposed('remove_stale', [gone], notice))).toMatch(/19302/);
  });
});

it('a verification changes nothing', () => {
  const input = inputOf({
    memories: [memory('/a.md', kept), filler],
    sessions: [session('live', '2026-05-01T08:00:00Z', bash('cat /srv/billing-api.yaml', 'pool.max: 44'))],
  });
  const evidence = [said(input, 'live', 'pool.max: 44')];
  expect(refusal(input, proposed('verify', [append('/a.md', 'Verified 2026-05-01.')], evidence))).toBeNull();
  const change = replace('/a.md', '44', '45');
  expect(refusal(input, proposed('verify', [change], evidence))).toMatch(/44/);
});

describe('a memory that its own date ends', () => {
  const over = 'The north gate is shut until 3 March 2026.';
  const removal = (heading: string): string | null => {
    const input = inputOf({
      memories: [memory('/log/minutes 7.md', `# ${heading}\n\n${over}\n`), filler],
      sessions: [],
    });
    const evidence = [stands(input, '/log/minutes 7.md', over)];
    return refusal(input, proposed('remove_stale', [remove('/log/minutes 7.md')], evidence));
  };

  it('goes with a heading that numbers it as its file does', () => {
    expect(removal('Minutes 7')).toBeNull();
  });

  it('does not go with a number that is stated', () => {
    expect(removal('Opens with card 7')).toMatch(/7/);
  });
});

describe('what has no facts', () => {
  const prose = 'Nobody likes to restart the slow cluster in winter.';
  const input = inputOf({
    memories: [
      memory('/prose.md', `${prose}\n`),
      memory('/mailer.md', '# legacy-mailer\n\nPlease restart it by hand.\n'),
      memory('/a.md', `${kept}\n`),
      memory('/b.md', `- ${kept}\n`),
      filler,
    ],
    sessions: [session('user', '2026-05-01T08:00:00Z', user('We switched legacy-mailer off for good.'))],
  });
  const gone = [said(input, 'user', 'We switched legacy-mailer off')];
  const merge = [stands(input, '/a.md', kept), stands(input, '/b.md', kept)];

  it('goes when the evidence is about it', () => {
    expect(refusal(input, proposed('remove_stale', [remove('/mailer.md')], gone))).toBeNull();
    expect(refusal(input, proposed('merge_duplicates', [remove('/b.md')], merge))).toBeNull();
  });

  it('does not go with something else', () => {
    expect(refusal(input, proposed('remove_stale', [remove('/prose.md')], gone))).toMatch(/not about/);
    const both = [remove('/b.md'), remove('/prose.md')];
    expect(refusal(input, proposed('merge_duplicates', both, merge))).toMatch(/not about/);
    expect(refusal(input, proposed('reorganise', [remove('/prose.md')]))).toMatch(/not about/);
  });

  it('may be said in another order', () => {
    const change = replace('/prose.md', prose, 'In winter, nobody likes to restart the cluster: it is slow.');
    expect(refusal(input, proposed('reorganise', [change]))).toBeNull();
  });
});

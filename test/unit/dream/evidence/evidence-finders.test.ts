import { describe, expect, it } from 'vitest';
import type { ProposedEdit } from '../../../../src/dream/edit.js';
import type { DreamInput } from '../../../../src/dream/input.js';
import { Corrections } from '../../../../src/dream/local/evidence/corrections.js';
import { EvidenceReading } from '../../../../src/dream/local/evidence/evidence-reading.js';
import { StaleEntries } from '../../../../src/dream/local/evidence/stale-entries.js';
import { Verifications } from '../../../../src/dream/local/evidence/verifications.js';
import { StagedTree } from '../../../../src/dream/staged-tree.js';
import { agent, bash, type EventOf, inputOf, memory, session, tool, user } from '../dream-input.js';

/** Names are learnt from a store: it must have some. */
const others = [
  memory('/plant/pump-east.md', '# pump-east\n\n- Operating pressure of pump-east: 31 bar. (2026-01-05)\n'),
  memory('/plant/pump-west.md', '# pump-west\n\n- Operating pressure of pump-west: 36 bar. (2026-01-05)\n'),
  memory(
    '/plant/silo-3.md',
    '# silo-3\n\n- silo-3 holds 900 tons. (2026-01-05)\n- The key of silo-3 hangs in room 4. (2026-01-06)\n',
  ),
  memory('/plant/silo-30.md', '# silo-30\n\n- silo-30 holds 700 tons. (2026-01-05)\n'),
];
const north = memory(
  '/plant/pump-north.md',
  '# pump-north\n\n- Operating pressure of pump-north: 40 bar. (2026-01-05)\n- pump-north is serviced by Jola Brandt. (2026-01-05)\n',
);

function dream(input: DreamInput): { edits: ProposedEdit[]; text: (path: string) => string | undefined } {
  const reading = new EvidenceReading();
  reading.begin(input);
  for (const each of input.sessions) reading.observe(each, [...each.events()]);
  const edits: ProposedEdit[] = [];
  for (const finder of [new Corrections(reading), new StaleEntries(reading), new Verifications(reading)])
    edits.push(...finder.propose(input, edits));
  const tree = new StagedTree(input.memories.map(({ path, text }) => [path, text]));
  for (const { changes } of edits) tree.apply(changes);
  return { edits, text: (path) => tree.text(path) };
}

const dreamOf = (...sessions: ReturnType<typeof session>[]) =>
  dream(inputOf({ memories: [...others, north], sessions }));
const day = '2026-03-01T10:00:00Z';

describe('contradictions', () => {
  it('writes what the user said in place of what it corrects, and says what was there', () => {
    const { edits, text } = dreamOf(
      session('s1', day, user('From now on: the operating pressure of pump-north is 55 bar.')),
    );
    expect(edits.map(({ kind }) => kind)).toEqual(['resolve_contradiction']);
    expect(text('/plant/pump-north.md')).toContain(
      '- the operating pressure of pump-north is 55 bar. Changed from 40: said by the user on 2026-03-01 (session s1). (2026-01-05)',
    );
    expect(edits[0]!.evidence.map(({ type }) => type)).toEqual(['event', 'memory']);
  });

  it('corrects the only sentence that a store has on a thing, if that is what the user speaks of', () => {
    const only = memory('/notes.md', '# Notes\n\npump-south runs at 30 bar.\n');
    const said = (text: string) =>
      dream(inputOf({ memories: [only], sessions: [session('s1', day, user(text))] }));
    expect(said('No, that is wrong: pump-south runs at 45 bar now.').text('/notes.md')).toContain(
      'pump-south runs at 45 bar now. Changed from 30: said by the user on 2026-03-01 (session s1).',
    );
    expect(said('The compressor beside pump-south runs at 45 bar now.').edits).toEqual([]);
  });

  describe('of what has no name', () => {
    const team = memory('/team.md', '# Team\n\nNadia reviews changes to the schema.\n');
    const dreamt = (text: string, said: string, ...more: ReturnType<typeof memory>[]) =>
      dream(
        inputOf({
          memories: [memory('/notes.md', `${text}\n`), team, ...more],
          sessions: [session('s1', day, user(said))],
        }),
      );
    const gateway = 'The gateway listens on port 7411.';
    const deploys = 'Production deploys happen on Tuesdays at 10:00.';
    const billing = 'The billing database runs postgres 14.';

    it.each([
      [
        gateway,
        'Correction: the gateway listens on port 7500 now, not 7411',
        'port 7500 now. Changed from 7411:',
      ],
      [gateway, 'The gateway has moved to port 7500.', 'port 7500. Changed from 7411:'],
      [
        deploys,
        'We moved production deploys to Thursdays at 14:00',
        'Thursdays at 14:00. Changed from Tuesdays, 10:00:',
      ],
      [
        billing,
        'FYI we upgraded the billing database to postgres 16',
        'we upgraded the billing database to postgres 16. Changed from 14:',
      ],
      [billing.replace('p', 'P'), 'FYI: we upgraded the billing database to Postgres 16.', 'postgres 16'],
    ])('"%s": "%s"', (text, said, now) =>
      expect(dreamt(text, said).text('/notes.md')?.toLowerCase()).toContain(now.toLowerCase()),
    );

    it.each([
      [gateway, 'Correction: the gateway listens on port 7500 now, not 7412'],
      [gateway, 'Correction: the gateway proxy listens on port 7500 now'],
      [gateway, 'Correction: the staging gateway listens on port 7500 now'],
      [gateway, 'Update: the gateway listens on port 7500 now in staging'],
      [gateway, 'We moved the gateway of rowan to port 7500'],
      [gateway, 'We moved the gateway to rack 12'],
      [gateway, 'We would like to move the gateway to port 7500'],
      [gateway, 'The gateway listens on port 7500'],
      ['The gateway of rowan listens on port 7411.', 'We moved the gateway to port 7500'],
      ['The gateway proxy listens on port 7411.', 'We moved the gateway to port 7500'],
      [deploys, 'We moved staging deploys to Thursdays at 14:00'],
      [deploys, 'We moved deploys to Thursdays at 14:00'],
      [billing, 'FYI we upgraded the audit database to postgres 16'],
      [billing, 'FYI we upgraded the billing database to mysql 16'],
    ])('"%s" is left as it is: "%s"', (text, said) => expect(dreamt(text, said).edits).toEqual([]));

    it.each([
      ['/rowan.md', 'The gateway of rowan listens on port 7412.'],
      ['/rowan.md', '# Gateway\n\nIt listens on port 7412.'],
      ['/rowan.md', 'On the rowan gateway port 7412 is open.'],
    ])('is left as it is if something else may be meant: %s, "%s"', (path, text) =>
      expect(dreamt(gateway, 'We moved the gateway to port 7500', memory(path, `${text}\n`)).edits).toEqual(
        [],
      ),
    );
  });

  it('takes what a correction calls the old value for that', () => {
    const said = (old: number) =>
      dreamOf(
        session(
          's1',
          day,
          user(`Correction: the operating pressure of pump-north is 55 bar, not ${old} bar.`),
        ),
      );
    expect(said(40).text('/plant/pump-north.md')).toContain('is 55 bar. Changed from 40:');
    expect(said(41).edits).toEqual([]);
  });

  it('puts a live value into the sentence', () => {
    const { text } = dreamOf(
      session('s1', day, bash('cat /etc/plant/pump-north/unit.yaml', 'operating.pressure: 55 bar')),
    );
    expect(text('/plant/pump-north.md')).toContain(
      'Operating pressure of pump-north: 55 bar. Changed from 40: live configuration of 2026-03-01 (session s1).',
    );
  });

  it.each<[string, EventOf | EventOf[]]>([
    ['a question', user('Is the operating pressure of pump-north 55 bar?')],
    ['a proposal', user('We should consider an operating pressure of 55 bar for pump-north.')],
    ['a report', user('The vendor page says the operating pressure of pump-north is 55 bar.')],
    ['the agent alone', agent('The operating pressure of pump-north is 55 bar.')],
    ['another one', user('From now on: the operating pressure of pump-south is 55 bar.')],
    ['a page', tool('WebFetch', { url: 'https://pumps.example' }, 'pump-north operating.pressure: 55 bar')],
    ['another environment', bash('cat /etc/plant/staging/pump-north.yaml', 'operating.pressure: 55 bar')],
    [
      'a mail that was pasted',
      user('Please answer this:\n\nHello, the operating pressure of pump-north is 55 bar.'),
    ],
  ])('is not moved by %s', (_, events) => {
    expect(dreamOf(session('s1', day, events)).edits).toEqual([]);
  });

  it('takes no value of that kind for it whose key is about something else', () => {
    const kept = memory('/plant/logs.md', '# Logs\n\nAfter 21d the log lines of pump-east are purged.\n');
    const { edits } = dream(
      inputOf({
        memories: [...others, kept],
        sessions: [
          session('s1', day, bash('plantctl list', 'UNIT       STATE    AGE\npump-east  running  12d')),
        ],
      }),
    );
    expect(edits).toEqual([]);
  });

  it('leaves what was taken back, in the same session or in a later one', () => {
    const change = user('From now on: the operating pressure of pump-north is 55 bar.');
    expect(dreamOf(session('s1', day, change, user('Never mind, we rolled that back.'))).edits).toEqual([]);
    const later = session(
      's2',
      '2026-03-02T10:00:00Z',
      user('The new operating pressure of pump-north was reverted.'),
    );
    expect(dreamOf(session('s1', day, change), later).edits).toEqual([]);
  });

  it('knows by a name in both what a statement in other words is about', () => {
    const firmware = (name: string, version: string) =>
      memory(`/plant/${name}.md`, `# ${name}\n\n- ${name} is flashed with ROM ${version}. (2026-01-05)\n`);
    const some = [firmware('pump-east', '2.10.1'), firmware('pump-west', '2.11.4')];
    const { text } = dream(
      inputOf({
        memories: some,
        sessions: [session('s1', day, user('From now on: pump-east gets ROM 3.0.2.'))],
      }),
    );
    expect(text('/plant/pump-east.md')).toContain('pump-east gets ROM 3.0.2. Changed from 2.10.1');
    expect(text('/plant/pump-west.md')).toBe(some[1]!.text);
  });

  it('does not take a belief that the user rejects for what it was', () => {
    const { edits } = dreamOf(
      session(
        's1',
        day,
        agent('I believe the operating pressure of pump-north is 55 bar.'),
        user('No, it stays what it was.'),
      ),
    );
    expect(edits).toEqual([]);
  });

  it('leaves what the store knows from later', () => {
    const early = session(
      's1',
      '2025-12-01T10:00:00Z',
      user('From now on: the operating pressure of pump-north is 55 bar.'),
    );
    expect(dreamOf(early).edits).toEqual([]);
  });

  it('takes the newest of several', () => {
    const { text } = dreamOf(
      session('s1', day, user('From now on: the operating pressure of pump-north is 55 bar.')),
      session('s2', '2026-03-05T10:00:00Z', user('Update: the operating pressure of pump-north is 60 bar.')),
    );
    expect(text('/plant/pump-north.md')).toContain('60 bar');
    expect(text('/plant/pump-north.md')).not.toContain('55 bar');
  });
});

describe('verifications', () => {
  const shown = bash('cat /etc/plant/pump-north/unit.yaml', 'operating.pressure: 40 bar');

  it('dates what a live system showed, behind the entry', () => {
    const { edits, text } = dreamOf(session('s1', day, shown));
    expect(edits.map(({ kind }) => kind)).toEqual(['verify']);
    expect(text('/plant/pump-north.md')).toContain(
      '40 bar. (2026-01-05). Verified 2026-03-01: live configuration shows 40 bar (session s1).',
    );
  });

  it('notes the newest only, and once', () => {
    const first = dreamOf(session('s1', day, shown));
    const again = dream(
      inputOf({
        memories: [...others, memory('/plant/pump-north.md', first.text('/plant/pump-north.md')!)],
        sessions: [session('s1', day, shown), session('s2', '2026-03-09T10:00:00Z', shown)],
      }),
    );
    expect(again.text('/plant/pump-north.md')!.match(/Verified/g)).toHaveLength(1);
    expect(again.text('/plant/pump-north.md')).toContain('Verified 2026-03-09');
  });

  it('takes the word of a user who was asked', () => {
    const { edits } = dreamOf(
      session(
        's1',
        day,
        user('The notes say: Operating pressure of pump-north: 40 bar. Is that still right?'),
        agent('I cannot look at it from here.'),
        user('I asked the foreman, still correct.'),
      ),
    );
    expect(edits.map(({ kind }) => kind)).toEqual(['verify']);
  });

  it.each([
    [
      'the note itself',
      [
        bash('cat /mnt/store/plant/pump-north.md', north.text),
        agent('The operating pressure of pump-north is 40 bar.'),
      ],
    ],
    [
      'an answer that knows nothing',
      [
        user('The notes say: Operating pressure of pump-north: 40 bar. Is that still right?'),
        user('No idea.'),
      ],
    ],
    [
      'thanks',
      [
        user('The notes say: Operating pressure of pump-north: 40 bar. Is that still right?'),
        user('Thanks, moving on.'),
      ],
    ],
  ])('is not given by %s', (_, events) => {
    expect(dreamOf(session('s1', day, ...events)).edits).toEqual([]);
  });
});

describe('procedures', () => {
  const runbook = memory(
    '/how/flush.md',
    '# Flush the line\n\n1. Close it with `linectl close main --now`\n2. Run `linectl flush main`\n3. Open it: `linectl open main`\n',
  );
  const run = (failing: boolean) => [
    bash('linectl close main --now', 'ok'),
    bash('linectl flush main', failing ? 'error: jammed' : 'ok', { is_error: failing }),
    bash('linectl open main', 'ok'),
  ];

  it('are verified by who carried them out', () => {
    const input = inputOf({
      memories: [...others, runbook],
      sessions: [session('s1', day, ...run(false), agent('Done.'))],
    });
    expect(dream(input).text('/how/flush.md')).toContain(
      '`linectl open main`\n\nVerified 2026-03-01: carried out as written',
    );
  });

  it.each([
    ['a step failed', run(true)],
    ['they were begun only', run(false).slice(0, 1)],
    ['it did not help', [...run(false), user('That did not work.')]],
  ])('are not when %s', (_, events) => {
    const input = inputOf({ memories: [...others, runbook], sessions: [session('s1', day, ...events)] });
    expect(dream(input).edits).toEqual([]);
  });
});

describe('stale entries', () => {
  it('go with what they are about, look-alikes stay', () => {
    const { text } = dreamOf(session('s1', day, user('silo-3 was torn down last week.')));
    expect(text('/plant/silo-3.md')).toBeUndefined();
    expect(text('/plant/silo-30.md')).toBeDefined();
  });

  it('go as a whole, what names its subject and what only stands under it', () => {
    const gate = memory(
      '/plant/gate-of-old-mill.md',
      '# Gate of Old Mill\n\nNobody has to be asked. The gate of Old Mill opens with the card 4471.\n',
    );
    const ask = memory('/plant/roofs.md', '# Roofs\n\nWe inspect Old Mill in May.\n');
    const { text, edits } = dream(
      inputOf({
        memories: [...others, gate, ask],
        sessions: [session('s1', day, user('Old Mill was torn down last week.'))],
      }),
    );
    expect(text('/plant/gate-of-old-mill.md')).toBeUndefined();
    expect(edits.filter(({ changes }) => changes.some(({ path }) => path === gate.path))).toHaveLength(1);
  });

  it('stay when it came back, or was noted later', () => {
    expect(
      dreamOf(
        session('s1', day, user('silo-3 was closed down last week.')),
        session('s2', '2026-03-02T10:00:00Z', user('silo-3 is back in use.')),
      ).edits,
    ).toEqual([]);
    expect(
      dreamOf(session('s1', '2025-11-01T10:00:00Z', user('silo-3 was torn down last week.'))).edits,
    ).toEqual([]);
  });

  it('go with the fault that they work round', () => {
    const lids = memory('/how/lids.md', '# Lids\n\nBecause of FLT-88 lids are opened by hand.\n');
    const other = memory('/how/locks.md', '# Locks\n\nBecause of FLT-89 locks are opened by hand.\n');
    const { text } = dream(
      inputOf({
        memories: [...others, lids, other],
        sessions: [session('s1', day, user('Good: FLT-88 has been fixed.'))],
      }),
    );
    expect(text('/how/lids.md')).toBeUndefined();
    expect(text('/how/locks.md')).toBeDefined();
  });
});

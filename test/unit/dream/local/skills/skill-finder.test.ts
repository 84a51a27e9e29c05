import { expect, it } from 'vitest';
import type { Memory, TranscriptSession } from '../../../../../src/dream/input.js';
import { SkillFinder } from '../../../../../src/dream/local/skills/skill-finder.js';
import { bash, type EventOf, inputOf, memory, session, tool, user } from '../../dream-input.js';

const hosts = ['web-1', 'web-7', 'mail-2', 'web-3'];
const asks = [
  'Renew the certificate of web-1',
  'the certificate on web-7 runs out',
  'certificate of mail-2 please',
  'new certificate: web-3',
];
const renewed = (i: number): (EventOf | EventOf[])[] => [
  user(asks[i]!),
  tool('Read', { file_path: `hosts/${hosts[i]}.yaml` }, 'ok'),
  bash(`certy issue --host ${hosts[i]} --days 90`, 'issued'),
  bash(`scp out/${hosts[i]}.pem deploy@${hosts[i]}:/etc/ssl`, ''),
  bash(`fleetctl reload ${hosts[i]} --service nginx`, 'reloaded'),
  user('thanks'),
];

const sessions = (n: number, events = renewed): TranscriptSession[] =>
  Array.from({ length: n }, (_, i) => session(`sesn_${i}`, `2026-04-0${i + 1}T09:00:00Z`, ...events(i)));

function skills(all: TranscriptSession[], ...memories: Memory[]) {
  const finder = new SkillFinder();
  for (const each of all) finder.observe(each, [...each.events()]);
  return finder.propose(inputOf({ sessions: all, memories }), []).flatMap(({ changes }) => changes);
}

it('proposes what worked in three sessions, with what differed as placeholders', () => {
  const [skill, ...more] = skills(sessions(3));
  expect(more).toEqual([]);
  if (skill?.op !== 'create') throw new Error('nothing created');
  const name = /^\/skills\/([a-z0-9-]{1,64})\/SKILL\.md$/.exec(skill.path)![1];
  expect(skill.text).toMatch(new RegExp(`^---\nname: ${name}\ndescription: ".{20,1024}"\n---\n`));
  expect(skill.text).toContain('1. `certy issue --host <host> --days 90`');
  expect(skill.text).toContain('3. `fleetctl reload <host> --service nginx`');
  expect(skill.text).toContain('3 sessions');
  expect(skill.path).toContain('certificate');
});

it('proposes nothing after two', () => {
  expect(skills(sessions(2))).toEqual([]);
});

it.each<[string, (i: number) => (EventOf | EventOf[])[]]>([
  ['only looks', () => [user('Look.'), bash('ls', 'a'), bash('cat a', 'x'), bash('grep -rn x .', 'a:1')]],
  [
    'is in another order each time',
    (i) => [user('Go.'), ...[0, 1, 2].map((k) => renewed(i)[2 + ((k + i) % 3)]!)],
  ],
  [
    'failed in the end',
    (i) => [...renewed(i).slice(0, 4), bash('fleetctl reload x', 'Error: refused', { is_error: true })],
  ],
  [
    'is one tool all along',
    () => [
      user('Go.'),
      bash('git add -A', ''),
      bash('git commit -m x', ''),
      bash('git push origin main', ''),
    ],
  ],
])('proposes nothing that %s', (_, events) => {
  expect(skills(sessions(4, events))).toEqual([]);
});

it('proposes nothing that the user set right', () => {
  const wrong = (i: number) => [
    ...renewed(i).slice(0, 5),
    user('not 90 but 30 days'),
    bash(`certy issue --host ${hosts[i]} --days 30`, 'issued'),
  ];
  expect(skills(sessions(4, wrong))).toEqual([]);
});

it('proposes nothing whose steps mostly go without each other', () => {
  const mixed = Array.from({ length: 9 }, (_, i) => {
    const [request, , ...steps] = renewed(i % 4);
    const order = i < 3 ? [0, 1, 2] : [2, 0, 1];
    return session(`sesn_${i}`, `2026-04-0${i + 1}T09:00:00Z`, request!, ...order.map((k) => steps[k]!));
  });
  const turned = skills(mixed).map((skill) => ('text' in skill ? skill.text : ''));
  expect(turned.join()).toContain('1. `fleetctl reload');
  expect(turned.join()).not.toContain('1. `certy');
});

it('proposes nothing that a memory describes', () => {
  const runbook = memory('/runbooks/certs.md', '1. certy issue --host H\n2. copy it\n3. fleetctl reload H');
  expect(skills(sessions(4), runbook)).toEqual([]);
});

import { describe, expect, it } from 'vitest';
import { contextsOf } from '../../../../src/dream/trust/context.js';
import { Echoes } from '../../../../src/dream/trust/echo.js';
import { agent, bash, type EventOf, inputOf, memory, session, tool, user } from '../dream-input.js';

const note = `---
title: Billing
---
# Billing

- The connection pool of billing-api is capped at 44 connections.
- Backups of the ledger start at 03:10 UTC every night.
- pool.max: 44

1. Drain the node with \`drainctl start billing-api\`
`;
const echoes = new Echoes(inputOf({ memories: [memory('/services/billing.md', note)] }));

/** Of the last event of a session; the whole of it if no quote is given. */
function isEcho(events: (EventOf | EventOf[])[], quote?: string): boolean {
  const contexts = [...contextsOf([...session('s', '2026-05-01T00:00:00Z', ...events).events()]).values()];
  const last = contexts.at(-1)!;
  return echoes.isEcho(last, quote ?? last.event.text);
}

const pool = 'The connection pool of billing-api is capped at 44 connections.';

describe('an echo is', () => {
  it.each<[string, EventOf[], string?]>([
    ['a note shown', bash('cat /mnt/memory/services/billing.md', note)],
    ['a part of a note shown', bash('cat /mnt/memory/services/billing.md', note), 'pool.max: 44'],
    [
      'a note read with numbered lines',
      tool('Read', { file_path: '/m/services/billing.md' }, `     6→- ${pool}`),
    ],
    ['a copy of it, wherever it lies', bash('cat /tmp/old.md', `# Copy\n- ${pool}`), pool],
    ['a line found', bash('grep -rn pool /mnt/memory', `/mnt/memory/services/billing.md:6:- ${pool}`)],
    ['a line found from within', bash('grep -rn pool .', `./services/billing.md:8:- pool.max: 44`)],
    ['what a search of memories gives', tool('memory_search', { query: 'pool' }, `1. ${pool}`)],
    ['what the agent repeats', [agent(`It is simple. ${pool}`)], pool],
    ['what the agent says of its notes', [agent('According to my notes the limit is forty-four.')]],
    ['what a user asks', [user(`My notes say: ${pool} Is that still right?`)], pool],
    ['what a user pastes', [user(`Here is what I have:\n> - ${pool}`)], pool],
    ['a call that prints it', [{ kind: 'tool_call', text: `{"command":"echo '${pool}' >> x"}` }]],
    ['a call that reads it', [{ kind: 'tool_call', text: '{"path":"/any/where/services/billing.md"}' }]],
    ['a report of a dream', bash('cat /m/.memfs/dreams/drm_x/report.md', 'Merged five notes.')],
  ])('%s', (_, events, quote) => {
    expect(isEcho(events, quote)).toBe(true);
  });
});

describe('no echo is', () => {
  it.each<[string, (EventOf | EventOf[])[], string?]>([
    ['a live setting', [bash('cat /srv/deploy/billing-api/values.yaml', 'rev: 3\ndatabase.pool.max: 44')]],
    ['a live setting in the words of a note', [bash('cat /srv/billing.yaml', 'pool.max: 44\nrev: 3')]],
    ['what a user says', [user(`Yes, I looked it up. ${pool}`)], pool],
    [
      'an answer after a quotation',
      [user('My notes say 44?'), user('I asked around, yes, that is correct.')],
    ],
    ['a step carried out', [bash('drainctl start billing-api', 'ok')[0]!]],
    ['the result of a step', [bash('drainctl start billing-api', 'drained billing-api in 3 s')]],
    [
      'another number',
      [bash('poolctl show billing-api', 'connections in use now: 12 of 60 for billing-api')],
    ],
    ['the sentence of a note with another number', bash('poolctl', pool.replace('44', '60'))],
    ['what an agent found out', [agent('The namespace is tenant-9, not prod: that is why it failed.')]],
  ])('%s', (_, events, quote) => {
    expect(isEcho(events, quote)).toBe(false);
  });
});

it('repeats what a session read from another store', () => {
  const read = { session: 's', store: 'memstore_other', path: '/hr/pay.md', time: '2026-05-01T00:00:00Z' };
  const others = new Echoes(
    inputOf({ reads: [{ ...read, text: 'Grade seven starts at 61,400 a year in Leeds.' }] }),
  );
  expect(others.repeats('- Grade seven starts at 61,400 a year in Leeds.')).toBe(true);
  expect(others.repeats('- Grade six starts in spring.')).toBe(false);
});

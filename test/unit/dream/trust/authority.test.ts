import { describe, expect, it } from 'vitest';
import { authorityOf } from '../../../../src/dream/trust/authority.js';
import { contextsOf } from '../../../../src/dream/trust/context.js';
import { agent, bash, type EventOf, session, tool, user } from '../dream-input.js';

const last = (...events: (EventOf | EventOf[])[]): string =>
  authorityOf(
    [...contextsOf([...session('s', '2026-05-01T00:00:00Z', ...events).events()]).values()].at(-1)!,
  );
const first = (...events: EventOf[]): string =>
  authorityOf([...contextsOf([...session('s', '2026-05-01T00:00:00Z', ...events).events()]).values()][0]!);

describe('whose word an event is', () => {
  it('of a person', () => expect(last(user('it is 44'))).toBe('user'));

  it('of the agent, also where it speaks as the user of another one', () => {
    expect(last(agent('it is 44'))).toBe('agent');
    expect(last({ ...user('look at it'), sidechain: true })).toBe('agent');
    expect(last({ ...user('look at it'), subagent: 'explorer' })).toBe('agent');
    expect(last({ kind: 'thinking', text: 'hm' })).toBe('agent');
  });

  it('of the system itself', () => {
    expect(last(bash('cat /srv/a.yaml', 'pool: 44'))).toBe('live');
    expect(last(tool('mcp__crm__get', { id: 4 }, 'plan: basic'))).toBe('live');
    expect(first(...bash('drainctl start', 'ok'))).toBe('live');
    expect(first(...bash('drainctl start', 'no', { is_error: true }))).toBe('agent');
    expect(first(...bash('drainctl start', 'Exit code 1\nno such node'))).toBe('agent');
    expect(first({ kind: 'tool_call', text: '{}' })).toBe('agent');
  });

  it.each([
    ['a page', tool('WebFetch', { url: 'https://a.example' }, 'pool: 44')],
    ['a download', bash('curl -s https://a.example/x', 'pool: 44')],
    ['a mail', tool('mcp__mail__read', { id: 3 }, 'pool: 44')],
    ['what looks like a mail', tool('open', { id: 3 }, 'From: a@b.example\nSubject: x\n\npool: 44')],
    ['the text of a package', bash('cat node_modules/x/README.md', 'pool: 44')],
    ['a ticket', tool('ticket_get', { id: 3 }, 'pool: 44')],
  ])('of somebody else: %s', (_, events) => {
    expect(last(events)).toBe('external');
    expect(first(...events)).toBe('agent');
  });

  it('of the program around', () => {
    expect(last({ kind: 'system', text: 'hook' })).toBe('external');
    expect(last({ kind: 'summary', text: 'earlier', origin: 'external' })).toBe('external');
  });
});

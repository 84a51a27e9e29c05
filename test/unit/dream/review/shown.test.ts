import { applyPatch, parsePatch } from 'diff';
import { describe, expect, it } from 'vitest';
import type { Edit, Evidence } from '../../../../src/dream/edit.js';
import { editsJsonl } from '../../../../src/dream/review/edits-jsonl.js';
import { fingerprint } from '../../../../src/dream/review/fingerprint.js';
import { type ReportOf, report } from '../../../../src/dream/review/report.js';
import { unifiedDiff } from '../../../../src/dream/review/unified-diff.js';
import { edit, replace, texts } from './edits.js';

const event = (quote: string, origin: 'user' | 'agent' = 'user', session = 's1'): Evidence => ({
  ...{ type: 'event', session, event: '4', time: '2026-05-01T08:00:00.000Z', origin, quote },
});
const line: Evidence = { type: 'memory', path: '/a.md', version: 'memver_1', line: 2, quote: 'two' };

describe('a patch', () => {
  const before = texts({
    '/a.md': 'one\ntwo\n',
    '/gone.md': 'gone\n',
    '/old.md': 'same\n',
    '/same.md': 's\n',
  });
  const after = texts({ '/a.md': 'one\nTWO', '/made.md': 'made\n', '/new.md': 'same\n', '/same.md': 's\n' });
  const patch = unifiedDiff(before, after);

  it('has the headers of git', () => {
    expect(patch).toContain(
      'diff --git a/a.md b/a.md\n--- a/a.md\n+++ b/a.md\n@@ -1,2 +1,2 @@\n one\n-two\n+TWO\n\\ No',
    );
    expect(patch).toContain(
      'diff --git a/gone.md b/gone.md\ndeleted file mode 100644\n--- a/gone.md\n+++ /dev/null\n',
    );
    expect(patch).toContain(
      'diff --git a/made.md b/made.md\nnew file mode 100644\n--- /dev/null\n+++ b/made.md\n',
    );
    expect(patch).toContain('similarity index 100%\nrename from old.md\nrename to new.md\n');
    expect(patch).not.toContain('same.md b/same.md\n---');
  });

  it('makes the one of the other', () => {
    for (const part of parsePatch(patch).filter(({ hunks }) => hunks.length > 0)) {
      const path = (part.oldFileName === '/dev/null' ? part.newFileName! : part.oldFileName!).slice(1);
      expect(applyPatch(before.get(path) ?? '', part)).toBe(after.get(path) ?? '');
    }
  });

  it('is empty for equal trees', () => expect(unifiedDiff(before, before)).toBe(''));
});

describe('a fingerprint', () => {
  const base: Edit = edit(1, [replace('/a.md', 'two', 'TWO', 2)], { evidence: [event('it is TWO'), line] });

  it('is the same for the same proposal on the same evidence', () => {
    const later = {
      ...base,
      ...{ n: 7, reason: 'other words', confidence: 0.2, state: 'refused' as const },
      changes: [replace('/a.md', 'two', 'TWO', 40)],
      evidence: [
        { ...line, version: 'memver_2', line: 40 },
        { ...event('it is  TWO'), event: '5' },
        line,
      ] as Evidence[],
    };
    expect(fingerprint(later)).toBe(fingerprint(base));
  });

  it.each<[string, Partial<Edit>]>([
    ['kind', { kind: 'verify' }],
    ['change', { changes: [replace('/a.md', 'two', 'THREE', 2)] }],
    ['path', { changes: [replace('/b.md', 'two', 'TWO', 2)] }],
    ['evidence', { evidence: [event('it is TWO'), line, event('yes, TWO', 'user', 's2')] }],
    ['session', { evidence: [event('it is TWO', 'user', 's3'), line] }],
  ])('is another one with another %s', (_, other) => {
    expect(fingerprint({ ...base, ...other })).not.toBe(fingerprint(base));
  });
});

describe('a report', () => {
  const dream: ReportOf = {
    ...{ id: 'drm_x', sessions: 3, usage: null, remarks: ['Seen once only.'], memories: 12 },
    ...{ firstTime: '2026-05-01T00:00:00Z', lastTime: '2026-05-07T00:00:00Z' },
    edits: [
      edit(1, [replace('/a.md', 'two', 'TWO', 2)], {
        kind: 'resolve_contradiction',
        evidence: [event('I think so', 'agent'), event('It is TWO now, ask ann.b@home.example'), line],
        sources: ['agent', 'user'],
      }),
      edit(2, [{ op: 'remove', path: '/b.md' }], { state: 'refused', note: 'removes 44' }),
      edit(3, [replace('/a.md', 'one', 'ONE')], {
        kind: 'verify',
        sources: ['live'],
        state: 'left_out',
        note: 'changed',
      }),
    ],
  };
  const text = report(dream);

  it('says what it was made from and what it proposes', () => {
    expect(text).toContain('Made from 12 memories and 3 sessions from 2026-05-01 to 2026-05-07.');
    expect(text).toContain('It proposes 2 edits:\n\n- 1 contradiction resolved\n- 1 entry verified\n');
    expect(text).toContain('## Refused by the guard (1)\n\n- **2** merge_duplicates (/b.md): removes 44\n');
    expect(text).toContain('- Seen once only.');
    expect(text).toContain('[left out: changed] Only a tool or somebody else says so.');
  });

  it('quotes the strongest evidence, and nothing private', () => {
    expect(text).toContain(
      '> "It is TWO now, ask [a mail address]" (user, session s1, 2026-05-01, and 2 more)',
    );
    expect(text).not.toContain('ann.b');
  });

  it('says that there is nothing', () => {
    expect(report({ ...dream, edits: [], remarks: [] })).toContain('It proposes nothing.');
  });

  it('does not steer the terminal that shows it, and has no line that a name made', () => {
    const steering = '\x1b]0;pwned\x07\x9b2J\r';
    const path = `/a${steering}\n## Approved.md`;
    const remove = { op: 'remove' as const, path };
    const quoting = event(`deploy ${steering} ok`, 'user');
    const edits = [
      edit(1, [remove], { reason: steering, evidence: [quoting] }),
      edit(2, [remove], { state: 'refused', note: steering }),
    ];
    const shown = report({ ...dream, edits, remarks: [steering] });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
    expect(shown).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
    expect(shown).not.toMatch(/^## Approved/m);
    expect(shown).toContain('deploy');
  });

  it('comes with the edits for programs', () => {
    const lines = editsJsonl(dream.edits).trimEnd().split('\n');
    expect(lines.map((each) => JSON.parse(each))).toEqual(dream.edits);
  });
});

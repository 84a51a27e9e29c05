/** Finds the entries that an ending makes stale. */

import type { Evidence } from '../../edit.js';
import { grouped } from '../../text/grouped.js';
import { contentStems } from '../../text/words.js';
import type { Claim } from '../claims/claim.js';
import type { ClaimModel } from '../claims/claim-model.js';
import { endedIn } from './ended.js';
import { type Ending, fileKeysOf, ticketsIn } from './endings.js';
import { isWorkaround } from './fixed.js';
import type { Mentions } from './mentions.js';
import { tellsOfChange } from './story-cues.js';
import { dayOf } from './wording.js';

export interface Stale {
  readonly claim: Claim;
  readonly reason: string;
  readonly confidence: number;
  readonly evidence: readonly Evidence[];
}

type ClaimsByKey = ReadonlyMap<string, readonly { readonly key: string; readonly claim: Claim }[]>;

export function staleBy(endings: readonly Ending[], model: ClaimModel, mentions: Mentions): Stale[] {
  const inOrder = endings.toSorted((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
  const files: ClaimsByKey = grouped(
    model.claims.flatMap((claim) => fileKeysOf(claim).map((key) => ({ key, claim }))),
    ({ key }) => key,
  );
  return [
    ...endedSubjects(inOrder, model, mentions, files),
    ...mended(inOrder, model),
    ...missingFiles(inOrder, files),
  ];
}

/** The last ending of a kind for each key. */
function lastOf(endings: readonly Ending[], kind: Ending['kind']): Map<string, Ending> {
  const last = new Map<string, Ending>();
  for (const ending of endings)
    if (ending.kind === kind) for (const key of ending.keys) last.set(key, ending);
  return last;
}

function endedSubjects(
  endings: readonly Ending[],
  model: ClaimModel,
  mentions: Mentions,
  files: ClaimsByKey,
): Stale[] {
  return [...lastOf(endings, 'ended')].flatMap(([key, ending]) => {
    if (!ending.over) return [];
    // A name that stands in one place only is no subject yet.
    const about = model.about(key);
    const named = about.length > 0 ? about : mentions.of(key).filter((claim) => mayBeOf(claim, key));
    const claims = new Set([...named, ...(files.get(key) ?? []).map(({ claim }) => claim)]);
    return [...claims]
      .filter(
        (claim) => isNotNewer(claim, ending) && !tellsOfChange.test(claim.text) && !saysSoItself(claim, key),
      )
      .map((claim) => ({
        claim,
        reason: `${nameIn(claim, key)} is no more: ${said(ending)}.`,
        confidence: ending.by === 'user' ? 0.9 : 0.8,
        evidence: [ending.evidence],
      }));
  });
}

/** Whether a claim may be about the name: it is filed under no name, a number, or a part of this name. */
const mayBeOf = ({ subject }: Claim, key: string): boolean =>
  subject === null || !/\p{L}{2}/u.test(subject) || ` ${key} `.includes(` ${subject} `);

const saysSoItself = ({ text }: Claim, key: string): boolean => {
  const start = text.toLowerCase().replace(/[_-]/g, ' ').indexOf(key);
  return start !== -1 && endedIn(text, 'assertion', [{ key, start, end: start + key.length }]).length > 0;
};

function mended(endings: readonly Ending[], model: ClaimModel): Stale[] {
  const fixes = endings.filter(({ kind }) => kind === 'fixed');
  const byKey = lastOf(fixes, 'fixed');
  const entries = model.claims.filter((claim) => isWorkaround(whole(claim), claim.context.join(' ')));
  const byIdentifier = grouped(
    entries.flatMap((claim) => ticketsIn(whole(claim)).map((key) => ({ key, claim }))),
    ({ key }) => key,
  );
  const named = [...byKey].flatMap(([key, ending]) =>
    ending.over ? (byIdentifier.get(key) ?? []).map(({ claim }) => staleBecause(claim, ending)) : [],
  );
  const unnamed = fixes
    .filter(({ over, keys }) => over && !keys.some((key) => byIdentifier.has(key) || /\d/.test(key)))
    .flatMap((ending) =>
      entries
        .filter((claim) => speaksOf(ending, claim))
        .map((claim) => ({ ...staleBecause(claim, ending), confidence: 0.6 })),
    );
  return [...named, ...unnamed].filter(({ claim, evidence }) => {
    const [first] = evidence;
    return claim.recorded === null || first?.type !== 'event' || claim.recorded <= dayOf(first.time ?? '9');
  });
}

const whole = ({ text, riders }: Claim): string => [text, ...riders].join(' ');

const staleBecause = (claim: Claim, ending: Ending): Stale => ({
  claim,
  reason: `What it works round is mended: ${said(ending)}.`,
  confidence: 0.85,
  evidence: [ending.evidence],
});

const fewestWords = 3;
/** Stems that any fix is told with. */
const ofFixing = new Set(
  contentStems(`
    fix fixed resolve solved closed patched bug issue problem workaround needed longer good news deployed
    release released everywhere removed remove update version
  `),
);

/**
 * Whether a fix without a number speaks of the claim: at least three words of its own, and most of those of
 * the fix.
 */
function speaksOf({ keys, stems }: Ending, claim: Claim): boolean {
  if (claim.subject !== null && keys.length > 0 && !keys.includes(claim.subject)) return false;
  const spoken = [...new Set(stems)].filter((stem) => !ofFixing.has(stem));
  const there = new Set([...claim.stems, ...claim.context, ...contentStems(whole(claim))]);
  const shared =
    spoken.filter((stem) => there.has(stem)).length + (keys.includes(claim.subject ?? '') ? 1 : 0);
  return shared >= fewestWords && shared >= spoken.length * 0.4;
}

function missingFiles(endings: readonly Ending[], files: ClaimsByKey): Stale[] {
  return [...lastOf(endings, 'missing')].flatMap(([key, ending]) =>
    ending.over
      ? (files.get(key) ?? [])
          .filter(({ claim }) => isNotNewer(claim, ending) && !tellsOfChange.test(claim.text))
          .map(({ claim }) => ({
            claim,
            reason: `The file that it names is not there: ${said(ending)}.`,
            confidence: 0.6,
            evidence: [ending.evidence],
          }))
      : [],
  );
}

const isNotNewer = ({ recorded }: Claim, { time }: Ending): boolean =>
  recorded === null || recorded <= dayOf(time);

const nameIn = ({ text }: Claim, key: string): string => {
  const at = text.toLowerCase().replace(/[_-]/g, ' ').indexOf(key);
  return at === -1 ? key : text.slice(at, at + key.length);
};

const said = ({ by, time }: Ending): string =>
  by === 'user' ? `the user said so on ${dayOf(time)}` : `a live system showed it on ${dayOf(time)}`;

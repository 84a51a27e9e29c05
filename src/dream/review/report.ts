/** Writes report.md of a dream, which a person reads before the diff. */
import { maskSecrets } from '../../secrets/mask.js';
import type { Dream } from '../dream.js';
import { type Edit, type EditKind, type Evidence, editKinds } from '../edit.js';
import { personalDataIn } from '../trust/personal-data.js';

export type ReportOf = Pick<Dream, 'id' | 'sessions' | 'usage' | 'remarks'> & {
  /**
   * The number of memories that it was made from, and the times of its first and last session; null: unknown.
   */
  readonly memories: number;
  readonly firstTime: string | null;
  readonly lastTime: string | null;
  readonly edits: readonly Edit[];
};

/** Deeds in the past tense, for one edit and for several. */
const deeds: Readonly<Record<EditKind, readonly [one: string, many: string]>> = {
  merge_duplicates: ['merge of duplicates', 'merges of duplicates'],
  resolve_contradiction: ['contradiction resolved', 'contradictions resolved'],
  remove_stale: ['stale entry removed', 'stale entries removed'],
  note_pattern: ['pattern or lesson noted', 'patterns and lessons noted'],
  verify: ['entry verified', 'entries verified'],
  reorganise: ['reorganisation', 'reorganisations'],
  redact_secret: ['secret taken out', 'secrets taken out'],
  review: ["reviewer's change", "reviewer's changes"],
};

/** Ranks origins of evidence: a person would believe the lowest first. */
const strength: Readonly<Record<string, number>> = {
  user: 0,
  tool_result: 1,
  memory: 2,
  agent: 3,
  external: 4,
};

export function report(dream: ReportOf): string {
  const refused = dream.edits.filter(({ state }) => state === 'refused');
  const proposed = dream.edits.filter(({ state }) => state !== 'refused');
  const parts = [
    `# Dream ${dream.id}`,
    `Made from ${count(dream.memories, 'memory', 'memories')} and ${count(dream.sessions, 'session', 'sessions')}${span(dream)}.`,
    proposed.length === 0
      ? 'It proposes nothing.'
      : `It proposes ${count(proposed.length, 'edit', 'edits')}:`,
    countsOf(proposed),
    ...editKinds.flatMap((kind) => sectionOf(kind, proposed)),
    ...(refused.length === 0
      ? []
      : [`## Refused by the guard (${refused.length})`, list(refused.map(refusedLine))]),
    ...(dream.remarks.length === 0
      ? []
      : ['## Seen, and no edit made of it', list(dream.remarks.map(plain))]),
    ...(dream.usage === null
      ? []
      : [`Tokens: ${dream.usage.input_tokens} in, ${dream.usage.output_tokens} out.`]),
  ];
  return `${inert(parts.filter((part) => part !== '').join('\n\n'))}\n`;
}

/**
 * Takes out control characters: the report is read with `cat`, and what transcripts hold must not steer the
 * terminal.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is replaced
const inert = (text: string): string => text.replace(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/g, '\ufffd');

const onOneLine = (path: string): string => path.replaceAll('\n', '\ufffd');

const count = (number: number, one: string, many: string): string => `${number} ${number === 1 ? one : many}`;

function span({ firstTime, lastTime }: ReportOf): string {
  const [first, last] = [firstTime?.slice(0, 10), lastTime?.slice(0, 10)];
  if (first === undefined || last === undefined) return '';
  return first === last ? ` of ${first}` : ` from ${first} to ${last}`;
}

const list = (lines: readonly string[]): string => lines.map((line) => `- ${line}`).join('\n');

const countsOf = (edits: readonly Edit[]): string =>
  list(
    editKinds.flatMap((kind) => {
      const number = edits.filter((edit) => edit.kind === kind).length;
      return number === 0 ? [] : [count(number, ...deeds[kind])];
    }),
  );

function sectionOf(kind: EditKind, edits: readonly Edit[]): string[] {
  const own = edits.filter((edit) => edit.kind === kind);
  const title = deeds[kind][1];
  return own.length === 0 ? [] : [`## ${title[0]!.toUpperCase()}${title.slice(1)}`, list(own.map(line))];
}

function line(edit: Edit): string {
  const { n, reason, confidence, paths, note, state } = edit;
  const review = needsEye(edit) ? ' Only a tool or somebody else says so.' : '';
  const fate =
    state === 'staged' ? '' : ` [${state.replace('_', ' ')}${note === null ? '' : `: ${plain(note)}`}]`;
  const said = evidenceOf(edit.evidence);
  return `**${n}** ${plain(reason)} (${Math.round(confidence * 100)} %; ${paths.map(onOneLine).join(', ')})${fate}${review}${said}`;
}

const needsEye = ({ sources }: Edit): boolean =>
  sources.length > 0 && sources.every((source) => source === 'live' || source === 'external');

const refusedLine = ({ n, kind, paths, note }: Edit): string =>
  `**${n}** ${kind} (${paths.map(onOneLine).join(', ')}): ${plain(note ?? '')}`;

/** Quotes the strongest piece of evidence, and counts the others. */
function evidenceOf(evidence: readonly Evidence[]): string {
  const [best] = evidence.toSorted((a, b) => strength[originOf(a)]! - strength[originOf(b)]!);
  if (best === undefined) return '';
  const more = evidence.length === 1 ? '' : `, and ${evidence.length - 1} more`;
  return `\n  > "${plain(best.quote)}" (${sourceOf(best)}${more})`;
}

const originOf = (evidence: Evidence): string => (evidence.type === 'event' ? evidence.origin : 'memory');

const sourceOf = (evidence: Evidence): string =>
  evidence.type === 'memory'
    ? `${onOneLine(evidence.path)}, line ${evidence.line}`
    : `${evidence.origin.replace('_', ' ')}, session ${evidence.session}${evidence.time === null ? '' : `, ${evidence.time.slice(0, 10)}`}`;

/** Puts a text on one short line without private data: whoever may see the store may see its dreams. */
function plain(text: string): string {
  const open = personalDataIn(text).reduce(
    (left, { text: datum, kind }) => left.replaceAll(datum, `[${kind}]`),
    maskSecrets(text),
  );
  const line = open.trim().replace(/\s+/g, ' ');
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}

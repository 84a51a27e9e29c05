/** Writes sentences about evidence: short, with date and session, the old value as the past. */
import type { Atom } from '../../text/atoms.js';
import { numberOf } from './alignment.js';
import type { Statement } from './statement.js';

/** Shortens the id of a session, whose beginning tells it apart. */
export const shortName = (session: string): string =>
  /^[0-9a-f]{8}-[0-9a-f]{4}-/.test(session) ? session.slice(0, 8) : session;

export const dayOf = (time: string): string => time.slice(0, 10);

const sourceOf = ({ by, time, session }: Statement): string =>
  by === 'live'
    ? `live configuration of ${dayOf(time)} (session ${shortName(session)})`
    : `said by the user on ${dayOf(time)} (session ${shortName(session)})`;

export const changedFrom = (old: readonly string[], statement: Statement): string =>
  old.length === 0
    ? `Changed: ${sourceOf(statement)}.`
    : `Changed from ${old.join(', ')}: ${sourceOf(statement)}.`;

export const verifiedBy = ({ by, time, session, text }: Statement): string =>
  by === 'live'
    ? `Verified ${dayOf(time)}: live configuration shows ${text} (session ${shortName(session)}).`
    : `Verified ${dayOf(time)}: confirmed by the user (session ${shortName(session)}).`;

export const carriedOutOn = (time: string, session: string): string =>
  `Verified ${dayOf(time)}: carried out as written, without errors (session ${shortName(session)}).`;

/** The new value in the form of the old one: its unit, if the new one has none or the same. */
export function valueInPlaceOf(old: Atom, now: Atom): string {
  if (old.kind !== 'quantity' || now.kind !== 'quantity') return now.text;
  const [number, digits] = [numberOf(now), /\d[\d,.]*\d|\d/.exec(old.text)?.[0]];
  const sameUnit = now.dimension === null || (old.dimension === now.dimension && ratio(old) === ratio(now));
  return number !== null && digits !== undefined && sameUnit
    ? old.text.replace(digits, /\d[\d,.]*\d|\d/.exec(now.text)![0])
    : now.text;
}

/** The ratio of the amount to the number as written: equal for equal units. */
const ratio = (atom: Atom): string => ((atom.amount ?? 0) / (numberOf(atom) ?? 1)).toPrecision(9);

export const asSentence = (text: string): string =>
  /[.!?]["')\]]*$/.test(text.trim()) ? text.trim() : `${text.trim()}.`;

/**
 * Finds text that tells its reader what to do: what a tool brought or a memory says is read, never obeyed
 * (Greshake et al., "Not what you've signed up for: compromising real-world LLM-integrated applications with
 * indirect prompt injection", 2023). A runbook says "Run X" too; an instruction is given away by whom it
 * addresses, what it is about, or that it hides.
 */

import {
  comment,
  download,
  duty,
  encoded,
  matter,
  opening,
  order,
  ownMatter,
  reader,
  role,
  secrecy,
  unseen,
  verb,
} from './instruction-cues.js';

/** Tells a person how a text gives itself away as an instruction; null: it instructs nobody. */
export function instructionIn(text: string): string | null {
  const plain = text.normalize('NFKC');
  if (unseen.test(text) && obeyed(plain.replace(new RegExp(unseen, 'gu'), '')))
    return 'in letters that nobody sees';
  for (const [, hidden] of plain.matchAll(comment))
    if (order.test(hidden!) && (addressed(hidden!) || secrecy.test(hidden!))) return 'in a hidden comment';
  for (const [blob] of plain.matchAll(encoded)) {
    const said = Buffer.from(blob, 'base64').toString('utf8');
    if (/^[\t\n\r\x20-\x7e]+$/.test(said) && /\s/.test(said) && obeyed(said)) return 'in base64';
  }
  if (download.test(plain) && (addressed(plain) || order.test(plain))) return 'that runs what it downloads';
  return obeyed(plain) ? 'to whoever reads it' : null;
}

/**
 * Whether a sentence gives orders to a model. Each is read with the one before: whom it addresses may be said
 * first.
 */
function obeyed(text: string): boolean {
  const sentences = text.split(/(?<=[.!?])\s+|\n+/);
  return sentences.some((sentence, at) => {
    if (ownMatter.test(sentence) && verb.test(sentence)) return true;
    if (!order.test(sentence)) return false;
    const previous = sentences[at - 1] ?? '';
    const both = `${previous} ${sentence}`;
    const addresses = reader.test(both);
    const signs = [
      addresses,
      duty.test(sentence) && addresses,
      matter.test(sentence),
      role.test(both),
      secrecy.test(sentence),
    ];
    return (
      signs.filter(Boolean).length > 1 || (addresses && (opening.test(sentence) || opening.test(previous)))
    );
  });
}

const addressed = (text: string): boolean =>
  [reader, matter, ownMatter, role].some((sign) => sign.test(text));

/** Extracts the unquoted text of a message: no pasted mail, no quoted page, no code block. */

const fence = /^\s*(?:```|~~~)/;
const quoted = /^\s*(?:>|\|\s)/;
/** The head of a mail, as it is pasted. */
const mailHead = /^\s*(?:from|to|cc|subject|sent|date|reply-to|von|betreff):\s/i;
const salutation =
  /^\s*(?:hello|hi|hey|dear|good (?:morning|afternoon|evening)|greetings)\b[^.?!]{0,60}[,:!.]/i;
/** Markup that programs put around what they insert. */
const inserted = /<([a-z][\w-]*)(?:\s[^<>]*)?>[\s\S]*?<\/\1>/gi;

/** The lines in the writer's own words; line breaks stay where they were. */
export function unquotedText(text: string): string {
  const lines = text.replace(inserted, '\n').split('\n');
  const own: string[] = [];
  let inFence = false;
  let announced = false;
  for (const [index, line] of lines.entries()) {
    if (fence.test(line)) {
      inFence = !inFence;
      continue;
    }
    if (inFence || quoted.test(line)) continue;
    // What follows "This came in:" and an empty line was pasted, to the end of the message.
    if (announced && line.trim() !== '') break;
    if (mailHead.test(line) && mailHead.test(lines[index + 1] ?? '')) break;
    if (index > 0 && salutation.test(line)) break;
    announced = line.trim() === '' && (own.at(-1)?.trimEnd().endsWith(':') ?? false);
    if (line.trim() !== '') own.push(line);
  }
  return own.join('\n');
}

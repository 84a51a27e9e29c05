/**
 * Whether what a tool gave is the present state of a system, read from the system itself. A page, a mail, a ticket,
 * a proposal, an old or an example file is not, whatever keys and values it has in it.
 */
import type { ToolUse } from './tool-use.js';

/** Tools that bring what others have written. */
const fromOthers =
  /(?:^|[^a-z])(?:web|fetch|browser?|browse|search|mail|e-?mail|gmail|inbox|imap|slack|teams|discord|chat|message|messages|ticket|tickets|issue|issues|zendesk|jira|forum|rss|news|notion|confluence|docs?|drive|memory|remember|recall|todo|task|agent|comment|comments|review|pull|calendar|translate|summar\w*)(?:[^a-z]|$)/i;
/** Commands that show what might be, what was, or what somebody wrote; at the beginning of a command only. */
const notNow =
  /(?:^|[|;&({`]|\$\()\s*(?:sudo\s+|env\s+|time\s+)?(?:git\s+(?:diff|show|log|stash|blame|reflog|format-patch|grep)|diff|patch|terraform\s+plan|helm\s+(?:template|diff|lint)|history|journalctl|dmesg|tail|events?|grep\s+-\w*r\w*|rg|ack|echo|printf|man|mail|mutt|gh\s+(?:pr|issue|search)|\S+\s+(?:logs?|history|events?|diff|plan))(?=\s|$)|\s--?(?:dry[-_]run|help|check|diff|plan)\b|<<-?\s*['"]?\w+/im;
/** Files that are not what a system runs with. */
const notInForce =
  /\.(?:md|markdown|txt|rst|adoc|html?|eml|mbox|log|pdf|docx?|csv|patch|diff|orig|bak|old|sample|example|template|tmpl|dist|j2|rej)$|~$|\.(?:sample|example|template|bak|old|orig)\./i;
const notInForceFolder =
  /^(?:examples?|samples?|templates?|fixtures?|testdata|drafts?|proposals?|rfcs?|archived?|archives|backups?|old|deprecated|tmp|temp|inbox|mails?|tickets?|downloads?|docs?|notes?|memory|memories|node_modules|vendor|third_party)$/i;
/** Hosts of others; a name without a dot, an address or one of these endings is our own. */
const url = /\bhttps?:\/\/([^/\s:'"]+)/gi;
const ownHost =
  /^(?:[^.]+|[\d.]+|.*\.(?:local|internal|intranet|lan|corp|svc|cluster\.local|home|localhost))$|\.(?:corp|internal|intranet)\./i;
const mailHead = /^\s*(?:from|to|subject|cc):\s.*$/gim;

export function isLive({ tool, arguments: given, result, failed }: ToolUse): boolean {
  if (result === null || failed) return false;
  if (fromOthers.test(spaced(tool))) return false;
  const text = given.join('\n');
  if (given.some((argument) => notNow.test(argument))) return false;
  if (text.split(/[\s'"=]+/).some(isOutOfForce)) return false;
  for (const [, host] of text.matchAll(url)) if (!ownHost.test(host!)) return false;
  return (result.text.match(mailHead)?.length ?? 0) < 2;
}

const isOutOfForce = (word: string): boolean =>
  notInForce.test(word) ||
  (word.includes('/') &&
    word
      .split('/')
      .slice(0, -1)
      .some((part) => notInForceFolder.test(part)));

/** `WebFetch`, `mcp__mail__read` and `readMail` as words. */
const spaced = (name: string): string => name.replace(/([a-z\d])([A-Z])/g, '$1 $2').replace(/_+/g, ' ');

/** Tables of tools, commands, files and hosts that do not show the present state of a system. */
import { cues } from '../../text/cues.js';

/** Tools that bring what others have written. */
export const fromOthers = cues(
  String.raw`
    (?:^|[^a-z])(?:
      web|fetch|browser?|browse|search|mail|e-?mail|gmail|inbox|imap|slack|teams|discord|chat|message
      messages|ticket|tickets|issue|issues|zendesk|jira|forum|rss|news|notion|confluence|docs?|drive
      memory|remember|recall|todo|task|agent|comment|comments|review|pull|calendar|translate|summar\w*
    )(?:[^a-z]|$)
  `,
  'i',
);
/** Commands that show what might be, what was, or what somebody wrote; at the beginning of a command only. */
export const notNow = cues(
  String.raw`
    (?:^|[|;&({\x60]|\$\()\s*(?:sudo\s+|env\s+|time\s+)?(?:
      git\s+(?:diff|show|log|stash|blame|reflog|format-patch|grep)|diff|patch|terraform\s+plan
      helm\s+(?:template|diff|lint)|history|journalctl|dmesg|tail|events?|grep\s+-\w*r\w*|rg|ack|echo
      printf|man|mail|mutt|gh\s+(?:pr|issue|search)|\S+\s+(?:logs?|history|events?|diff|plan)
    )(?=\s|$)
    \s--?(?:dry[-_]run|help|check|diff|plan)\b|<<-?\s*['"]?\w+
  `,
  'im',
);
/** Files that are not what a system runs with. */
export const notInForce = cues(
  String.raw`
    \.(?:
      md|markdown|txt|rst|adoc|html?|eml|mbox|log|pdf|docx?|csv|patch|diff|orig|bak|old|sample|example
      template|tmpl|dist|j2|rej
    )$
    ~$|\.(?:sample|example|template|bak|old|orig)\.
  `,
  'i',
);
export const notInForceFolder = cues(
  `
    ^(?:
      examples?|samples?|templates?|fixtures?|testdata|drafts?|proposals?|rfcs?|archived?|archives
      backups?|old|deprecated|tmp|temp|inbox|mails?|tickets?|downloads?|docs?|notes?|memory|memories
      node_modules|vendor|third_party
    )$
  `,
  'i',
);
/** Hosts of others; a name without a dot, an address or one of these endings is our own. */
export const url = /\bhttps?:\/\/([^/\s:'"]+)/gi;
export const ownHost = cues(
  String.raw`
    ^(?:[^.]+|[\d.]+|.*\.(?:local|internal|intranet|lan|corp|svc|cluster\.local|home|localhost))$
    \.(?:corp|internal|intranet)\.
  `,
  'i',
);
export const mailHead = /^\s*(?:from|to|subject|cc):\s.*$/gim;

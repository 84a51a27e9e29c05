/** Tables of cues for tool results that show an end. */
import { cues } from '../../text/cues.js';

export const state = cues(
  String.raw`
    \b(?:
      decommissioned|retired|terminated|discontinued|shut[ _-]?down|end[ _-]of[ _-]life|eol|deleted
      removed|dissolved|withdrawn|scrapped|defunct
    )\b
  `,
  'i',
);
export const denied = /\b(?:not|never|no|to be|will be|planned|scheduled|pending)\b/i;
export const absent = cues(
  String.raw`
    \b(?:
      no such file or directory|not found|does ?n(?:o|')t exist|cannot (?:access|stat|find|open)
      could not (?:find|open)|enoent|file not found|no matches
    )\b
  `,
  'i',
);
/** Tools and commands that open a file or run it: what they succeed with is there. */
export const opening = cues(
  String.raw`
    ^(?:read|view|open|edit|write|notebook\w*)\b
    (?:^|\s)(?:cat|less|more|head|tail|sed|bash|sh|zsh|python[\d.]*|node|ruby|perl|source|\.\/\S+)\s
  `,
  'i',
);
export const removing =
  /(?:^|[|;&]\s*)(?:sudo\s+)?(?:rm|rmdir|unlink|shred|git\s+rm|svn\s+(?:rm|delete)|p4\s+delete|del)\s/im;
export const deletion = /\b(?:delet(?:e|ed|es|ion)|remov(?:e|ed|es|al))\b/i;
export const pathLike = /(?<![\w@])(?:[\w.@~+-]*\/)+[\w.@+-]+|\b[\w-]+\.[a-z]{1,5}\b/gi;

/** Rules against copying in secrets and personal data. */

import { newSecrets } from '../trust/new-secrets.js';
import { newPersonalData } from '../trust/personal-data.js';
import { type Rule, textAfter, textBefore } from './trial.js';

/**
 * Refuses private text that the memories did not hold before; what they hold may stay, and move with them.
 */
export const nothingPrivateComesIn: Rule = (trial) => {
  const [after, before] = [textAfter(trial), textBefore(trial)];
  const [secret] = newSecrets(after, before);
  if (secret !== undefined) return `it would copy in what looks like ${secret}`;
  const [datum] = newPersonalData(after, before);
  return datum === undefined ? null : `it would copy in ${datum.kind}`;
};

/** Refuses private text in a new path, which everybody sees who lists the directory. */
export const noNameIsPrivate: Rule = ({ before, paths }) => {
  const names = paths
    .filter((path) => before.text(path) === undefined)
    .join('\n')
    .replaceAll('/', ' ');
  const [found] = [...newSecrets(names, ''), ...newPersonalData(names, '').map(({ kind }) => kind)];
  return found === undefined ? null : `the name of a new memory has ${found} in it`;
};

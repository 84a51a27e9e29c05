/** No secret and no personal datum is copied in. */

import { newSecrets } from '../trust/new-secrets.js';
import { newPersonalData } from '../trust/personal-data.js';
import { type Rule, textAfter, textBefore } from './trial.js';

/** What stands in the memory already may stay, and move with it. */
export const nothingPrivateComesIn: Rule = (trial) => {
  const [after, before] = [textAfter(trial), textBefore(trial)];
  const [secret] = newSecrets(after, before);
  if (secret !== undefined) return `it would copy in what looks like ${secret}`;
  const [datum] = newPersonalData(after, before);
  return datum === undefined ? null : `it would copy in ${datum.kind}`;
};

/** Also in a name, which everybody sees who lists the directory. */
export const noNameIsPrivate: Rule = ({ before, paths }) => {
  const names = paths
    .filter((path) => before.text(path) === undefined)
    .join('\n')
    .replaceAll('/', ' ');
  const [found] = [...newSecrets(names, ''), ...newPersonalData(names, '').map(({ kind }) => kind)];
  return found === undefined ? null : `the name of a new memory has ${found} in it`;
};

/**
 * Writes several calls of one purpose as one: what all have stays, what differs becomes a gap. Words are
 * aligned by a longest common subsequence (Needleman, Wunsch 1970, without costs).
 */

export const gap = '…';

export function commonForm(calls: readonly (readonly string[])[]): string[] {
  const [first = [], ...others] = calls;
  return others.reduce<string[]>((form, call) => aligned(form, call), [...first]);
}

function aligned(a: readonly string[], b: readonly string[]): string[] {
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      lengths[i]![j] =
        a[i] === b[j] ? lengths[i + 1]![j + 1]! + 1 : Math.max(lengths[i + 1]![j]!, lengths[i]![j + 1]!);
  const form: string[] = [];
  let [left, right]: [string[], string[]] = [[], []];
  const close = (): void => {
    if (left.length === right.length) form.push(...left.map((word, k) => commonPart(word, right[k]!)));
    else if (left.length + right.length > 0 && form.at(-1) !== gap) form.push(gap);
    [left, right] = [[], []];
  };
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length)
    if (a[i] === b[j]) {
      close();
      form.push(a[i]!);
      i += 1;
      j += 1;
    } else if (lengths[i + 1]![j]! >= lengths[i]![j + 1]!) left.push(a[i++]!);
    else right.push(b[j++]!);
  left.push(...a.slice(i));
  right.push(...b.slice(j));
  close();
  return form;
}

/**
 * The common part of two words, `deploy/…` of `deploy/checkout` and `deploy/mail`. Only whole parts are
 * common.
 */
function commonPart(a: string, b: string): string {
  const parts = (word: string): string[] => word.split(/(?<=[/=:,])|(?=[/=:,])/);
  const [x, y] = [parts(a), parts(b)];
  let start = 0;
  while (start < Math.min(x.length, y.length) && x[start] === y[start]) start += 1;
  let end = 0;
  while (end < Math.min(x.length, y.length) - start && x.at(-1 - end) === y.at(-1 - end)) end += 1;
  return x.slice(0, start).join('') + gap + x.slice(x.length - end).join('');
}

import { createHash } from 'node:crypto';

/** Characters that look random and are always the same. No secret is written down whole in this file. */
export function noise(
  length: number,
  alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
): string {
  let text = '';
  for (let i = 0; text.length < length; i++) {
    const digest = createHash('sha256').update(`${i} ${length}`).digest();
    for (const byte of digest) text += alphabet[byte % alphabet.length];
  }
  return text.slice(0, length);
}
export const hex = (length: number): string => noise(length, '0123456789abcdef');
const capitals = (length: number): string => noise(length, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567');
const letters = (length: number): string =>
  noise(length, 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ');
export const pem = (kind: string, body = noise(64), line = '\n'): string =>
  `-----BEGIN ${kind}-----${line}${body}${line}${body}${line}-----END ${kind}-----${line}`;

export const samples: [flag: string, text: string][] = [
  ['aws', `AKIA${capitals(16)}`],
  ['aws', `aws_secret_access_key = ${noise(38)}/+`],
  ['aws', `AWS_SECRET_ACCESS_KEY="${noise(40)}"`],
  ['gcp', `AIza${noise(35)}`],
  ['gcp', `GOCSPX-${noise(28)}`],
  ['azure', `${noise(3)}8Q~${noise(34)}`],
  ['azure', `AccountName=x;AccountKey=${noise(84)}/+==;`],
  ['digitalocean', `dop_v1_${hex(64)}`],
  ['databricks', `dapi${hex(32)}`],
  ['github', `ghp_${noise(36)}`],
  ['github', `github_pat_${noise(82)}`],
  ['gitlab', `glpat-${noise(20)}`],
  ['gitlab', `glcbt-64_${noise(20)}`],
  ['slack', `xoxb-123456789012-123456789012-${noise(24)}`],
  ['slack', `xapp-1-${capitals(11)}-1234567890123-${hex(64)}`],
  ['slack', `https://hooks.slack.com/services/T${capitals(8)}/B${capitals(8)}/${noise(24)}`],
  ['stripe', `sk_live_${noise(24)}`],
  ['openai', `sk-${noise(20)}T3BlbkFJ${noise(20)}`],
  ['openai', `sk-proj-${noise(74)}T3BlbkFJ${noise(74)}`],
  ['anthropic', `sk-ant-api03-${noise(93)}AA`],
  ['huggingface', `hf_${letters(34)}`],
  ['perplexity', `pplx-${noise(48)}`],
  ['npm', `npm_${noise(36)}`],
  ['pypi', `pypi-AgEIcHlwaS5vcmc${noise(120)}`],
  ['rubygems', `rubygems_${hex(48)}`],
  ['docker', `dckr_pat_${noise(27)}`],
  ['sendgrid', `SG.${noise(22)}.${noise(43)}`],
  ['shopify', `shpat_${hex(32)}`],
  ['vault', `hvs.${noise(95)}`],
  ['linear', `lin_api_${noise(40)}`],
  ['notion', `ntn_12345678901${noise(35)}`],
  ['age', `AGE-SECRET-KEY-1${noise(58, 'QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L')}`],
  ['private-key', pem('PRIVATE KEY')],
  ['private-key', pem('RSA PRIVATE KEY')],
  ['private-key', pem('OPENSSH PRIVATE KEY')],
  ['private-key', pem('ENCRYPTED PRIVATE KEY')],
  ['private-key', pem('RSA PRIVATE KEY', `DEK-Info: AES-128-CBC,${hex(32)}\n\n${noise(64)}`)],
  ['private-key', pem('PGP PRIVATE KEY BLOCK', `Version: 1\n\n${noise(64)}`)],
  ['private-key', JSON.stringify({ private_key: pem('PRIVATE KEY') })],
  ['private-key', pem('EC PRIVATE KEY', noise(64), '\n        ')],
  ['private-key', pem('EC PRIVATE KEY', noise(64), '\r\n')],
];

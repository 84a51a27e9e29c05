/**
 * How private keys and the tokens of well-known services look. After the rules of gitleaks (config/gitleaks.toml,
 * commit b58d3f1, MIT), named in the comments, unless another source is given; generic ones (a password after the
 * word "password") are left out, since notes are full of words.
 */

export interface SecretPattern {
  /** Lower case, with dashes: part of a flag. */
  readonly name: string;
  /** For a sentence: "looks like …". */
  readonly title: string;
  readonly pattern: RegExp;
}

/** Each holds a run of at least `tokenLength` letters, digits, `_` and `-`. */
export const tokenPatterns: readonly SecretPattern[] = [
  // aws-access-token
  { name: 'aws', title: 'an AWS access key', pattern: /\b(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b/ },
  // docs.aws.amazon.com, "Configuration and credential file settings"
  {
    name: 'aws',
    title: 'an AWS secret access key',
    pattern:
      /(?:aws_secret_access_key|AWS_SECRET_ACCESS_KEY|SecretAccessKey)(?:\\{0,4}["'])?\s{0,3}[=:]\s{0,3}(?:\\{0,4}["'])?[\w/+]{40}/,
  },
  // gcp-api-key; OAuth clients: support.google.com/cloud/answer/15549257
  { name: 'gcp', title: 'a Google API key', pattern: /\bAIza[\w-]{35}(?![\w-])|\bGOCSPX-[\w-]{28}(?![\w-])/ },
  // azure-ad-client-secret
  {
    name: 'azure',
    title: 'an Azure client secret',
    pattern: /(?<![\w~.])[\w~.]{3}\dQ~[\w~.-]{31,34}(?![\w~-])/,
  },
  // learn.microsoft.com, "Configure Azure Storage connection strings"
  { name: 'azure', title: 'an Azure storage key', pattern: /\bAccountKey=[\w/+]{86}==/ },
  // digitalocean-access-token, digitalocean-pat, digitalocean-refresh-token
  { name: 'digitalocean', title: 'a DigitalOcean token', pattern: /\bdo[opr]_v1_[a-f0-9]{64}\b/ },
  // databricks-api-token
  { name: 'databricks', title: 'a Databricks token', pattern: /\bdapi[a-f0-9]{32}\b/ },
  // github-pat, github-oauth, github-app-token, github-refresh-token, github-fine-grained-pat
  { name: 'github', title: 'a GitHub token', pattern: /gh[opsur]_[A-Za-z0-9]{36}|github_pat_\w{82}/ },
  // gitlab-pat, gitlab-deploy-token, gitlab-runner-authentication-token, gitlab-ptt, gitlab-cicd-job-token
  {
    name: 'gitlab',
    title: 'a GitLab token',
    pattern: /\bgl(?:pat|dt|rt|ptt)-[\w-]{20}|\bglcbt-\w{1,5}_[\w-]{20}/,
  },
  // slack-bot-token, slack-user-token, slack-legacy-token, slack-app-token
  {
    name: 'slack',
    title: 'a Slack token',
    pattern: /\bxox[abeoprs]-[\dA-Za-z]{1,14}-[\dA-Za-z-]{16,}|\bxapp-\d-[A-Z0-9]+-\d+-[a-z0-9]{16,}/,
  },
  // slack-webhook-url
  {
    name: 'slack',
    title: 'a Slack webhook',
    pattern: /hooks\.slack\.com\/(?:services|workflows|triggers)\/[A-Za-z0-9+/]{43,56}/,
  },
  // stripe-access-token
  { name: 'stripe', title: 'a Stripe key', pattern: /\b[sr]k_(?:live|test|prod)_[A-Za-z0-9]{16,99}\b/ },
  // openai-api-key
  { name: 'openai', title: 'an OpenAI key', pattern: /\bsk-[\w-]{20,90}T3BlbkFJ[\w-]{20,90}/ },
  // anthropic-api-key, anthropic-admin-api-key
  { name: 'anthropic', title: 'an Anthropic key', pattern: /\bsk-ant-[a-z]{3,8}\d\d-[\w-]{80,120}/ },
  // huggingface-access-token, huggingface-organization-api-token
  { name: 'huggingface', title: 'a Hugging Face token', pattern: /\b(?:hf|api_org)_[A-Za-z]{34}\b/ },
  // perplexity-api-key
  { name: 'perplexity', title: 'a Perplexity key', pattern: /\bpplx-[A-Za-z0-9]{48}\b/ },
  // npm-access-token
  { name: 'npm', title: 'an npm token', pattern: /\bnpm_[A-Za-z0-9]{36}\b/ },
  // pypi-upload-token
  { name: 'pypi', title: 'a PyPI token', pattern: /\bpypi-AgEIcHlwaS5vcmc[\w-]{50}/ },
  // rubygems-api-token
  { name: 'rubygems', title: 'a RubyGems key', pattern: /\brubygems_[a-f0-9]{48}\b/ },
  // docs.docker.com, "Personal access tokens"
  { name: 'docker', title: 'a Docker token', pattern: /\bdckr_[po]at_[\w-]{27}/ },
  // sendgrid-api-token
  { name: 'sendgrid', title: 'a SendGrid key', pattern: /\bSG\.[\w-]{22}\.[\w-]{43}(?![\w-])/ },
  // shopify-access-token, shopify-custom-access-token, shopify-private-app-access-token, shopify-shared-secret
  { name: 'shopify', title: 'a Shopify token', pattern: /\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}\b/ },
  // vault-service-token, vault-batch-token
  { name: 'vault', title: 'a Vault token', pattern: /\bhv[sb]\.[\w-]{90,300}/ },
  // linear-api-key
  { name: 'linear', title: 'a Linear key', pattern: /\blin_api_[A-Za-z0-9]{40}\b/ },
  // notion-api-token
  { name: 'notion', title: 'a Notion token', pattern: /\bntn_\d{11}[A-Za-z0-9]{35}\b/ },
  // age-secret-key
  { name: 'age', title: 'an age key', pattern: /AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}/ },
];

export const tokenLength = 20;

/** Every private key holds it. */
export const privateKeyMark = 'PRIVATE KEY';

/**
 * RFC 7468 (and what OpenSSH makes of it), RFC 9580 section 6.2 (PGP); headers, then the beginning of the key. Line
 * feeds may be escaped, as in the JSON of a Google service account, and that again where JSON is quoted in JSON.
 */
export const privateKey: SecretPattern = {
  name: 'private-key',
  title: 'a private key',
  pattern:
    /-----BEGIN (?:[A-Z0-9]{1,10} ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:\\{1,4}[nr]|\s|[\w-]{1,40}: [^\n\\]{0,100}(?:\n|\\{1,4}n)){1,60}[\w/+]{32}/,
};

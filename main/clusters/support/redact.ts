import { homedir, userInfo } from 'node:os';

const HIDDEN = '[hidden]';

const secrets: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, HIDDEN],
  // JSON Web Tokens (RFC 7519), of ServiceAccounts above all.
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, HIDDEN],
  // Bootstrap tokens (bootstrap.kubernetes.io).
  [/\b[a-z0-9]{6}\.[a-z0-9]{16}\b/g, HIDDEN],
  [
    /((?:client-key-data|client-certificate-data|token|authorization)"?\s*[:=]\s*"?(?:bearer\s+)?)[^\s",}]+/gi,
    `$1${HIDDEN}`,
  ],
  [/((?:password|passwd|passphrase|secret|api[-_]?key)"?\s*[:=]\s*"?)[^\s",}]+/gi, `$1${HIDDEN}`],
  // Credentials in addresses, of proxies and registries.
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@:]+:[^\s/@]+@/gi, `$1${HIDDEN}@`],
];

/** A text without what opens doors or names the user: keys, tokens, passwords, the user's folder and name. */
export function redact(text: string, user = { home: homedir(), name: userInfo().username }): string {
  let safe = text;
  for (const [pattern, replacement] of secrets) safe = safe.replace(pattern, replacement);
  // Root is nobody in particular, and its folder is in every path of a node.
  if (user.name === 'root') return safe;
  const name = user.name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return safe.replaceAll(user.home, '~').replace(new RegExp(`\\b${name}\\b`, 'g'), 'user');
}

/*
 * The syntax of names in Kubernetes, with the API server's words for what is wrong with one
 * (k8s.io/apimachinery/pkg/util/validation and pkg/api/validate/content). Every function returns the faults.
 */

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomain = `${label}(\\.${label})*`;
const wildcard = `\\*\\.${subdomain}`;
const dns1035Label = '[a-z]([-a-z0-9]*[a-z0-9])?';
const qualifiedName = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const labelValue = `(${qualifiedName})?`;

const labelPattern = new RegExp(`^${label}$`);
const subdomainPattern = new RegExp(`^${subdomain}$`);
const wildcardPattern = new RegExp(`^${wildcard}$`);
const dns1035Pattern = new RegExp(`^${dns1035Label}$`);
const qualifiedNamePattern = new RegExp(`^${qualifiedName}$`);
const labelValuePattern = new RegExp(`^${labelValue}$`);

const bytes = (text: string): number => Buffer.byteLength(text);

/** The API server counts bytes and calls them characters where a whole name is meant. */
const tooLong = (limit: number, unit = 'characters'): string => `must be no more than ${limit} ${unit}`;

/** What is wrong with a text that does not match: the rule in words, examples, the pattern. */
export function mismatch(rule: string, pattern: string, ...examples: readonly string[]): string {
  const quoted = examples.map((example) => `'${example}', `).join(' or ');
  return `${rule} (e.g. ${quoted}regex used for validation is '${pattern}')`;
}

/** RFC 1123 subdomain: a name of most kinds. */
export function isDnsSubdomain(text: string): readonly string[] {
  return subdomainFaults(text, 'characters');
}

function subdomainFaults(text: string, unit: 'characters' | 'bytes'): readonly string[] {
  const faults: string[] = [];
  if (bytes(text) > 253) faults.push(tooLong(253, unit));
  if (!subdomainPattern.test(text)) {
    const rule =
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
    faults.push(mismatch(rule, subdomain, 'example.com'));
  }
  return faults;
}

/** `*.` and an RFC 1123 subdomain: a host of an Ingress. */
export function isWildcardDnsSubdomain(text: string): readonly string[] {
  const faults: string[] = [];
  if (bytes(text) > 253) faults.push(tooLong(253));
  if (!wildcardPattern.test(text)) {
    const rule =
      "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character";
    faults.push(mismatch(rule, wildcard, '*.example.com'));
  }
  return faults;
}

/** RFC 1123 label: a namespace's name. */
export function isDnsLabel(text: string): readonly string[] {
  const faults: string[] = [];
  if (bytes(text) > 63) faults.push(tooLong(63));
  if (!labelPattern.test(text)) {
    const rule =
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
    faults.push(subdomainPattern.test(text) ? 'must not contain dots' : mismatch(rule, label, 'my-name', '123-abc'));
  }
  return faults;
}

/** RFC 1035 label. */
export function isDns1035Label(text: string): readonly string[] {
  const faults: string[] = [];
  if (bytes(text) > 63) faults.push(tooLong(63));
  if (!dns1035Pattern.test(text)) {
    const rule =
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
    faults.push(mismatch(rule, dns1035Label, 'my-name', 'abc-123'));
  }
  return faults;
}

const qualifiedNameRule = mismatch(
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  qualifiedName,
  'MyName',
  'my.name',
  '123-abc',
);

/** The key of a label or an annotation: a name, with a subdomain and a slash before it or not. */
export function isQualifiedName(text: string): readonly string[] {
  const parts = text.split('/');
  if (parts.length > 2) {
    return [
      `a valid label key ${qualifiedNameRule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const faults: string[] = [];
  const name = parts.at(-1) ?? '';
  const [prefix] = parts;
  if (parts.length === 2 && prefix !== undefined) {
    if (prefix === '') faults.push('prefix part must be non-empty');
    else faults.push(...subdomainFaults(prefix, 'bytes').map((fault) => `prefix part ${fault}`));
  }
  if (name === '') faults.push('name part must be non-empty');
  else if (bytes(name) > 63) faults.push(`name part ${tooLong(63, 'bytes')}`);
  if (!qualifiedNamePattern.test(name)) faults.push(`name part ${qualifiedNameRule}`);
  return faults;
}

/** The value of a label. */
export function isLabelValue(text: string): readonly string[] {
  const faults: string[] = [];
  if (bytes(text) > 63) faults.push(tooLong(63, 'bytes'));
  if (!labelValuePattern.test(text)) {
    const rule =
      "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
    faults.push(mismatch(rule, labelValue, 'MyValue', 'my_value', '12345'));
  }
  return faults;
}

/** The name of a container's port, which is an IANA service name (RFC 6335 section 5.1). */
export function isPortName(text: string): readonly string[] {
  const faults: string[] = [];
  if (bytes(text) > 15) faults.push(tooLong(15));
  if (!/^[-a-z0-9]+$/.test(text)) {
    faults.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  }
  if (!/[a-z]/.test(text)) faults.push('must contain at least one letter (a-z)');
  if (text.includes('--')) faults.push('must not contain consecutive hyphens');
  if (text.startsWith('-') || text.endsWith('-')) faults.push('must not begin or end with a hyphen');
  return faults;
}

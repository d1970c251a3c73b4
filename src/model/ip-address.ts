const ipv4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$/;
const ipv6Characters = /^[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*$/;

/**
 * The one spelling of an IP address: dotted decimal for IPv4, RFC 5952 for IPv6. Null for anything else, zone
 * identifiers and IPv4 with leading zeros (which some readers take for octal) included.
 */
export function canonicalIpAddress(text: string): string | null {
  if (ipv4.test(text)) return text;
  if (text.length > 45 || !ipv6Characters.test(text)) return null;
  const url = `http://[${text}]/`;
  // WHATWG URL hosts are serialized as RFC 5952 asks.
  return URL.canParse(url) ? new URL(url).hostname.slice(1, -1) : null;
}

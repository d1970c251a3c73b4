/**
 * Lower-case names of the fields that frame the message or belong to one connection (RFC 9110 section 7.6.1, RFC 9112
 * section 6, RFC 9113 section 8.2.2): they are the gateway's own, and no route sets, adds or removes them.
 */
export const framingFields: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

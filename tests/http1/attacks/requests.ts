/*
 * Requests that attack a proxy: known ways to make two recipients disagree about where a message ends or what it says.
 * Each is answered with `status`, the connection is closed, and nothing of it is passed on.
 *
 * Sources: RFC 9112 and RFC 9110 by section; Kettle, "HTTP Desync Attacks" (2019), "Browser-Powered Desync Attacks" (2022)
 * and "HTTP/1.1 must die" (2025); Weikop, "Funky chunks" (2025); the trophies of the HTTP Garden (Kallus et al., 2024);
 * Http11Probe; smuggler.py by defparam; CVEs by number.
 */

export interface Attack {
  readonly name: string;
  readonly source: string;
  /** One character a byte. */
  readonly bytes: string;
  readonly status: number;
  /**
   * `head`: refused before anyone else sees it. `content`: the head was fine, so a request has begun; its content
   * never ends well.
   */
  readonly stage: 'head' | 'content';
}

const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n';

const head = (name: string, source: string, bytes: string, status = 400): Attack => ({
  name,
  source,
  bytes,
  status,
  stage: 'head',
});
/** A request with the given field lines, whose content looks right to whoever reads the lines in either way. */
const fields = (name: string, source: string, lines: string, status = 400): Attack =>
  head(name, source, `POST / HTTP/1.1\r\nHost: a\r\n${lines}\r\n\r\n0\r\n\r\n${smuggled}`, status);
const line = (name: string, source: string, requestLine: string, status = 400): Attack =>
  head(name, source, `${requestLine}\r\nHost: a\r\n\r\n`, status);
const chunks = (name: string, source: string, content: string): Attack => ({
  name,
  source,
  bytes: `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${content}`,
  status: 400,
  stage: 'content',
});

const lengths: readonly Attack[] = [
  fields('both lengths, CL.TE', 'RFC 9112 6.1', 'Content-Length: 5\r\nTransfer-Encoding: chunked'),
  fields('both lengths, TE.CL', 'RFC 9112 6.1', 'Transfer-Encoding: chunked\r\nContent-Length: 5'),
  fields('both lengths, zero', 'CVE-2019-18277', 'Content-Length: 0\r\nTransfer-Encoding: chunked'),
  fields('two lengths that differ', 'RFC 9110 8.6', 'Content-Length: 5\r\nContent-Length: 0'),
  fields('two lengths that agree', 'RFC 9110 8.6', 'Content-Length: 5\r\nContent-Length: 5'),
  fields('two lengths in other case', 'HTTP Garden, H2O 4', 'Content-Length: 5\r\ncontent-length: 0'),
  ...[
    ['list that agrees', '5, 5'],
    ['list that differs', '5, 0'],
    ['plus sign', '+5'],
    ['minus sign', '-5'],
    ['minus zero', '-0'],
    ['hexadecimal', '0x5'],
    ['octal', '05'],
    ['leading zeros', '0005'],
    ['digit separator', '1_0'],
    ['inner space', '1 0'],
    ['trailing letters', '5abc'],
    ['exponent', '5e0'],
    ['fraction', '5.0'],
    ['empty', ''],
    ['not a number', 'NaN'],
    ['comma only', ','],
    ['trailing comma', '5,'],
    ['leading comma', ',5'],
    ['quoted', '"5"'],
    ['parameter', '5;a'],
    ['beyond 64 bits', '18446744073709551621'],
    ['beyond exact integers', '9007199254740993'],
    ['vertical tab', '\x0b5'],
    ['form feed', '5\x0c'],
    ['no-break space', '\xa05'],
    ['full-width digit', '\xef\xbc\x95'],
    ['NUL', '5\x00'],
  ].map(([name, value]) => fields(`length: ${name}`, 'RFC 9110 8.6; HTTP Garden', `Content-Length: ${value}`)),
  fields('empty length before another', 'CVE-2023-40225', 'Content-Length: \r\nContent-Length: 59'),
  fields('underscore in Content-Length', 'Http11Probe; CGI-style names', 'Content_Length: 5'),
];

const codings: readonly Attack[] = [
  ...[
    ['unknown coding', 'xchunked'],
    ['suffix', 'chunkedx'],
    ['identity', 'identity'],
    ['chunked, identity', 'chunked, identity'],
    ['chunked twice', 'chunked, chunked'],
    ['not last', 'chunked, gzip'],
    ['leading comma', ',chunked'],
    ['trailing comma', 'chunked,'],
    ['space between', 'gzip chunked'],
    ['parameter', 'chunked;a=b'],
    ['quoted', '"chunked"'],
    ['single quotes', "'chunked'"],
    ['empty', ''],
    ['vertical tab before', '\x0bchunked'],
    ['form feed after', 'chunked\x0c'],
    ['no-break space', '\xa0chunked'],
    ['high byte after', 'chunked\xff'],
    ['NUL after', 'chunked\x00'],
    ['backspace', '\x08chunked'],
    ['delete', 'chunked\x7f'],
    ['long s', '\u00c5\u00bf'],
    ['cow', 'cow'],
    ['bare CR before', '\rchunked'],
    ['bare CR after', 'chunked\r'],
    ['bare LF before', '\nchunked'],
    ['bare LF after', 'chunked\n'],
    ['folded before', '\r\n chunked'],
    ['folded after', 'chunked\r\n\t'],
  ].map(([name, value]) => fields(`coding: ${name}`, 'Kettle 2019; smuggler.py', `Transfer-Encoding: ${value}`)),
  fields('coding alone: unknown and not last', 'RFC 9112 6.3', 'Transfer-Encoding: cow'),
  fields('coding alone: leading comma', 'HTTP Garden, nghttpx 1', 'Transfer-Encoding: ,chunked'),
  fields('coding that is framed but not understood', 'RFC 9112 6.1', 'Transfer-Encoding: gzip, chunked', 501),
  fields('two coding fields', 'Kettle 2019', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: cow'),
  fields('two coding fields that agree', 'Kettle 2019', 'Transfer-Encoding: chunked\r\nTransfer-encoding: chunked'),
  fields(
    'two coding fields, identity first',
    'Kettle 2019',
    'Transfer-Encoding: identity\r\nTransfer-Encoding: chunked',
  ),
  fields('underscore in Transfer-Encoding', 'Http11Probe', 'Transfer_Encoding: chunked\r\nContent-Length: 5'),
  head(
    'coding in HTTP/1.0',
    'RFC 9112 6.1',
    `POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
  ),
];

/** The bytes that smuggler.py puts around a field's parts. */
const gadgets = [0x00, 0x01, 0x04, 0x08, 0x0a, 0x0b, 0x0c, 0x0d, 0x1f, 0x7f];
const fieldLines: readonly Attack[] = [
  ...[...gadgets, 0x09, 0x20, 0x85, 0xa0, 0xff].flatMap((code) => {
    const byte = String.fromCharCode(code);
    const hex = code.toString(16).padStart(2, '0');
    return [
      fields(`byte ${hex} before the colon`, 'CVE-2019-16276; smuggler.py', `Transfer-Encoding${byte}: chunked`),
      fields(`byte ${hex} before the name`, 'smuggler.py; HTTP Garden', `${byte}Transfer-Encoding: chunked`),
      fields(`byte ${hex} within the name`, 'HTTP Garden, ATS 3', `Transfer${byte}Encoding: chunked`),
    ];
  }),
  ...gadgets.flatMap((code) => {
    const byte = String.fromCharCode(code);
    const hex = code.toString(16).padStart(2, '0');
    return [
      fields(`byte ${hex} after the colon`, 'smuggler.py', `X:${byte}Transfer-Encoding: chunked`),
      fields(`byte ${hex} within a value`, 'smuggler.py', `X: X${byte}Transfer-Encoding: chunked`),
      fields(`byte ${hex} at the end of a value`, 'smuggler.py', `X: X${byte}`),
    ];
  }),
  fields('CR LF CR within a value', 'HTTP Garden, Node.js 1', 'X: a\r\n\rZ: b'),
  fields('obs-fold with a space', 'RFC 9112 5.2', 'X: a\r\n Content-Length: 5'),
  fields('obs-fold with a tab', 'RFC 9112 5.2', 'X: a\r\n\tContent-Length: 5'),
  fields('obs-fold of nothing', 'RFC 9112 5.2', 'X: a\r\n \r\nContent-Length: 5'),
  head('obs-fold of the first field line', 'RFC 9112 2.2', `GET / HTTP/1.1\r\n Host: a\r\n\r\n`),
  fields('no colon', 'HTTP Garden, Mongoose 4', 'Content-Length 5'),
  fields('empty name', 'HTTP Garden, Mongoose 2', ': a'),
  fields('colon alone', 'HTTP Garden, Node.js 3', ':'),
  ...['"', '(', ')', ',', '/', ';', '<', '=', '>', '?', '@', '[', '\\', ']', '{', '}'].map((character) =>
    fields(`${character} in a name`, 'HTTP Garden, Mongoose 5', `Na${character}me: a`),
  ),
  fields('request line as a field line', 'CVE-2022-35256', 'GET /smuggled HTTP/1.1'),
];

const startLines: readonly Attack[] = [
  line('bare LF after the request line', 'RFC 9112 2.2', 'GET / HTTP/1.1\nX: y'),
  head('bare LF throughout', 'RFC 9112 2.2', 'GET / HTTP/1.1\nHost: a\n\n'),
  head('bare CR throughout', 'RFC 9112 2.2', 'GET / HTTP/1.1\rHost: a\r\r'),
  head('bare LF before the request line', 'RFC 9112 2.2', `\n${smuggled}`),
  head('bare CR before the request line', 'RFC 9112 2.2', `\r${smuggled}`),
  head('a flood of empty lines', 'RFC 9112 2.2', `${'\r\n'.repeat(8)}${smuggled}`),
  line('space before the method', 'RFC 9112 3', ' GET / HTTP/1.1'),
  line('two spaces after the method', 'RFC 9112 3', 'GET  / HTTP/1.1'),
  line('two spaces after the target', 'RFC 9112 3', 'GET /  HTTP/1.1'),
  line('tab for a space', 'RFC 9112 3', 'GET\t/ HTTP/1.1'),
  line('vertical tab for a space', 'RFC 9112 3', 'GET\x0b/ HTTP/1.1'),
  line('LF for a space', 'HTTP Garden, AIOHTTP 9', 'GET /\nHTTP/1.1'),
  line('trailing space', 'RFC 9112 3', 'GET / HTTP/1.1 '),
  line('trailing word', 'RFC 9112 3', 'GET / HTTP/1.1 x'),
  line('no target', 'RFC 9112 3', 'GET HTTP/1.1'),
  line('HTTP/0.9', 'RFC 9112 2.3', 'GET /'),
  line('method that is no token', 'HTTP Garden, AIOHTTP 6', 'G="T / HTTP/1.1'),
  line('method with a NUL', 'RFC 9110 9.1', 'GE\x00T / HTTP/1.1'),
  line('method with a high byte', 'RFC 9110 9.1', 'G\xc9T / HTTP/1.1'),
  line('raw space in the target', 'RFC 9112 3.2', 'GET /a b HTTP/1.1'),
  line('tab in the target', 'RFC 9112 3.2', 'GET /a\tb HTTP/1.1'),
  line('NUL in the target', 'RFC 9112 3.2', 'GET /a\x00b HTTP/1.1'),
  line('delete in the target', 'RFC 9112 3.2', 'GET /a\x7fb HTTP/1.1'),
  line('bare CR in the target', 'RFC 9112 3.2', 'GET /a\rb HTTP/1.1'),
  line('high byte in the target', 'RFC 9112 3.2', 'GET /\xe4 HTTP/1.1'),
  line('fragment in the target', 'RFC 9112 3.2', 'GET /a#b HTTP/1.1'),
  line('relative target', 'HTTP Garden, AIOHTTP 7', 'GET ! HTTP/1.1'),
  line('asterisk with GET', 'RFC 9112 3.2.4', 'GET * HTTP/1.1'),
  line('authority form with GET', 'RFC 9112 3.2.3', 'GET a:443 HTTP/1.1'),
  line('CONNECT', 'RFC 9110 9.3.6', 'CONNECT a:443 HTTP/1.1', 501),
  line('absolute form of another scheme', 'Kettle 2022', 'GET gopher://a/ HTTP/1.1'),
  line('absolute form with user information', 'RFC 9110 4.2.4', 'GET http://user@a/ HTTP/1.1'),
  line('absolute form without a host', 'RFC 9110 4.2.1', 'GET http:///x HTTP/1.1'),
  line('absolute form with a fragment', 'RFC 9112 3.2.2', 'GET http://a/x#y HTTP/1.1'),
  line('absolute form of the wrong scheme', 'RFC 9110 7.4', 'GET https://a/ HTTP/1.1', 421),
  line('absolute form with another host', 'RFC 9112 3.2.2; Kettle 2022', 'GET http://b/ HTTP/1.1'),
  line('absolute form with another port', 'RFC 9112 3.2.2', 'GET http://a:81/ HTTP/1.1'),
  line('version 1.2', 'RFC 9110 2.5', 'GET / HTTP/1.2', 505),
  line('version 2.0', 'RFC 9113 3.4', 'GET / HTTP/2.0', 505),
  line('version 0.9 said aloud', 'RFC 9112 2.3', 'GET / HTTP/0.9', 505),
  line('long version', 'HTTP Garden, AIOHTTP 5', 'GET / HTTP/1.32'),
  line('leading zero in the version', 'Http11Probe', 'GET / HTTP/01.1'),
  line('huge version', 'HTTP Garden, Libevent 1', 'GET / HTTP/4294967295.255'),
  line('version in lower case', 'RFC 9112 2.3', 'GET / http/1.1'),
  line('version without a minor', 'RFC 9112 2.3', 'GET / HTTP/1'),
  head('a TLS ClientHello', 'plain port, TLS client', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'),
  head('TRACE with content', 'RFC 9110 9.3.8', 'TRACE / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx'),
];

const hosts: readonly Attack[] = [
  head('no Host', 'RFC 9112 3.2', 'GET / HTTP/1.1\r\nX: y\r\n\r\n'),
  head('two Hosts', 'RFC 9112 3.2', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'),
  head('two Hosts that agree', 'RFC 9112 3.2', 'GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n'),
  head('two Hosts in HTTP/1.0', 'RFC 9112 3.2', 'GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n'),
  ...[
    ['empty', ''],
    ['list', 'a, b'],
    ['user information', 'user@a'],
    ['path', 'a/b'],
    ['scheme', 'http://a'],
    ['query', 'a?b'],
    ['fragment', 'a#b'],
    ['inner space', 'a b'],
    ['inner tab', 'a\tb'],
    ['percent-encoding', 'a%2eb'],
    ['backslash', 'a\\b'],
    ['quote', "a'b"],
    ['high byte', 'a\xe4'],
    ['NUL', 'a\x00b'],
    ['port that is no number', 'a:b'],
    ['port list', 'a:80:81'],
    ['huge port', 'a:999999'],
    ['negative port', 'a:-1'],
    ['port alone', ':80'],
    ['open bracket', '[::1'],
    ['closed bracket', '::1]'],
    ['zone', '[fe80::1%25eth0]'],
    ['too long', 'a'.repeat(300)],
  ].map(([name, value]) =>
    head(`Host: ${name}`, 'RFC 9110 7.2; Kettle 2022', `GET / HTTP/1.1\r\nHost: ${value}\r\n\r\n`),
  ),
  ...['Host : a', ' Host: a', 'Host\t: a', 'Ho\x00st: a'].map((text) =>
    head(`Host line ${JSON.stringify(text)}`, 'Kettle 2025', `GET / HTTP/1.1\r\n${text}\r\nX: y\r\n\r\n`),
  ),
];

const hops: readonly Attack[] = [
  ...['Host', 'Content-Length', 'Transfer-Encoding', 'Cookie', 'Authorization', 'X-Forwarded-For', 'X-Request-Id'].map(
    (name) =>
      fields(
        `Connection names ${name}`,
        'RFC 9110 7.6.1; hop-by-hop abuse (Davison 2019)',
        `Connection: close, ${name}`,
      ),
  ),
  fields(
    'Connection names Content-Length in a second line',
    'RFC 9110 7.6.1',
    'Connection: close\r\nConnection: content-length',
  ),
  fields('Connection that is no list of names', 'RFC 9110 7.6.1', 'Connection: close;x'),
  fields('Connection with a quoted name', 'RFC 9110 7.6.1', 'Connection: "close"'),
  fields('another expectation', 'RFC 9110 10.1.1', 'Expect: 200-ok', 417),
  fields('obfuscated expectation', 'Kettle 2025', 'Expect: y 100-continue', 417),
  fields('two expectations', 'Kettle 2025', 'Expect: 100-continue\r\nExpect: 100-continue', 417),
];

const chunkSizes: readonly Attack[] = [
  ...[
    ['hexadecimal prefix', '0x5'],
    ['plus sign', '+5'],
    ['minus sign', '-5'],
    ['minus zero', '-0'],
    ['digit separator', '0_5'],
    ['leading space', ' 5'],
    ['leading tab', '\t5'],
    ['trailing space', '5 '],
    ['trailing tab', '5\t'],
    ['inner space', '5 0'],
    ['trailing letters', '5these-bytes'],
    ['no hexadecimal digit', 'Z'],
    ['leading CR', '\r5'],
    ['leading NUL', '\x005'],
    ['trailing NUL', '5\x00'],
    ['vertical tab', '5\x0b'],
    ['beyond 64 bits', '10000000000000005'],
    ['beyond exact integers', '20000000000001'],
    ['too many leading zeros', '00000000000000005'],
    ['comma', '5,5'],
    ['dot', '5.0'],
    ['quoted', '"5"'],
  ].map(([name, size]) => chunks(`chunk size: ${name}`, 'RFC 9112 7.1; HTTP Garden', `${size}\r\nhello\r\n0\r\n\r\n`)),
  chunks('chunk size: empty', 'HTTP Garden, Go 2', '\r\n\r\n'),
  chunks('chunk size: ended by LF', 'RFC 9112 2.2', '5\nhello\r\n0\r\n\r\n'),
  chunks('chunk size: ended by CR', 'HTTP Garden, Node.js 2', '5\rhello\r\n0\r\n\r\n'),
  chunks('chunk size: CR CR LF', 'HTTP Garden, Akamai 3', '5\r\r\nhello\r\n0\r\n\r\n'),
  chunks('last chunk ended by LF', 'HTTP Garden README', '0\n\r\n'),
  chunks('last chunk written with a separator', 'openwrt/uhttpd issue 3', '0_0\r\n\r\n'),
];

const chunkEnds: readonly Attack[] = [
  chunks('data longer than its size (spill)', 'Weikop 2025', '5\r\nhellooo\r\n0\r\n\r\n'),
  chunks('data shorter than its size', 'RFC 9112 7.1', '6\r\nhello\r\n0\r\n\r\n'),
  chunks('data ended by LF', 'HTTP Garden, HAProxy 3', '5\r\nhello\n0\r\n\r\n'),
  chunks('data ended by CR', 'Weikop 2025 (ONE.TWO)', '5\r\nhello\rX0\r\n\r\n'),
  chunks('data ended by two bytes that are no CRLF', 'Weikop 2025 (TWO.ONE)', '5\r\nhelloXX0\r\n\r\n'),
  chunks('data without an end', 'Weikop 2025 (ZERO.TWO)', '5\r\nhello0\r\n\r\n'),
  chunks('an extra CRLF between chunks', 'HTTP Garden, Mongoose 6', '5\r\nhello\r\n\r\n0\r\n\r\n'),
];

const chunkExtensions: readonly Attack[] = [
  chunks('TERM.EXT: LF within an extension', 'Weikop 2025; CVE-2025-55315', `2;\nxx\r\n4f\r\n0\r\n\r\n${smuggled}`),
  chunks('EXT.TERM: LF after an extension', 'Weikop 2025', '5;a=b\nhello\r\n0\r\n\r\n'),
  chunks('CR within an extension', 'Weikop 2025', '5;a\rb\r\nhello\r\n0\r\n\r\n'),
  chunks('CR before an extension', 'HTTP Garden, Node.js 2 and Akamai 3', '2\r\r;a\r\nhe\r\n0\r\n\r\n'),
  chunks('CR in a quoted extension', 'Weikop 2025', '5;a="\r\n"\r\nhello\r\n0\r\n\r\n'),
  chunks('LF in a quoted extension', 'Weikop 2025', '5;a="\n"\r\nhello\r\n0\r\n\r\n'),
  chunks('escaped LF in a quoted extension', 'Weikop 2025', '5;a="\\\n"\r\nhello\r\n0\r\n\r\n'),
  chunks('open quote', 'RFC 9112 7.1.1', '5;a="b\r\nhello\r\n0\r\n\r\n'),
  chunks('NUL in an extension', 'Http11Probe', '5;a\x00\r\nhello\r\n0\r\n\r\n'),
  chunks('delete in a quoted extension', 'RFC 9112 7.1.1', '5;a="\x7f"\r\nhello\r\n0\r\n\r\n'),
  chunks('extension without a name', 'RFC 9112 7.1.1', '5;\r\nhello\r\n0\r\n\r\n'),
  chunks('extension with a value only', 'RFC 9112 7.1.1', '5;=b\r\nhello\r\n0\r\n\r\n'),
  chunks('extension with an empty value', 'RFC 9112 7.1.1', '5;a=\r\nhello\r\n0\r\n\r\n'),
  chunks('extension with two values', 'RFC 9112 7.1.1', '5;a=b=c\r\nhello\r\n0\r\n\r\n'),
  chunks('text after a quoted value', 'RFC 9112 7.1.1', '5;a="b"c\r\nhello\r\n0\r\n\r\n'),
  chunks('white space before an extension', 'RFC 9112 7.1.1 (bad white space)', '5 ;a\r\nhello\r\n0\r\n\r\n'),
  chunks('white space in an extension', 'RFC 9112 7.1.1 (bad white space)', '5; a=b\r\nhello\r\n0\r\n\r\n'),
  chunks('extensions without end', 'CVE-2024-22019', `5;${'a'.repeat(20_000)}\r\nhello\r\n0\r\n\r\n`),
  chunks('extensions of many chunks', 'CVE-2023-39326', `${`1;${'a'.repeat(200)}\r\nx\r\n`.repeat(100)}0\r\n\r\n`),
];

const trailers: readonly Attack[] = [
  chunks('LF after a trailer field', 'RFC 9112 7.1.2', '0\r\nX: a\n\r\n'),
  chunks('CR in a trailer field', 'RFC 9112 7.1.2', '0\r\nX: a\rb\r\n\r\n'),
  chunks('NUL in a trailer field', 'RFC 9112 7.1.2', '0\r\nX: \x00\r\n\r\n'),
  chunks('folded trailer field', 'RFC 9112 5.2', '0\r\nX: a\r\n b\r\n\r\n'),
  chunks('space before the colon of a trailer field', 'RFC 9112 5.1', '0\r\nContent-Length : 5\r\n\r\n'),
  chunks('a request in the trailer section', 'TRAILER.END, Kettle 2022', `0\r\n${smuggled}`),
  chunks('LF for the empty line after the trailers', 'RFC 9112 7.1', `0\r\nX: y\r\n\n${smuggled}`),
  chunks('too many trailer fields', 'CVE-2022-41717 in spirit', `0\r\n${'X: y\r\n'.repeat(200)}\r\n`),
  chunks('trailers without end', 'bounds', `0\r\nX: ${'a'.repeat(70_000)}`),
];

const sizes: readonly Attack[] = [
  head('long request line', 'RFC 9112 3', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 414),
  head('long request line without end', 'RFC 9112 3', `GET /${'a'.repeat(20_000)}`, 414),
  head('long head', 'RFC 6585 5', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(70_000)}\r\n\r\n`, 431),
  head('long head without end', 'RFC 6585 5', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(70_000)}`, 431),
  head('many field lines', 'RFC 6585 5', `GET / HTTP/1.1\r\nHost: a\r\n${'X: y\r\n'.repeat(200)}\r\n`, 431),
];

export const attacks: readonly Attack[] = [
  ...lengths,
  ...codings,
  ...fieldLines,
  ...startLines,
  ...hosts,
  ...hops,
  ...chunkSizes,
  ...chunkEnds,
  ...chunkExtensions,
  ...trailers,
  ...sizes,
];

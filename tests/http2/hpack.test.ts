import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { HpackDecoder } from '../../src/dataplanes/node/http2/hpack/decoder.ts';
import { encodeField, encodeLiteral, encodeStatus } from '../../src/dataplanes/node/http2/hpack/encoder.ts';
import { decodeHuffman, encodeHuffman, huffmanSize } from '../../src/dataplanes/node/http2/hpack/huffman.ts';
import { field } from './acceptors.ts';

function decode(decoder: HpackDecoder, hex: string): string[] | null {
  const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  const block = decoder.decode(bytes, 0, bytes.length);
  return block === null ? null : block.entries.map((entry) => `${entry.name}: ${entry.value}`);
}

const getExample = [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com'];
const noCache = [...getExample, 'cache-control: no-cache'];
const custom = [
  ':method: GET',
  ':scheme: https',
  ':path: /index.html',
  ':authority: www.example.com',
  'custom-key: custom-value',
];
const found = [
  ':status: 302',
  'cache-control: private',
  'date: Mon, 21 Oct 2013 20:13:21 GMT',
  'location: https://www.example.com',
];
const temporary = [':status: 307', ...found.slice(1)];
const withCookie = [
  ':status: 200',
  'cache-control: private',
  'date: Mon, 21 Oct 2013 20:13:22 GMT',
  'location: https://www.example.com',
  'content-encoding: gzip',
  'set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',
];

/** RFC 7541 appendix C. The responses of C.5 and C.6 use a table of 256 bytes, which `3f e1 01` sets. */
const vectors: readonly { name: string; blocks: readonly (readonly [hex: string, expected: readonly string[]])[] }[] = [
  {
    name: 'C.2.1 literal with indexing',
    blocks: [['400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572', ['custom-key: custom-header']]],
  },
  { name: 'C.2.2 literal without indexing', blocks: [['040c 2f73 616d 706c 652f 7061 7468', [':path: /sample/path']]] },
  {
    name: 'C.2.3 literal never indexed',
    blocks: [['1008 7061 7373 776f 7264 0673 6563 7265 74', ['password: secret']]],
  },
  { name: 'C.2.4 indexed', blocks: [['82', [':method: GET']]] },
  {
    name: 'C.3 requests without Huffman',
    blocks: [
      ['8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d', getExample],
      ['8286 84be 5808 6e6f 2d63 6163 6865', noCache],
      ['8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65', custom],
    ],
  },
  {
    name: 'C.4 requests with Huffman',
    blocks: [
      ['8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff', getExample],
      ['8286 84be 5886 a8eb 1064 9cbf', noCache],
      ['8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf', custom],
    ],
  },
  {
    name: 'C.5 responses without Huffman',
    blocks: [
      [
        '3fe101 4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
        found,
      ],
      ['4803 3330 37c1 c0bf', temporary],
      [
        '88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31',
        withCookie,
      ],
    ],
  },
  {
    name: 'C.6 responses with Huffman',
    blocks: [
      [
        '3fe101 4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3',
        found,
      ],
      ['4883 640e ffc1 c0bf', temporary],
      [
        '88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07',
        withCookie,
      ],
    ],
  },
];

describe('HPACK decoder', () => {
  for (const { name, blocks } of vectors) {
    it(`RFC 7541 ${name}`, () => {
      const decoder = new HpackDecoder(65_536);
      for (const [hex, expected] of blocks) assert.deepEqual(decode(decoder, hex), expected);
    });
  }

  const invalid: readonly (readonly [name: string, hex: string])[] = [
    ['index 0', '80'],
    ['index beyond the tables', 'be'],
    ['name index beyond the tables', '7f00 0161'],
    ['an integer that does not end', 'ff'],
    ['an integer that is too large', 'ff ff ff ff ff ff 7f'],
    ['a string longer than the block', '0085 6161'],
    ['a literal without a value', '0001 61'],
    ['an empty literal', '40'],
    ['a table size update after a field', '82 20'],
    ['a table larger than offered', '3f e2 1f'],
    ['Huffman padding of eight bits', '0001 6182 1fff'],
    ['Huffman padding with zeros', '0001 6181 18'],
    ['Huffman with EOS', '0001 6184 ffff ffff'],
  ];
  for (const [name, hex] of invalid) {
    it(`refuses ${name}`, () => assert.equal(decode(new HpackDecoder(65_536), hex), null));
  }

  it('keeps nothing of a list beyond its limit, and its table all the same', () => {
    const decoder = new HpackDecoder(200);
    const big = encodeLiteral('x-big', 'v'.repeat(100), false);
    const indexing = Buffer.from(`\x40${big.slice(1)}`, 'latin1');
    const bomb = Buffer.concat([indexing, Buffer.alloc(5000, 0xbe)]);
    const block = decoder.decode(bomb, 0, bomb.length);
    assert.equal(block?.tooLarge, true);
    assert.equal(block?.entries.length, 1);
    assert.deepEqual(decode(decoder, 'be'), [`x-big: ${'v'.repeat(100)}`]);
  });

  it('gives the same block for the same bytes until its table changes', () => {
    const decoder = new HpackDecoder(65_536);
    const first = Buffer.from('8286840005782d6e657701', 'hex').subarray(0, 3);
    const one = decoder.decode(first, 0, first.length);
    assert.equal(decoder.decode(first, 0, first.length), one);
    decode(decoder, '4001 6101 62');
    const usesNewest = Buffer.from('be', 'hex');
    const before = decoder.decode(usesNewest, 0, 1);
    assert.equal(before?.entries[0]?.name, 'a');
    decode(decoder, '4001 6301 64');
    assert.equal(decoder.decode(usesNewest, 0, 1)?.entries[0]?.name, 'c');
  });
});

const latin1 = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) });

describe('HPACK encoder', () => {
  it('Huffman-codes any string so that it decodes to itself', () => {
    fc.assert(
      fc.property(latin1, (text) => {
        const bytes = Buffer.from(encodeHuffman(text), 'latin1');
        assert.equal(bytes.length, huffmanSize(text));
        assert.equal(decodeHuffman(bytes, 0, bytes.length), text);
      }),
    );
  });

  it('encodes any name and value so that they decode to themselves', () => {
    fc.assert(
      fc.property(latin1, latin1, fc.boolean(), (name, value, compress) => {
        const bytes = Buffer.from(encodeLiteral(name, value, compress), 'latin1');
        const block = new HpackDecoder(1_000_000).decode(bytes, 0, bytes.length);
        assert.deepEqual(
          block?.entries.map((entry) => [entry.name, entry.value]),
          [[name, value]],
        );
      }),
    );
  });

  it('writes the static statuses in one byte and compresses a field from its second use', () => {
    assert.equal(encodeStatus(200), '\x88');
    assert.equal(encodeStatus(503).length, 5);
    const server = field('server', 'some-server-software');
    const first = encodeField(server);
    assert.ok(encodeField(server).length < first.length);
    assert.equal(encodeField(server), encodeField(server));
  });

  it('never lets secrets be indexed', () => {
    for (const name of ['authorization', 'cookie', 'set-cookie', 'proxy-authorization']) {
      assert.equal(encodeField(field(name, 'secret')).charCodeAt(0) & 0xf0, 0x10, name);
    }
    assert.equal(encodeField(field('accept', '*/*')).charCodeAt(0) & 0xf0, 0);
  });
});

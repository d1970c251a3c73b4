import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { defaultFolderLimits } from '../../src/sources/folder/limits.ts';
import { parseYaml } from '../../src/sources/folder/yaml/parse.ts';
import { splitDocuments } from '../../src/sources/folder/yaml/split.ts';
import { LineTable, spotOf } from '../../src/sources/folder/yaml/spot.ts';

function read(text: string): unknown {
  const parsed = parseYaml(text, defaultFolderLimits);
  assert.equal(parsed.type, 'documents', JSON.stringify(parsed));
  return parsed.type === 'documents' ? parsed.documents[0]?.value : undefined;
}

function refusal(text: string): { readonly message: string; readonly offset: number } {
  const parsed = parseYaml(text, defaultFolderLimits);
  assert.equal(parsed.type, 'malformed');
  return parsed.type === 'malformed' ? parsed.problem : { message: '', offset: -1 };
}

// What go-yaml version 2 makes of plain scalars (resolve.go), which is what Kubernetes reads.
const plainScalars: readonly (readonly [string, unknown])[] = [
  ['yes', true],
  ['Yes', true],
  ['yEs', 'yEs'],
  ['y', true],
  ['N', false],
  ['on', true],
  ['OFF', false],
  ['True', true],
  ['~', null],
  ['Null', null],
  ['nULL', 'nULL'],
  ['0', 0],
  ['-12', -12],
  ['+12', 12],
  ['0644', 420],
  ['0o17', 15],
  ['-010', -8],
  ['089', 89],
  ['0x1F', 31],
  ['-0x10', -16],
  ['0b101', 5],
  ['1_000', 1000],
  ['1e3', 1000],
  ['1.5E-3', 0.0015],
  ['1.', 1],
  ['.5', 0.5],
  ['.5_0', 0.5],
  ['1e400', '1e400'],
  ['0x1ffffffffffffffff', '0x1ffffffffffffffff'],
  ['.', '.'],
  ['1:30', '1:30'],
  ['190:20:30.15', '190:20:30.15'],
  ['2001-12-14', '2001-12-14'],
  ['2001-12-14T21:59:43Z', '2001-12-14T21:59:43Z'],
  ['1.2.3', '1.2.3'],
  ['10s', '10s'],
  ['127.0.0.1', '127.0.0.1'],
  ['0x', '0x'],
  ['text with spaces', 'text with spaces'],
];

for (const [text, value] of plainScalars) {
  test(`plain ${text} is ${JSON.stringify(value)}`, () => {
    assert.deepEqual(read(`a: ${text}\n`), { a: value });
  });
  test(`quoted ${text} is a string`, () => {
    assert.deepEqual(read(`a: "${text}"\nb: '${text}'\nc: !!str ${text}\n`), { a: text, b: text, c: text });
  });
}

test('keys become the strings that JSON needs', () => {
  assert.deepEqual(read('on: 1\n8080: a\n0x10: b\n"yes": c\n1.5: d\n'), {
    true: 1,
    '8080': 'a',
    '16': 'b',
    yes: 'c',
    '1.5': 'd',
  });
});

test('a key named __proto__ is a key', () => {
  const value = read('__proto__: {polluted: true}\na: 1\n') as object;
  assert.deepEqual(Object.keys(value), ['__proto__', 'a']);
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
});

test('aliases and merge keys', () => {
  const text =
    'base: &base {a: 1, b: 2}\nsame: *base\nmerged:\n  <<: *base\n  b: 3\nlist:\n  <<: [{a: 1}, {a: 2, c: 4}]\n';
  assert.deepEqual(read(text), {
    base: { a: 1, b: 2 },
    same: { a: 1, b: 2 },
    merged: { a: 1, b: 3 },
    list: { a: 1, c: 4 },
  });
});

test('an anchor in itself, an unknown anchor and a merge of a scalar are refused', () => {
  assert.deepEqual(refusal('a: &a [*a]\n'), { message: "anchor 'a' value contains itself", offset: 7 });
  assert.deepEqual(refusal('a: *b\n'), { message: "unknown anchor 'b' referenced", offset: 3 });
  assert.equal(refusal('a:\n  <<: 1\n').message, 'map merge requires map or sequence of maps as the value');
});

test('aliases that multiply are refused', () => {
  const letters = [...'abcdefghij'];
  const lines = letters.map((letter, index) => {
    const inner = index === 0 ? 'x' : `*${letters[index - 1]}`;
    return `${letter}: &${letter} [${Array(9).fill(inner).join(',')}]`;
  });
  assert.match(refusal(lines.join('\n')).message, /excessive aliasing/);
});

test('nesting is bounded, whatever brackets and dashes are used', () => {
  for (const text of [
    '['.repeat(60_000),
    '- '.repeat(30_000),
    '{a: '.repeat(20_000),
    `a: ${'['.repeat(150)}${']'.repeat(150)}`,
  ]) {
    assert.match(refusal(text).message, /nested deeper than 100/, text.slice(0, 20));
  }
  assert.ok(read(`a: ${'['.repeat(90)}${']'.repeat(90)}`));
});

test('duplicate keys are told with their path', () => {
  const parsed = parseYaml('spec:\n  rules:\n  - name: a\n    name: b\n', defaultFolderLimits);
  assert.equal(parsed.type, 'documents');
  const duplicates = parsed.type === 'documents' ? parsed.documents[0]?.duplicates : [];
  assert.deepEqual(duplicates, [{ field: 'spec.rules[0].name', offset: 31 }]);
});

test('what a merge brings is no duplicate', () => {
  const parsed = parseYaml('a: &a {x: 1}\nb: {<<: *a, x: 2}\n', defaultFolderLimits);
  assert.deepEqual(parsed.type === 'documents' && parsed.documents[0]?.duplicates, []);
});

test('infinities and unknown numbers cannot be said in JSON', () => {
  assert.equal(refusal('a: .inf\n').message, 'json: unsupported value: .inf');
  assert.equal(refusal('a: .NaN\n').message, 'json: unsupported value: .NaN');
});

test('every JSON text reads as JSON.parse reads it', () => {
  const key = fc.string({ unit: 'grapheme', maxLength: 12 });
  const json = fc.object({
    key,
    values: [fc.string({ unit: 'grapheme' }), fc.integer(), fc.boolean(), fc.constant(null)],
  });
  fc.assert(
    fc.property(json, fc.constantFrom(undefined, 2, '\t'), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      if (/\\ud[89a-f]/.test(text)) return;
      assert.deepEqual(JSON.parse(JSON.stringify(read(text))), JSON.parse(text));
    }),
    { numRuns: 200 },
  );
});

test('no text makes the parser throw', () => {
  const token = fc.constantFrom(
    'a',
    ': ',
    '\n',
    '  ',
    '- ',
    '[',
    ']',
    '{',
    '}',
    '&a ',
    '*a ',
    '!!int ',
    '<<: ',
    '"',
    "'",
    '|\n',
    '>',
    '#',
    '---\n',
    '...',
    '%YAML',
    '\t',
    '1',
    '~',
  );
  fc.assert(
    fc.property(fc.array(token, { maxLength: 40 }), (tokens) => {
      const text = tokens.join('');
      for (const chunk of splitDocuments(text)) parseYaml(chunk.text, defaultFolderLimits);
    }),
    { numRuns: 2_000 },
  );
});

test('documents are cut at their markers and know their lines', () => {
  const text = '# head\n---\na: 1\n--- # comment\n\n---\r\nb: |\n  ---\n  --- x\n---x: 1\n--- {c: 2}\n---\n';
  assert.deepEqual(splitDocuments(text), [
    { text: '---\na: 1\n', line: 1 },
    { text: '---\r\nb: |\n  ---\n  --- x\n---x: 1\n', line: 5 },
    { text: '--- {c: 2}\n', line: 10 },
  ]);
});

test('a stream of JSON values is cut between them, whatever their strings hold', () => {
  const text = '{"a":"}{\\"" }\n\n{"b":[{}]}\n';
  assert.deepEqual(
    splitDocuments(text).map((chunk) => [read(chunk.text), chunk.line]),
    [
      [{ a: '}{"' }, 0],
      [{ b: [{}] }, 0],
    ],
  );
});

test('positions: scalars at themselves, maps and lists at their keys, what is absent at its nearest ancestor', () => {
  const text =
    'spec:\n  rules:\n  - name: x\n    data:\n      ca.crt: |\n        hi\n  - {a: b, c: [1, 2]}\n  empty:\n  link: &l {deep: 1}\n  use: *l\n';
  const parsed = parseYaml(text, defaultFolderLimits);
  assert.equal(parsed.type, 'documents');
  const document = parsed.type === 'documents' ? parsed.documents[0] : undefined;
  assert.ok(document);
  const lines = new LineTable(text);
  const expected: readonly (readonly [string, number, number])[] = [
    ['', 1, 1],
    ['spec', 1, 1],
    ['spec.rules', 2, 3],
    ['spec.rules[0]', 3, 5],
    ['spec.rules[0].name', 3, 11],
    ['spec.rules[0].data', 4, 5],
    ['spec.rules[0].data.ca.crt', 5, 15],
    ['spec.rules[0].data[ca.crt]', 5, 15],
    ['spec.rules[0].data["ca.crt"]', 5, 15],
    ['spec.rules[0].data[ca.crt].more', 5, 15],
    ['spec.rules[1].c[1]', 7, 19],
    ['spec.rules[1].absent.deeper', 7, 5],
    ['spec.rules[9].name', 2, 3],
    ['spec.empty', 8, 3],
    ['spec.use.deep', 9, 19],
    ['absent', 1, 1],
  ];
  for (const [field, line, column] of expected) {
    assert.deepEqual(lines.position(spotOf(document.spot, field).offset), { line, column }, field);
  }
});

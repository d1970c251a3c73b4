import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CONTENT_LENGTH, COOKIE, FieldCache, makeField, REGULAR } from '../../src/dataplanes/node/http/field.ts';

describe('Field', () => {
  it('has a lower-case name, a value without surrounding white space, and its line', () => {
    const field = makeField('X-Name', ' \t a\tb \t');
    assert.deepEqual(
      [field?.name, field?.value, field?.line, field?.kind],
      ['x-name', 'a\tb', 'x-name: a\tb\r\n', REGULAR],
    );
    assert.equal(makeField('COOKIE', 'a')?.kind, COOKIE);
    assert.equal(makeField('Content-length', '1')?.kind, CONTENT_LENGTH);
  });

  it('is none where a character is not allowed', () => {
    for (const name of ['', 'a b', 'a:', 'ä', 'a\r', 'a\n', 'a\0', '(a)', 'a\x7f'])
      assert.equal(makeField(name, 'x'), null);
    for (const value of ['\r', '\n', '\0', 'a\r\nb', '\x0b', '\x7f', '\x1f']) assert.equal(makeField('a', value), null);
  });

  it('is none where an underscore stands for the hyphen of a name that frames or tells who is calling', () => {
    for (const name of ['Content_Length', 'transfer_encoding', 'X_Forwarded_For', 'x-forwarded_proto', 'X_Request_Id'])
      assert.equal(makeField(name, '1'), null);
    for (const name of ['x_custom', 'grpc_status', '_']) assert.notEqual(makeField(name, '1'), null);
  });
});

describe('FieldCache', () => {
  it('gives the same field for the same line, and what makeField gives, however often lines come', () => {
    const cache = new FieldCache();
    const name = fc.constantFrom('a', 'A', 'Host', 'x-long-name', 'bad name', 'content_length', '');
    const value = fc.string({ unit: fc.constantFrom(...'ab \t\r\xff'), maxLength: 4 });
    fc.assert(
      fc.property(name, value, (text, content) => {
        const line = `${text}:${content}`;
        const field = cache.parse(line);
        const expected = makeField(text, content);
        assert.deepEqual(
          [field?.name, field?.value, field?.kind, field?.line],
          [expected?.name, expected?.value, expected?.kind, expected?.line],
        );
        if (field !== null && field.source !== '') assert.equal(field.source, line);
      }),
      { numRuns: 5_000 },
    );
  });

  it('keeps lines that repeat and gives up names whose values never do', () => {
    const cache = new FieldCache();
    const first = cache.parse('accept: */*');
    assert.equal(cache.parse('accept: */*'), first);
    for (let id = 0; id < 1_000; id += 1) assert.equal(cache.parse(`x-request-id: ${id}`)?.value, `${id}`);
    const late = cache.parse('x-request-id: late');
    assert.notEqual(cache.parse('x-request-id: late'), late);
    assert.equal(late?.source, '');
    assert.equal(cache.parse('accept: */*'), first);
  });

  it('stays bounded whatever names and values come', () => {
    const cache = new FieldCache();
    for (let index = 0; index < 20_000; index += 1) {
      const field = cache.parse(`x-${index % 5_000}: ${index}`);
      assert.equal(field?.value, `${index}`);
    }
    const long = `x: ${'a'.repeat(5_000)}`;
    assert.equal(cache.parse(long)?.source, '');
    assert.notEqual(cache.parse(long), cache.parse(long));
  });

  it('takes a line without a colon, or that starts with one, for no field', () => {
    const cache = new FieldCache();
    for (const line of ['', 'a', ':', ': a', ' a: b', 'a : b', '\ta: b']) assert.equal(cache.parse(line), null);
  });
});

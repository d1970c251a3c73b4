import assert from 'node:assert/strict';
import { test } from 'node:test';
import { locationOf, rewriteTarget } from '../../src/dataplanes/node/proxy/rewrite.ts';
import { endOfPath, pathForMatching } from '../../src/dataplanes/node/proxy/routing/path.ts';
import { noModification, type Redirect } from '../../src/model/route.ts';

function rewrite(target: string, prefix: string, value: string): string {
  const path = pathForMatching(target.slice(0, endOfPath(target))) ?? assert.fail(target);
  return rewriteTarget(target, path, { type: 'prefix', value: prefix }, { type: 'prefix', value });
}

test('a prefix is replaced as the table of HTTPPathModifier says', () => {
  const table = [
    ['/foo/bar', '/foo', '/xyz', '/xyz/bar'],
    ['/foo/bar', '/foo', '/xyz/', '/xyz/bar'],
    ['/foo/bar', '/foo/', '/xyz', '/xyz/bar'],
    ['/foo/bar', '/foo/', '/xyz/', '/xyz/bar'],
    ['/foo', '/foo', '/xyz', '/xyz'],
    ['/foo/', '/foo', '/xyz', '/xyz/'],
    ['/foo/bar', '/foo', '', '/bar'],
    ['/foo/', '/foo', '', '/'],
    ['/foo', '/foo', '', '/'],
    ['/foo/', '/foo', '/', '/'],
    ['/foo', '/foo', '/', '/'],
    ['/bar', '/', '/xyz', '/xyz/bar'],
    ['/foo?a=/foo', '/foo', '/xyz', '/xyz?a=/foo'],
    ['/foo/%2f%61', '/foo', '/xyz', '/xyz/%2f%61'],
    ['//foo/bar', '/foo', '/xyz', '/xyz/bar'],
    ['/f%6fo/bar', '/foo', '/xyz', '/xyz/bar'],
  ] as const;
  for (const [target, prefix, value, expected] of table) assert.equal(rewrite(target, prefix, value), expected, target);
});

test('a whole path is replaced, the query stays', () => {
  const full = (target: string, value: string): string =>
    rewriteTarget(target, '', { type: 'exact', value: '/a' }, { type: 'full', value });
  assert.equal(full('/a?b=c', '/d'), '/d?b=c');
  assert.equal(full('/a', ''), '/');
});

test('Location names what differs from the request, and no port that the scheme implies', () => {
  const redirect: Redirect = {
    type: 'redirect',
    status: 302,
    scheme: null,
    hostname: null,
    port: null,
    path: null,
    responseHeaders: noModification,
  };
  const noHost = { target: '/a', path: '/a', authority: '', secure: false };
  assert.equal(locationOf(redirect, { type: 'prefix', value: '/' }, noHost), '/a');
  const at = (parts: Partial<Redirect>, secure = false): string =>
    locationOf(
      { ...redirect, ...parts },
      { type: 'prefix', value: '/a' },
      { target: '/a/b?c', path: '/a/b', authority: 'a.example:8080', secure },
    );
  assert.equal(at({}), 'http://a.example/a/b?c');
  assert.equal(at({}, true), 'https://a.example/a/b?c');
  assert.equal(at({ port: 8080 }), 'http://a.example:8080/a/b?c');
  assert.equal(at({ port: 80 }), 'http://a.example/a/b?c');
  assert.equal(at({ port: 443 }, true), 'https://a.example/a/b?c');
  assert.equal(at({ port: 80 }, true), 'https://a.example:80/a/b?c');
  assert.equal(at({ scheme: 'https', port: 443 }), 'https://a.example/a/b?c');
  assert.equal(at({ hostname: 'b.example' }), 'http://b.example/a/b?c');
  assert.equal(at({ path: { type: 'prefix', value: '/x' } }), 'http://a.example/x/b?c');
  assert.equal(at({ path: { type: 'full', value: '/x' } }), 'http://a.example/x?c');
});

test('a prefix of text is replaced character by character', () => {
  const table = [
    ['/foo/bar', '/foo', '/xyz', '/xyz/bar'],
    ['/foobar', '/foo', '/xyz', '/xyzbar'],
    ['/foo/bar', '/foo/', '/', '/bar'],
    ['/foo/bar', '/foo', '/', '//bar'],
    ['/foo', '/foo', '/', '/'],
    ['/foo?a', '/foo', '', '/?a'],
    ['/f%6fo/b', '/foo', '/x', '/x/b'],
  ] as const;
  for (const [target, prefix, value, expected] of table) {
    const path = pathForMatching(target.slice(0, endOfPath(target))) ?? assert.fail(target);
    const rewritten = rewriteTarget(target, path, { type: 'text-prefix', value: prefix }, { type: 'prefix', value });
    assert.equal(rewritten, expected, target);
  }
});

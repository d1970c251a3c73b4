import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkModel } from '../../src/dataplanes/node/check.ts';
import { listenFailed } from '../../src/dataplanes/node/findings.ts';
import type { ConsistentHash, HashKey } from '../../src/model/balancing.ts';
import type { Listener } from '../../src/model/listener.ts';
import { emptyModel } from '../../src/model/model.ts';
import type { SessionCarrier, SessionPersistence } from '../../src/model/session.ts';
import { destination, forward, route } from '../proxy/model.ts';
import { type BackendTlsChoices, backend, backendTls, origin } from '../tls/model.ts';

const section = (name: string) => ({ name, hostname: '', tls: null, virtualHosts: [], origin });
const listener: Listener = {
  id: '0.0.0.0:443',
  address: '0.0.0.0',
  port: 443,
  protocol: 'HTTP',
  sections: [section('infra/edge/http'), section('infra/other/http')],
};

test('a port that may not be opened: the cause, the flag that helps, and each section that wanted it', () => {
  const findings = listenFailed(listener, 'EACCES');
  assert.equal(findings.length, 2);
  assert.equal(findings[0]?.message, 'this user may not open port 443');
  assert.match(findings[0]?.remedy ?? '', /--port-offset/);
  assert.match(listenFailed(listener, 'EADDRNOTAVAIL')[0]?.remedy ?? '', /--address/);
  assert.match(listenFailed(listener, 'EMFILE')[0]?.message ?? '', /EMFILE/);
});

test('what OpenSSL does not know is told beforehand, and what it knows is not', () => {
  const check = (choices: BackendTlsChoices) => {
    const tls = backend(backendTls(choices));
    return checkModel({ ...emptyModel, backends: { [tls.id]: tls } }).map(({ message }) => message);
  };
  const known = { ciphers: ['TLS_AES_128_GCM_SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'], groups: ['X25519', 'P-256'] };
  assert.deepEqual(check(known), []);
  assert.deepEqual(check({}), []);
  const [ciphers, groups, ...more] = check({ ciphers: ['NO-SUCH-CIPHER'], groups: ['P-256', 'no-such-group'] });
  assert.match(ciphers ?? '', /knows no cipher "NO-SUCH-CIPHER"$/);
  assert.match(groups ?? '', /knows no group "no-such-group"$/);
  assert.deepEqual(more, []);
});

const hashing = (key: HashKey): ConsistentHash => ({ type: 'consistent-hash', keys: [key] });

test('a cookie that cannot be issued, and a hash that a stream has nothing for, are told beforehand', () => {
  const cookie = (name: string, path: string): HashKey => {
    const issue = { path, maxAge: null, httpOnly: true, secure: 'auto', sameSite: null } as const;
    return { type: 'cookie', name, issue };
  };
  const ofRoute = (...keys: readonly HashKey[]) => {
    const [first, second] = keys.map(hashing);
    const own = { ...destination('a'), ...(second === undefined ? {} : { balancing: second }) };
    const routes = { r: route('r', forward([own], first === undefined ? {} : { balancing: first })) };
    return checkModel({ ...emptyModel, routes }).map(({ message }) => message);
  };
  assert.deepEqual(ofRoute(cookie('session', '/'), { type: 'cookie', name: 'not ours' }), []);
  assert.deepEqual(
    ofRoute(cookie('a b', '/'), cookie('c', '/; Domain=evil')).map((message) => message.slice(0, 30)),
    ['the cookie "a b" cannot be iss', 'the cookie "c" cannot be issue'],
  );
  const name = { kind: 'TCPRoute', namespace: 'shop', name: 'db', rule: 0, ruleName: '' };
  const ofStream = (key: HashKey) => {
    const stream = { id: 's', name, destinations: [], balancing: hashing(key), origin };
    return checkModel({ ...emptyModel, streams: { s: stream } }).map(({ severity }) => severity);
  };
  assert.deepEqual(ofStream({ type: 'source-address' }), []);
  assert.deepEqual(ofStream({ type: 'path' }), ['warning']);
});

test('what cannot carry sessions is told beforehand', () => {
  const attributes = { maxAge: null, httpOnly: true, secure: 'auto', sameSite: 'Strict' } as const;
  const ofRoute = (carrier: SessionCarrier) => {
    const sessions: SessionPersistence = { carrier, absoluteTimeout: null, scope: { name: 'r', uid: null } };
    const routes = { r: route('r', forward([destination('a')], { sessions })) };
    return checkModel({ ...emptyModel, routes }).map(({ message }) => message.slice(0, 32));
  };
  const cookie = (name: string, path: string) => ofRoute({ type: 'cookie', name, attributes: { ...attributes, path } });
  assert.deepEqual([...cookie('session', '/'), ...ofRoute({ type: 'header', name: 'x-session' })], []);
  assert.deepEqual(cookie('a', '/; Domain=evil'), ['the cookie "a" cannot carry sess']);
  assert.deepEqual(ofRoute({ type: 'header', name: 'a b' }), ['the header "a b" cannot carry se']);
});

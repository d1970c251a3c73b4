import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { requestsOf, unusedRights } from '../../conformance/chart/audit.ts';

const account = 'system:serviceaccount:farside-system:farside';
const event = (verb: string, objectRef: object | undefined, more: object = {}): string =>
  JSON.stringify({ kind: 'Event', verb, user: { username: account }, objectRef, ...more });
const gateways = { apiGroup: 'gateway.networking.k8s.io', apiVersion: 'v1', resource: 'gateways' };

describe('what an account asked the API server for', () => {
  it('is told by verb, group, resource and subresource, without what is about no resource', () => {
    const log = [
      event('list', gateways),
      event('patch', { ...gateways, subresource: 'status' }, { responseStatus: { code: 200 } }),
      event('get', undefined),
    ];
    const { allowed, forbidden } = requestsOf(`${log.join('\n')}\n`, account);
    assert.deepEqual(
      [...allowed],
      ['list gateway.networking.k8s.io/gateways', 'patch gateway.networking.k8s.io/gateways/status'],
    );
    assert.equal(forbidden.size, 0);
  });

  it('counts an apply that creates as both, and a refusal as neither', () => {
    const refused = { annotations: { 'authorization.k8s.io/decision': 'forbid' }, responseStatus: { code: 403 } };
    const log = [
      event('patch', { resource: 'services' }, { responseStatus: { code: 201 } }),
      event('delete', { resource: 'secrets', namespace: 'a', name: 'b' }, refused),
    ];
    const { allowed, forbidden } = requestsOf(`${log.join('\n')}\n`, account);
    assert.deepEqual([...allowed], ['patch /services', 'create /services']);
    assert.deepEqual([...forbidden], ['delete /secrets a/b']);
  });

  it('knows that a role comes into force a moment after it was made', () => {
    const lease = { apiGroup: 'coordination.k8s.io', resource: 'leases', namespace: 'a', name: 'b' };
    const refused = { annotations: { 'authorization.k8s.io/decision': 'forbid' } };
    const log = `${event('get', lease, refused)}\n${event('get', lease)}\n${event('get', { ...lease, name: 'c' }, refused)}\n`;
    assert.deepEqual([...requestsOf(log, account).forbidden], ['get coordination.k8s.io/leases a/c']);
  });

  it('leaves out other accounts, and a line that is not whole yet', () => {
    const log = `${event('list', gateways).replace(account, 'admin')}\n${event('list', gateways)}`;
    assert.equal(requestsOf(log, account).allowed.size, 0);
  });
});

describe('rights that nothing was asked for by', () => {
  const rights = [
    { apiGroups: ['', 'apps'], resources: ['things'], verbs: ['list', 'watch'] },
    { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get'], resourceNames: ['one'] },
  ];

  it('are each verb of each resource of each group that is in no request', () => {
    const used = new Set(['list /things', 'watch /things', 'list apps/things']);
    assert.deepEqual(unusedRights(rights, used), ['watch apps/things', 'get coordination.k8s.io/leases']);
  });
});

import type { Edit } from '../edits.ts';
import { repeated } from './values.ts';

/** Built-in kinds. */
export const coreEdits: Readonly<Record<string, readonly Edit[]>> = {
  'Service orders': [
    ...repeated(
      ['spec', 'ports'],
      [
        [{ port: 80 }, { port: 81 }],
        [
          { name: 'a', port: 80 },
          { name: 'a', port: 81 },
        ],
        [
          { name: 'a', port: 80 },
          { name: 'b', port: 80 },
        ],
        [
          { name: 'a', port: 80 },
          { name: 'b', port: 80, protocol: 'UDP' },
        ],
        [{ port: 0 }],
        [{ port: 65536 }],
        [{}],
        [{ port: 80, targetPort: 0 }],
        [{ port: 80, targetPort: 'name-too-long-for-it' }],
        [{ port: 80, targetPort: 'a--b' }],
        [{ port: 80, targetPort: '123' }],
        [{ port: 80, protocol: 'HTTP' }],
        [{ port: 80, name: 'UPPER' }],
        [{ port: 80, nodePort: 30000 }],
      ],
    ),
    ...repeated(['spec', 'type'], ['ExternalName', 'Bogus', '']),
    ...repeated(['spec', 'clusterIP'], ['None', '']),
    { path: ['spec'] },
  ],
  'Service external': [
    ...repeated(['spec', 'externalName'], ['', 'UPPER', 'a.b.', '10.0.0.1', 'a_b']),
    { path: ['spec', 'clusterIP'], value: '10.96.0.9' },
    { path: ['spec', 'clusterIP'], value: 'None' },
  ],
  'EndpointSlice orders-1': [
    ...repeated(['addressType'], ['IPv6', 'FQDN', 'Bogus', '']),
    ...repeated(
      ['endpoints', 0, 'addresses'],
      [
        ['::1'],
        ['0.0.0.0'],
        ['169.254.1.1'],
        ['224.0.0.1'],
        ['010.1.1.1'],
        ['a.b'],
        [],
        Array.from({ length: 101 }, () => '10.1.1.1'),
      ],
    ),
    ...repeated(['ports'], [[], [{}], [{}, {}], [{ name: 'a', protocol: 'HTTP' }], [{ name: 'A' }], [{ port: 0 }]]),
    {
      path: [],
      value: {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { name: 'v6' },
        addressType: 'IPv6',
        endpoints: [{ addresses: ['2001:db8::1'] }],
        ports: [],
      },
    },
    {
      path: [],
      value: {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { name: 'v6' },
        addressType: 'IPv6',
        endpoints: [{ addresses: ['2001:DB8:0::1', 'fe80::1', '::', '10.0.0.1'] }],
        ports: [],
      },
    },
    {
      path: [],
      value: {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { name: 'fqdn' },
        addressType: 'FQDN',
        endpoints: [{ addresses: ['a.example.com', 'a.example.com.', 'one', 'UPPER.b', `${'a'.repeat(64)}.b`] }],
      },
    },
  ],
  'ConfigMap ca': [
    ...repeated(
      ['data'],
      [
        { 'a b': 'x' },
        { '..': 'x' },
        { '..a': 'x' },
        { '.': 'x' },
        { other: 'x' },
        { a: 5 },
        { a: null },
        { ['x'.repeat(254)]: 'y' },
      ],
    ),
    ...repeated(
      ['binaryData'],
      [{ a: '*' }, { a: 'AAE' }, { a: 'AA' }, { a: 'A===' }, { a: 'AAE=A' }, { a: 'AAEC\nAAEC' }],
    ),
  ],
  'Secret plain': [
    ...repeated(
      ['data'],
      [
        { a: '*' },
        { a: 'AAE' },
        { a: 'A' },
        { a: 'AA=' },
        { a: 'AA==x' },
        { a: '' },
        { a: 'AAE =' },
        { 'a b': 'AAEC' },
        { a: 5 },
        { a: null },
      ],
    ),
    ...repeated(
      ['type'],
      [
        'kubernetes.io/tls',
        'Opaque',
        'kubernetes.io/dockerconfigjson',
        'kubernetes.io/basic-auth',
        'kubernetes.io/ssh-auth',
        '',
      ],
    ),
    { path: ['stringData', 'password'], value: 'other' },
  ],
  'Namespace another': repeated(['metadata', 'name'], ['a.b', 'UPPER']),
};

import type { Edit } from '../edits.ts';
import { repeated } from './values.ts';

/** FarsideConfig: what its rules look at together. */
export const farsideEdits: Readonly<Record<string, readonly Edit[]>> = {
  'FarsideConfig whole': [
    ...repeated(
      ['spec', 'backendTls'],
      [
        {},
        { minVersion: '1.3', maxVersion: '1.2' },
        { minVersion: '1.3', maxVersion: '1.3' },
        { maxVersion: '1.2' },
        { ciphers: ['TLS_AES_128_GCM_SHA256'] },
        { minVersion: '1.2', ciphers: ['TLS_AES_128_GCM_SHA256'] },
        { minVersion: '1.3', ciphers: ['TLS_AES_128_GCM_SHA256'] },
        { minVersion: '1.3', ciphers: ['AES128-SHA'] },
        { ciphers: ['AES128-SHA', 'AES128-SHA'] },
        { minVersion: 1.3 },
      ],
    ),
    ...repeated(
      ['spec', 'dataPlane', 'service'],
      [
        {},
        { type: 'NodePort', loadBalancerClass: 'example.com/edge' },
        { loadBalancerClass: 'edge' },
        { type: 'ClusterIP', externalTrafficPolicy: 'Cluster' },
        { type: 'NodePort', externalTrafficPolicy: 'Local' },
        { externalTrafficPolicy: 'Local' },
      ],
    ),
    ...repeated(
      ['spec', 'dataPlane', 'pod', 'tolerations'],
      [
        [],
        [{ operator: 'Exists' }],
        [{ operator: 'Exists', value: 'a' }],
        [{ operator: 'Exists', value: '' }],
        [{ operator: 'Equal' }],
        [{ effect: 'NoSchedule' }],
        [{ key: '', operator: 'Exists' }],
        [{ key: 'a', effect: 'NoSchedule', tolerationSeconds: 1 }],
        [{ key: 'a', tolerationSeconds: 1 }],
      ],
    ),
    ...repeated(
      ['spec', 'dataPlane', 'resources', 'requests', 'cpu'],
      [1, 1.5, '1', '1.5', '.5', '100m', '1e3', '1Ki', '1ki', '-1', '+1', '', ' 1', true],
    ),
  ],
};

import type { Edit } from '../edits.ts';
import { filter, mirrors, parents, persistence, repeated, routeFilters, xBackend } from './values.ts';

/** The routes of other protocols. */
export const otherRouteEdits: Readonly<Record<string, readonly Edit[]>> = {
  'GRPCRoute rpc': [
    ...repeated(['spec', 'rules', 0, 'sessionPersistence'], persistence),
    ...repeated(['spec', 'rules', 0, 'filters', 0], routeFilters),
    ...repeated(['spec', 'rules', 0, 'filters', 1, 'requestMirror'], mirrors),
    ...repeated(['spec', 'rules', 0, 'backendRefs', 0], [{ name: 'a' }, xBackend]),
    ...repeated(['spec', 'parentRefs'], parents),
    ...repeated(
      ['spec', 'rules'],
      [
        [{ matches: [{ method: {} }] }],
        [{ matches: [{ method: { type: 'Exact' } }] }],
        [{ matches: [{ method: { service: 'a b', method: '0' } }] }],
        [{ matches: [{ method: { service: '.A.b_c', method: 'M' } }] }],
        [{ name: 'a' }, { name: 'a' }],
        Array.from({ length: 3 }, () => ({ matches: Array.from({ length: 43 }, () => ({})) })),
        [{ filters: [filter('RequestHeaderModifier')] }],
        [{ filters: [filter('ResponseHeaderModifier'), filter('ResponseHeaderModifier')] }],
        [{ filters: [filter('RequestMirror', { requestHeaderModifier: {} })] }],
        [{ filters: [filter('ExtensionRef')] }],
      ],
    ),
  ],
  'TLSRoute pass': [
    ...repeated(
      ['spec', 'rules'],
      [
        [
          { name: 'a', backendRefs: [{ name: 'a', port: 1 }] },
          { name: 'a', backendRefs: [{ name: 'a', port: 1 }] },
        ],
        [{ backendRefs: [xBackend] }],
        [{ backendRefs: [{ name: 'a' }] }],
      ],
    ),
    ...repeated(['spec', 'parentRefs'], parents),
    ...repeated(
      ['spec', 'hostnames'],
      [['10.0.0.1'], ['::1'], ['*'], ['a*b'], ['*.'], ['*.10.0.0.1'], ['A'], ['a_b'], ['ok', 'é']],
    ),
  ],
  'TCPRoute tcp': [
    ...repeated(['spec', 'parentRefs'], parents),
    ...repeated(
      ['spec', 'rules'],
      [
        [
          { name: 'a', backendRefs: [{ name: 'a', port: 1 }] },
          { name: 'a', backendRefs: [{ name: 'a', port: 1 }] },
        ],
        [{ backendRefs: [xBackend] }],
        [{ backendRefs: [{ name: 'a' }] }],
      ],
    ),
  ],
  'UDPRoute udp': [
    ...repeated(['spec', 'parentRefs'], parents),
    ...repeated(
      ['spec', 'rules'],
      [
        [
          { name: 'a', backendRefs: [{ name: 'a', port: 1 }] },
          { name: 'a', backendRefs: [{ name: 'a', port: 1 }] },
        ],
        [{ backendRefs: [xBackend] }],
        [{ backendRefs: [{ name: 'a' }] }],
      ],
    ),
  ],
};

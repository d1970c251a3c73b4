import type { Edit } from '../edits.ts';
import { authorizations, filter, mirrors, parents, persistence, repeated, rewrite, routeFilters } from './values.ts';

/** HTTPRoutes. */
export const httpRouteEdits: Readonly<Record<string, readonly Edit[]>> = {
  'HTTPRoute shop': [
    ...repeated(['spec', 'rules', 0, 'sessionPersistence'], persistence),
    ...repeated(['spec', 'rules', 0, 'filters', 0], routeFilters),
    ...repeated(['spec', 'rules', 0, 'backendRefs', 0, 'filters', 0], routeFilters),
    ...repeated(['spec', 'rules', 0, 'filters', 2, 'requestMirror'], mirrors),
    ...repeated(['spec', 'rules', 2, 'filters', 1, 'externalAuth'], authorizations),
    ...repeated(
      ['spec', 'rules', 0, 'filters', 4, 'cors'],
      [{ allowMethods: ['*', 'GET'] }, { allowOrigins: ['*', 'http://a'] }],
    ),
    ...repeated(['spec', 'parentRefs'], parents),
    ...repeated(
      ['spec', 'rules'],
      [
        [{ name: 'a' }, { name: 'a' }],
        [{ name: 'a' }, {}],
        [{ matches: Array.from({ length: 65 }, () => ({})) }],
        Array.from({ length: 3 }, () => ({ matches: Array.from({ length: 43 }, () => ({})) })),
        [{ backendRefs: [{ name: 'a' }] }],
        [{ backendRefs: [{ name: 'a', kind: 'Other' }] }],
        [{ backendRefs: [{ name: 'a', kind: 'XBackend', group: 'gateway.networking.x-k8s.io', port: 80 }] }],
        [{ backendRefs: [{ name: 'a', kind: 'XBackend', group: 'gateway.networking.x-k8s.io' }] }],
        [{ filters: [filter('RequestRedirect', { requestRedirect: {} })], backendRefs: [{ name: 'a', port: 1 }] }],
        [{ filters: [filter('RequestRedirect', { requestRedirect: {} }), filter('URLRewrite', { urlRewrite: {} })] }],
        [
          {
            filters: [
              filter('RequestRedirect', { requestRedirect: {} }),
              filter('RequestRedirect', { requestRedirect: {} }),
            ],
          },
        ],
        [{ filters: [filter('URLRewrite', { urlRewrite: {} }), filter('URLRewrite', { urlRewrite: {} })] }],
        [{ filters: [filter('CORS', { cors: {} }), filter('CORS', { cors: {} })] }],
        [{ filters: [filter('CORS')] }],
        [{ filters: [filter('CORS', { cors: { allowHeaders: ['*', 'a'] } })] }],
        [{ filters: [filter('RequestHeaderModifier')] }],
        [{ filters: [filter('RequestHeaderModifier', { urlRewrite: {} })] }],
        [{ filters: [filter('ResponseHeaderModifier', { cors: {} })] }],
        [{ filters: [filter('RequestMirror')] }],
        [{ filters: [filter('ExternalAuth')] }],
        [
          {
            filters: [
              filter('RequestHeaderModifier', { requestHeaderModifier: {} }),
              filter('RequestHeaderModifier', { requestHeaderModifier: {} }),
            ],
          },
        ],
        [
          {
            filters: [
              filter('ResponseHeaderModifier', { responseHeaderModifier: {} }),
              filter('ResponseHeaderModifier', { responseHeaderModifier: {} }),
            ],
          },
        ],
        [
          {
            filters: [
              filter('RequestMirror', {
                requestMirror: { backendRef: { name: 'a', port: 1 }, percent: 1, fraction: { numerator: 1 } },
              }),
            ],
          },
        ],
        [
          {
            filters: [
              filter('RequestMirror', {
                requestMirror: { backendRef: { name: 'a', port: 1 }, fraction: { numerator: 101 } },
              }),
            ],
          },
        ],
        [{ filters: [filter('RequestRedirect', { requestRedirect: { path: rewrite } })] }],
        [
          {
            matches: [{ path: { type: 'Exact' } }],
            filters: [filter('RequestRedirect', { requestRedirect: { path: rewrite } })],
          },
        ],
        [
          {
            matches: [{ path: { type: 'Exact' } }],
            filters: [filter('URLRewrite', { urlRewrite: { path: rewrite } })],
          },
        ],
        [
          {
            matches: [{}, {}],
            backendRefs: [{ name: 'a', port: 1, filters: [filter('URLRewrite', { urlRewrite: { path: rewrite } })] }],
          },
        ],
        [
          {
            matches: [{}, {}],
            backendRefs: [
              { name: 'a', port: 1, filters: [filter('RequestRedirect', { requestRedirect: { path: rewrite } })] },
            ],
          },
        ],
        [{ filters: [filter('URLRewrite', { urlRewrite: { path: { type: 'ReplaceFullPath' } } })] }],
        [
          {
            filters: [
              filter('URLRewrite', { urlRewrite: { path: { type: 'ReplaceFullPath', replacePrefixMatch: '/' } } }),
            ],
          },
        ],
        [
          {
            filters: [
              filter('URLRewrite', { urlRewrite: { path: { type: 'ReplacePrefixMatch', replaceFullPath: '/' } } }),
            ],
          },
        ],
        [{ timeouts: { request: '1s', backendRequest: '2s' } }],
        [{ timeouts: { request: '0s', backendRequest: '2s' } }],
        [{ timeouts: { request: '1h1m1s1ms', backendRequest: '60m' } }],
        [{ timeouts: { request: '99999h', backendRequest: '99999h99999h99999h99999h' } }],
        [
          {
            matches: [
              {
                headers: [
                  { name: 'a', value: 'b' },
                  { name: 'a', value: 'c' },
                ],
              },
            ],
          },
        ],
        [{ sessionPersistence: { cookie: { name: 'a', lifetimeType: 'Permanent' } } }],
        [{ sessionPersistence: { type: 'Header', header: { name: 'a' }, cookie: { name: 'a' } } }],
        [{ sessionPersistence: { type: 'Header' } }],
        [{ sessionPersistence: { type: 'Cookie', header: { name: 'a' } } }],
        [{ bogus: 1, matches: [{ bogus: 2, path: { value: 5 } }] }],
        [null, {}],
        null,
      ],
    ),
  ],
};

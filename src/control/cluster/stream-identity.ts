import { controllerServerName, dataPlaneUri } from '../../dataplanes/node/remote/identity.ts';
import type { StreamCredentials } from '../../dataplanes/node/remote/stream-server.ts';
import type { DesiredObject } from '../../infrastructure/gateway/objects.ts';
import type { DataPlaneUnit } from '../../infrastructure/gateway/unit.ts';
import {
  certifyStreamEnd,
  createStreamAuthority,
  isCertifiedBy,
  type KeyedCertificate,
  needsRenewal,
} from '../../infrastructure/stream/authority.ts';
import { credentialFiles } from '../../infrastructure/stream/credentials.ts';
import { streamSecret } from '../../infrastructure/stream/secret.ts';
import type { KubernetesObject } from '../../resources/object.ts';
import { isConflict } from '../../sources/kubernetes/api-error.ts';
import type { ApiClient } from '../../sources/kubernetes/client.ts';
import type { Home } from './desired-infrastructure.ts';
import type { OwnObjects } from './own-objects.ts';

/** The Secret, in the controller's own namespace, of the authority that certifies both ends of the stream. */
export const authoritySecret = 'farside-stream-authority';

interface Secret extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** Reads the authority of the stream, or makes it where there is none that can be used. */
export async function provideAuthority(
  client: ApiClient,
  objects: OwnObjects,
  home: Home,
  now: number,
): Promise<KeyedCertificate> {
  const { namespace } = home;
  const name = { kind: 'Secret', namespace, name: authoritySecret };
  const secret = await objects.get<Secret>(name);
  const found = secret === null ? null : pairOf(secret);
  if (found !== null && !needsRenewal(found.certificate, now)) return found;
  const made = await createStreamAuthority(now);
  const object = secretOfAuthority(made, home);
  if (secret !== null) {
    await objects.apply(object, true);
    return made;
  }
  try {
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`;
    await client.json({ method: 'POST', path, body: object });
    return made;
  } catch (cause) {
    // Another controller was first: its authority counts.
    if (!isConflict(cause)) throw cause;
    const other = await objects.get<Secret>(name);
    const theirs = other === null ? null : pairOf(other);
    if (theirs === null) throw cause;
    return theirs;
  }
}

/** Has the Secret hold this authority, whatever somebody made of it. The API server leaves one that does as it is. */
export async function restoreAuthority(objects: OwnObjects, authority: KeyedCertificate, home: Home): Promise<void> {
  const live = await objects.get({ kind: 'Secret', namespace: home.namespace, name: authoritySecret });
  await objects.apply(secretOfAuthority(authority, home), live !== null);
}

/** The controller's end of the stream, certified anew. */
export async function controllerCredentials(authority: KeyedCertificate, now: number): Promise<StreamCredentials> {
  const end = { type: 'controller', dns: controllerServerName } as const;
  const { certificate, privateKey } = await certifyStreamEnd(authority, end, now);
  return { certificateChain: certificate, privateKey, authority: authority.certificate };
}

/**
 * The Secret with the credentials of a data plane. Those that it has are kept while they are of this authority
 * and have a third of their time left.
 */
export async function dataPlaneSecret(
  objects: OwnObjects,
  authority: KeyedCertificate,
  unit: DataPlaneUnit,
  now: number,
): Promise<DesiredObject> {
  const uri = dataPlaneUri(unit.name);
  const live = await objects.get<Secret>({ kind: 'Secret', namespace: unit.namespace, name: unit.objectName });
  const own = live === null ? null : pairOf(live);
  const keep = own !== null && !needsRenewal(own.certificate, now) && isCertifiedBy(own, authority, uri);
  const pair = keep ? own : await certifyStreamEnd(authority, { type: 'data-plane', uri }, now);
  return streamSecret(unit, pair, authority.certificate);
}

const secretOfAuthority = (authority: KeyedCertificate, { namespace, owner }: Home): DesiredObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {
    name: authoritySecret,
    namespace,
    labels: { 'app.kubernetes.io/name': 'farside', 'app.kubernetes.io/managed-by': 'farside' },
    ...(owner === null ? {} : { ownerReferences: [owner] }),
  },
  type: 'kubernetes.io/tls',
  data: encoded(authority),
});

function pairOf({ data = {} }: Secret): KeyedCertificate | null {
  const decode = (text: string | undefined): string => Buffer.from(text ?? '', 'base64').toString('utf8');
  const certificate = decode(data[credentialFiles.certificate]);
  const privateKey = decode(data[credentialFiles.privateKey]);
  return certificate === '' || privateKey === '' ? null : { certificate, privateKey };
}

const encoded = ({ certificate, privateKey }: KeyedCertificate) => ({
  [credentialFiles.certificate]: Buffer.from(certificate).toString('base64'),
  [credentialFiles.privateKey]: Buffer.from(privateKey).toString('base64'),
});

import type { Backend } from '../../../../model/backend.ts';
import type { KeyMaterial } from '../../../../model/model.ts';
import type { BackendSecurity } from '../../../../model/tls.ts';

/**
 * All that decides what a connection to a backend is: two backends with equal settings may share connections. Origins
 * are not in it, so a moved line in a file closes nothing.
 */
export interface ConnectionSettings {
  readonly backend: Backend;
  readonly text: string;
  /** PEM of the client certificate and of the trust, in the order in which `text` names them. */
  readonly material: readonly string[];
}

/** @param before settings of the same backend earlier; read again only where the backend is another value */
export function settingsOf(backend: Backend, keys: KeyMaterial, before: ConnectionSettings | null): ConnectionSettings {
  const text = before !== null && before.backend === backend ? before.text : textOf(backend);
  return { backend, text, material: materialOf(backend.security, keys) };
}

export function sameSettings(left: ConnectionSettings, right: ConnectionSettings): boolean {
  return (
    left.text === right.text &&
    left.material.length === right.material.length &&
    left.material.every((each, index) => each === right.material[index])
  );
}

function textOf({ protocol, security }: Backend): string {
  switch (security.type) {
    case 'plaintext':
      return JSON.stringify([protocol, 'plaintext']);
    case 'refused':
      return JSON.stringify([protocol, 'refused']);
    case 'tls': {
      const { tls } = security;
      const values = [
        tls.serverName.value,
        tls.verification.value,
        tls.names.value,
        tls.clientCertificate.value,
        tls.minVersion.value,
        tls.maxVersion.value,
        tls.ciphers.value,
        tls.groups.value,
        tls.alpn.value,
      ];
      return JSON.stringify([protocol, 'tls', ...values]);
    }
  }
}

function materialOf(security: BackendSecurity, keys: KeyMaterial): readonly string[] {
  if (security.type !== 'tls') return [];
  const { clientCertificate, verification } = security.tls;
  const pair = clientCertificate.value === null ? undefined : keys.certificates[clientCertificate.value];
  const bundles = verification.value.type === 'bundles' ? verification.value.bundles : [];
  return [pair?.certificateChain ?? '', pair?.privateKey ?? '', ...bundles.map((id) => keys.trustBundles[id] ?? '')];
}

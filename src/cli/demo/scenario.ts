import { CertificateAuthority, type CertificateRequest, type IssuedCertificate } from './pki.ts';

/** One backend of the demo and what is right or wrong with it. */
export interface DemoBackend {
  /** Name of the Service and first label of the name that its policy asks for. */
  readonly service: string;
  readonly path: string;
  /** Said in the YAML beside the route. */
  readonly story: string;
  readonly kind: 'https' | 'mutual-tls' | 'plain-http';
  /** Which authority signs its certificate, and what the certificate says. */
  readonly issuer: 'demo' | 'other';
  readonly certificate: CertificateRequest;
}

const day = 86_400_000;
const ago = (days: number): Date => new Date(Date.now() - days * day);
const right = (service: string): CertificateRequest => ({ dns: [`${service}.internal`] });

export function demoBackends(): readonly DemoBackend[] {
  const https = { kind: 'https', issuer: 'demo' } as const;
  return [
    { ...https, service: 'orders', path: '/ok', story: 'everything is right', certificate: right('orders') },
    {
      ...https,
      service: 'billing',
      path: '/name',
      story: "presents the certificate of another host, orders.internal's",
      certificate: right('orders'),
    },
    {
      ...https,
      service: 'legacy',
      path: '/unknown-ca',
      story: 'its certificate was issued by a CA that nobody here trusts',
      issuer: 'other',
      certificate: right('legacy'),
    },
    {
      ...https,
      service: 'reports',
      path: '/expired',
      story: 'its certificate expired two days ago',
      certificate: { ...right('reports'), notBefore: ago(92), notAfter: ago(2) },
    },
    {
      ...https,
      service: 'vault',
      path: '/mtls',
      story: 'wants a client certificate, and gets the one that the Gateway names',
      kind: 'mutual-tls',
      certificate: right('vault'),
    },
    {
      ...https,
      service: 'cache',
      path: '/plain',
      story: 'answers plain HTTP where TLS was asked for',
      kind: 'plain-http',
      certificate: right('cache'),
    },
  ];
}

/** All key material of one demo, made just now. */
export interface DemoCertificates {
  readonly authority: CertificateAuthority;
  readonly gateway: IssuedCertificate;
  readonly client: IssuedCertificate;
  /** By service. */
  readonly backends: ReadonlyMap<string, IssuedCertificate>;
}

export const demoHost = 'demo.localhost';

export async function issueDemoCertificates(backends: readonly DemoBackend[]): Promise<DemoCertificates> {
  const authority = await CertificateAuthority.create('Demo CA');
  const other = await CertificateAuthority.create('Other CA');
  const issued = new Map<string, IssuedCertificate>();
  for (const backend of backends) {
    const issuer = backend.issuer === 'demo' ? authority : other;
    issued.set(backend.service, await issuer.issue(backend.certificate));
  }
  return {
    authority,
    gateway: await authority.issue({ commonName: demoHost, dns: [demoHost] }),
    client: await authority.issue({ commonName: 'gateway', dns: ['gateway.infra'], usage: 'client' }),
    backends: issued,
  };
}

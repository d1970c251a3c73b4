import { constants, createHash, hkdfSync, X509Certificate } from 'node:crypto';
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';
import type { Listener, ListenerSection } from '../../../model/listener.ts';
import type { KeyPair } from '../../../model/model.ts';
import type { Certificate, ClientValidation, ListenerTls } from '../../../model/tls.ts';
import type { Configuration } from '../delta.ts';
import { HostTable } from '../proxy/routing/host.ts';
import { addressOctets } from './address.ts';
import { cipherList } from './cipher-list.ts';
import { forwardedCertificate } from './forwarded-certificate.ts';
import { verifyNames } from './verify-names.ts';

/** Who takes the connections of a listener whose handshake is over, one way or the other. */
export interface HandshakeOwner {
  /** @param certificate what backends are told of the client's certificate; empty for nothing */
  onSecure(socket: TLSSocket, section: string, certificate: string): void;
  onHandshakeError(error: Error, socket: TLSSocket, section: string): void;
}

interface ServerOptions {
  /** Milliseconds. */
  readonly handshakeTimeout: number;
  /** Secret that all workers share, from which the keys of session tickets are derived. */
  readonly ticketSecret: Buffer;
}

/** The server that takes a handshake, or why none can. */
export type ServerChoice = Server | 'unrecognized-name' | 'no-certificate';

/**
 * The handshakes of one listening socket. The section is chosen by the server name before OpenSSL sees the connection,
 * so each section has its own versions, ciphers and protocols; OpenSSL's own switch on the server name would come too
 * late for them.
 *
 * Servers here never listen: they are handed sockets. They are made when first asked for and taken over from the former
 * configuration where nothing that they are made of has changed.
 */
export class SecureSections {
  readonly #sections = new HostTable<ListenerSection>();
  readonly #configuration: Configuration;
  readonly #options: ServerOptions;
  readonly #owner: HandshakeOwner;
  readonly #servers = new Map<string, Server>();
  readonly #former: ReadonlyMap<string, Server>;
  readonly #chosen = new Map<string, ServerChoice>();

  constructor(
    listener: Listener,
    configuration: Configuration,
    options: ServerOptions,
    owner: HandshakeOwner,
    former: SecureSections | null,
  ) {
    for (const section of listener.sections) this.#sections.add(section.hostname, section);
    this.#configuration = configuration;
    this.#options = options;
    this.#owner = owner;
    this.#former = former === null ? new Map() : former.#servers;
  }

  /** The section that serves a name, or null. */
  find(serverName: string): ListenerSection | null {
    return this.#sections.match(serverName)[0] ?? null;
  }

  /** @param serverName lower-case; empty where the client sent none */
  choose(serverName: string): ServerChoice {
    const section = this.#sections.match(serverName)[0];
    if (section?.tls == null) return 'unrecognized-name';
    const ids = chooseCertificates(section.tls, this.#configuration, serverName);
    const key = `${section.name} ${ids.join(' ')}`;
    let choice = this.#chosen.get(key);
    if (choice === undefined) {
      choice = this.#find(section, section.tls, ids);
      this.#chosen.set(key, choice);
    }
    return choice;
  }

  #find(section: ListenerSection, tls: ListenerTls, ids: readonly string[]): ServerChoice {
    const pairs = ids.flatMap((id) => this.#configuration.keys.certificates[id] ?? []);
    if (pairs.length === 0) return 'no-certificate';
    const { ticketSecret } = this.#options;
    const { minVersion, maxVersion, ciphers, alpn, clientValidation = null } = tls;
    const authorities = clientValidation?.bundles.map((id) => this.#configuration.keys.trustBundles[id]) ?? [];
    // Nobody to verify clients against: no handshake, rather than one that lets everyone in.
    if (
      clientValidation !== null &&
      (authorities.includes(undefined) || (authorities.length === 0 && verifies(clientValidation)))
    )
      return 'no-certificate';
    const trust = authorities.flatMap((pem) => pem ?? []);
    const versions = [minVersion, maxVersion, ciphers, alpn];
    const { mode, revocationLists, forward } = clientValidation ?? {};
    const clients = [mode, revocationLists, forward];
    const content = [section.name, versions, clients, trust, pairs, ticketSecret.toString('base64')];
    const identity = createHash('sha256').update(JSON.stringify(content)).digest('base64');
    const known = this.#servers.get(identity) ?? this.#former.get(identity);
    try {
      const server = known ?? this.#create(section.name, tls, pairs, trust, identity);
      this.#servers.set(identity, server);
      return server;
    } catch {
      // OpenSSL refuses the certificate or a cipher: the section takes no handshake rather than a weaker one.
      return 'no-certificate';
    }
  }

  #create(
    section: string,
    tls: ListenerTls,
    pairs: readonly KeyPair[],
    trust: readonly string[],
    identity: string,
  ): Server {
    const { handshakeTimeout, ticketSecret } = this.#options;
    const server = createServer({
      cert: pairs.map((pair) => pair.certificateChain),
      key: pairs.map((pair) => pair.privateKey),
      minVersion: tls.minVersion,
      maxVersion: tls.maxVersion,
      ciphers: cipherList(tls.ciphers),
      ecdhCurve: 'auto',
      ...verification(tls, trust),
      ...(tls.alpn.length === 0 ? {} : { ALPNProtocols: [...tls.alpn] }),
      secureOptions:
        constants.SSL_OP_CIPHER_SERVER_PREFERENCE |
        constants.SSL_OP_PRIORITIZE_CHACHA |
        constants.SSL_OP_NO_RENEGOTIATION,
      handshakeTimeout,
      // A session made under other settings must not be taken up under these.
      ticketKeys: Buffer.from(hkdfSync('sha256', ticketSecret, identity, 'farside session tickets', 48)),
      sessionIdContext: identity.slice(0, 32),
      noDelay: true,
    });
    server.on('secureConnection', (socket) => {
      const refusal = refusalOf(tls.clientValidation, socket);
      const forward = tls.clientValidation?.forward;
      const told = forward === undefined ? '' : forwardedCertificate(socket, forward);
      if (refusal === null) this.#owner.onSecure(socket, section, told);
      else this.#owner.onHandshakeError(refusal, socket, section);
    });
    server.on('tlsClientError', (error, socket) => this.#owner.onHandshakeError(error, socket, section));
    return server;
  }
}

/**
 * How clients are verified. What a bundle holds is a trust anchor, intermediates as well (RFC 5280 section 6.1.1 d). Where a
 * certificate is required OpenSSL refuses a handshake without one, and Node ends one whose certificate does not verify.
 */
function verification({ clientValidation }: ListenerTls, trust: readonly string[]): TlsOptions {
  if (clientValidation === undefined) return {};
  // What nobody enforces is not looked up either. An RSA signature that the authority of that name did not make leaves its
  // padding error in OpenSSL's queue, and Node (26.10) ends the connection with it after the next read, though the handshake
  // itself went on; a failed ECDSA signature leaves none.
  if (!verifies(clientValidation)) return { requestCert: true, rejectUnauthorized: false };
  // Where a certificate may be left out, a wrong one is refused once the handshake is over.
  const rejectUnauthorized = clientValidation.mode === 'required';
  const crl = clientValidation.revocationLists?.map(
    (list) => `-----BEGIN X509 CRL-----\n${list.replaceAll(/(.{64})(?=.)/g, '$1\n')}\n-----END X509 CRL-----\n`,
  );
  return {
    requestCert: true,
    rejectUnauthorized,
    ca: [...trust],
    allowPartialTrustChain: true,
    ...(crl === undefined ? {} : { crl }),
  };
}

/** Whether the certificates of clients are held against the bundles at all. */
function verifies({ mode }: ClientValidation): boolean {
  return mode === 'required' || mode === 'if-presented';
}

/** Why a client is refused once its handshake is over, where OpenSSL has let it in: null where it is not. */
function refusalOf(validation: ClientValidation | undefined, socket: TLSSocket): Error | null {
  if (validation?.mode !== 'if-presented' && validation?.mode !== 'presented') return null;
  const presented = socket.getPeerX509Certificate() !== undefined;
  if (validation.mode === 'presented') {
    if (presented) return null;
    const code = 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE';
    return Object.assign(new Error('the client presented no certificate'), { code });
  }
  return presented && !socket.authorized ? new Error('the certificate of the client does not verify') : null;
}

/**
 * Those of a section's certificates that a handshake may use: the ones with the server name, exact names before
 * wildcards, else the first. Of several that fit, one of each kind of key, so that OpenSSL takes one that the client
 * understands.
 */
export function chooseCertificates(
  tls: ListenerTls,
  { model, keys }: Configuration,
  serverName: string,
): readonly string[] {
  if (tls.certificates.length <= 1) return tls.certificates;
  const candidates = tls.certificates.flatMap((id) => model.certificates[id] ?? []);
  const exact = candidates.filter((certificate) => names(certificate).dns.includes(serverName));
  const accepted = [{ type: 'dns', value: serverName }] as const;
  const fitting = exact.length > 0 ? exact : candidates.filter((each) => verifyNames(names(each), accepted));
  const chosen: string[] = [];
  const kinds = new Set<string>();
  for (const { id } of fitting.length > 0 ? fitting : candidates) {
    const kind = keyKind(keys.certificates[id]);
    if (kind === null || kinds.has(kind)) continue;
    // Where no name fits, a second kind of key would be a second guess.
    if (fitting.length === 0 && chosen.length > 0) break;
    kinds.add(kind);
    chosen.push(id);
  }
  return chosen;
}

function names({ names }: Certificate): { dns: string[]; uris: string[]; addresses: string[] } {
  return {
    dns: names.flatMap((name) => (name.type === 'dns' ? name.value.toLowerCase() : [])),
    uris: [],
    addresses: names.flatMap((name) => (name.type === 'ip' ? (addressOctets(name.value) ?? []) : [])),
  };
}

const kindOfPair = new WeakMap<KeyPair, string>();

/** `rsa`, `ec`, `ed25519`; null for a pair that is missing or unreadable. */
function keyKind(pair: KeyPair | undefined): string | null {
  if (pair === undefined) return null;
  let kind = kindOfPair.get(pair);
  if (kind === undefined) {
    try {
      kind = new X509Certificate(pair.certificateChain).publicKey.asymmetricKeyType ?? 'unknown';
    } catch {
      return null;
    }
    kindOfPair.set(pair, kind);
  }
  return kind;
}

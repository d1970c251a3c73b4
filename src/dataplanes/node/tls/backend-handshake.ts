import type { X509Certificate } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import type { BackendConnectionTls } from '../proxy/connector.ts';
import type { BackendAttempt } from './backend-attempt.ts';
import type { BackendSettings } from './backend-settings.ts';
import { errorCode } from './connect-failure.ts';
import { handshakeFailed } from './handshake-failure.ts';
import { describeChain } from './peer-certificate.ts';
import { presentedNames } from './presented-names.ts';
import { nameMismatch, verifyFailed } from './verify-failure.ts';
import { verifyNames } from './verify-names.ts';

/**
 * How long a session may stand for the verification that it came of, in milliseconds: after that the backend shows its
 * certificate again. Tickets that a resumed connection brings inherit the time, so that resuming does not prolong it.
 */
const sessionLifetime = 3_600_000;

/**
 * The TLS handshake with one backend and the judgement of its certificate.
 *
 * OpenSSL judges the chain: signatures up to the bundle, validity, purpose, basic constraints. The names are judged by
 * `verifyNames`. Node would destroy the socket on its own verdict and with it the certificate that a log line should
 * show, so `rejectUnauthorized` is off and `#judge` is the gate: nothing is sent before it has passed, and it passes only
 * `authorized` connections, or those whose model says `none`.
 */
export class BackendHandshake {
  readonly settings: BackendSettings;
  readonly serverName: string;
  readonly alpn: readonly string[];
  /** A ticket has come, which servers send when they are content with the client's certificate. */
  ticketed = false;
  readonly #attempt: BackendAttempt;
  readonly #transport: Socket;
  readonly #sessionKey: string;
  #sessionExpires = 0;
  #socket: TLSSocket | null = null;
  /** Sessions of TLS 1.2 come before the verdict. */
  #early: Buffer | null = null;
  #accepted = false;
  #leaf: X509Certificate | undefined;

  constructor(attempt: BackendAttempt, settings: BackendSettings, transport: Socket) {
    this.#attempt = attempt;
    this.settings = settings;
    this.#transport = transport;
    this.serverName = serverName(attempt, settings);
    this.alpn = protocols(attempt, settings);
    const peer = `${transport.remoteAddress} ${transport.remotePort}`;
    this.#sessionKey = `${settings.identity} ${peer} ${this.serverName} ${this.alpn.join(',')}`;
  }

  start(): void {
    const { tls, context } = this.settings;
    const { services, target } = this.#attempt;
    const cached = target.fullHandshake === true ? undefined : services.sessions.find(this.#sessionKey, Date.now());
    this.#sessionExpires = cached?.expires ?? 0;
    const socket = connect({
      socket: this.#transport,
      secureContext: context,
      rejectUnauthorized: false,
      checkServerIdentity: () => this.#checkIdentity(),
      ...(this.serverName === '' ? {} : { servername: this.serverName }),
      ...(this.alpn.length === 0 ? {} : { ALPNProtocols: [...this.alpn] }),
      ...(cached === undefined ? {} : { session: cached.session }),
      minVersion: tls.minVersion.value,
      maxVersion: tls.maxVersion.value,
    });
    this.#socket = socket;
    socket.getPeerCertificate = noLegacyCertificate;
    socket.on('session', (session) => this.#onSession(session));
    socket.on('error', this.#onError);
    socket.once('secureConnect', () => this.#judge(socket));
  }

  abandon(): void {
    this.#socket?.destroy();
  }

  describe(socket: TLSSocket): BackendConnectionTls {
    return {
      version: socket.getProtocol() ?? '',
      cipher: socket.getCipher().name,
      serverName: this.serverName,
      resumed: socket.isSessionReused(),
      verified: this.settings.tls.verification.value.type !== 'none',
    };
  }

  /** The backend turned out not to like what it had agreed to: the next connection starts anew. */
  forgetSession(): void {
    this.#attempt.services.sessions.forget(this.#sessionKey);
  }

  /** The backend's own certificate, parsed once; undefined before it has come. On resumed connections the one of the session. */
  get leaf(): X509Certificate | undefined {
    this.#leaf ??= this.#socket?.getPeerX509Certificate();
    return this.#leaf;
  }

  /** Node calls this on full handshakes whose chain is good. */
  #checkIdentity(): Error | undefined {
    const { tls } = this.settings;
    if (tls.verification.value.type === 'none') return undefined;
    const { leaf } = this;
    if (leaf !== undefined && verifyNames(presentedNames(leaf.raw), tls.names.value)) return undefined;
    return Object.assign(new Error('no name of the certificate is accepted'), { code: nameMismatch });
  }

  #judge(socket: TLSSocket): void {
    const { tls } = this.settings;
    if (tls.verification.value.type !== 'none' && !socket.authorized) {
      this.#refuse(socket);
      return;
    }
    this.#accepted = true;
    if (!socket.isSessionReused()) this.#sessionExpires = expiry(this.leaf, Date.now());
    if (this.#early !== null) this.#store(this.#early);
    socket.off('error', this.#onError);
    this.#attempt.secured(socket, this);
  }

  #refuse(socket: TLSSocket): void {
    const chain = describeChain(this.leaf);
    // The declared type is Error; the value is OpenSSL's code, or the code of the error of `checkServerIdentity`.
    const verdict: unknown = socket.authorizationError;
    const code = typeof verdict === 'string' ? verdict : errorCode(verdict);
    const { tls, trust } = this.settings;
    this.forgetSession();
    this.#attempt.fail(verifyFailed({ tls, trust, code, chain, now: Date.now() }));
  }

  readonly #onError = (error: Error): void => {
    this.forgetSession();
    this.#attempt.fail(
      handshakeFailed({
        tls: this.settings.tls,
        code: errorCode(error),
        certificateSeen: this.leaf !== undefined,
        serverName: this.serverName,
        alpn: this.alpn,
      }),
    );
  };

  #onSession(session: Buffer): void {
    this.ticketed = true;
    if (this.#accepted) this.#store(session);
    else this.#early = session;
  }

  #store(session: Buffer): void {
    this.#attempt.services.sessions.store(this.#sessionKey, session, this.#sessionExpires);
  }
}

/** The server name to send; an IP address never is one (RFC 6066 section 3). */
function serverName(attempt: BackendAttempt, settings: BackendSettings): string {
  const source = settings.tls.serverName.value;
  const { host, endpoint } = attempt.target;
  const name = source.type === 'fixed' ? source.name : source.type === 'host-header' ? host : endpoint.address;
  return source.type === 'none' || isIP(name) !== 0 ? '' : name;
}

function protocols(attempt: BackendAttempt, settings: BackendSettings): readonly string[] {
  const { backend, http1Only } = attempt.target;
  const offered = settings.tls.alpn.value;
  if (!http1Only && backend.protocol !== 'http1') return offered;
  const remaining = offered.filter((protocol) => protocol !== 'h2');
  return remaining.length === 0 && offered.length > 0 ? ['http/1.1'] : remaining;
}

/** Until when what was verified just now holds: never longer than the leaf. */
function expiry(leaf: X509Certificate | undefined, now: number): number {
  return leaf === undefined ? 0 : Math.min(now + sessionLifetime, leaf.validToDate.getTime());
}

/**
 * Node describes the whole chain in its older form for each `checkServerIdentity`, a sixth of what a full handshake
 * costs. Ours reads the certificate itself.
 */
const noLegacyCertificate: TLSSocket['getPeerCertificate'] = () => Object.create(null);

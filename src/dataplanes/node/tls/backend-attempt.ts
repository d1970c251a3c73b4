import { connect, isIP, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { ConnectedOutcome } from '../../../model/observation.ts';
import { Deadline } from '../io/deadlines.ts';
import type {
  BackendConnectionTls,
  ConnectAttempt,
  ConnectFailure,
  ConnectStage,
  ConnectTarget,
} from '../proxy/connector.ts';
import { BackendHandshake } from './backend-handshake.ts';
import type { BackendSettings } from './backend-settings.ts';
import {
  addressRefused,
  connectFailed,
  connectTimedOut,
  errorCode,
  failure,
  resolveFailed,
} from './connect-failure.ts';
import type { ConnectorServices } from './connector.ts';
import type { Resolution } from './resolver.ts';

/** Of a name's addresses, how many are tried. */
const maxAddresses = 3;
const keepAliveDelay = 60_000;

/** What was made of a socket that is connected and, with TLS, verified. */
export interface Established {
  /** `10.0.0.7:443`, the resolved address. */
  readonly address: string;
  readonly protocol: ConnectedOutcome['protocol'];
  /** Null on a plaintext connection. */
  readonly tls: BackendConnectionTls | null;
  /** Hands it to whoever asked for it. */
  announce(): void;
  destroy(): void;
}

/** Who asked for a connection, and what is to be made of it: an engine that speaks HTTP, or nothing but the socket. */
export interface AttemptOwner {
  establish(attempt: BackendAttempt, socket: Socket, address: string, handshake: BackendHandshake | null): Established;
  onFailed(failure: ConnectFailure): void;
}

/** One attempt to connect to an endpoint: the addresses of its name in turn, TCP, then TLS, within one timeout. */
export class BackendAttempt implements ConnectAttempt {
  readonly target: ConnectTarget;
  readonly owner: AttemptOwner;
  readonly services: ConnectorServices;
  /** Null on a plaintext connection. */
  settings: BackendSettings | null = null;
  readonly #deadline: Deadline;
  /** One address must not use up the time of the others. */
  #addressDeadline: Deadline | null = null;
  #addresses: readonly string[] = [];
  #index = 0;
  #stage: ConnectStage = 'resolve';
  #socket: Socket | null = null;
  #handshake: BackendHandshake | null = null;
  #established: Established | null = null;
  #finished = false;

  constructor(target: ConnectTarget, owner: AttemptOwner, services: ConnectorServices) {
    this.target = target;
    this.owner = owner;
    this.services = services;
    this.#deadline = new Deadline(() => this.fail(connectTimedOut(this.#stage, target.backend.connectTimeout)));
  }

  start(): void {
    const { backend, endpoint } = this.target;
    this.services.wheel.arm(this.#deadline, backend.connectTimeout);
    const refusal = this.#prepare();
    if (refusal !== null) {
      queueMicrotask(() => this.fail(refusal));
    } else if (isIP(endpoint.address) !== 0 && this.services.resolver.refuses(endpoint.address)) {
      queueMicrotask(() => this.fail(addressRefused(endpoint, endpoint.address)));
    } else if (isIP(endpoint.address) !== 0) {
      this.#addresses = [endpoint.address];
      this.#tryNext();
    } else {
      // An answer that is known already must not reach the owner before `connect` has returned.
      queueMicrotask(() =>
        this.services.resolver.resolve(endpoint.address, (resolution) => this.#resolved(resolution)),
      );
    }
  }

  cancel(): void {
    this.#established?.destroy();
    this.#finish();
    this.#handshake?.abandon();
    this.#socket?.destroy();
  }

  fail(reason: ConnectFailure): void {
    if (this.#finished) return;
    this.#finish();
    this.#handshake?.abandon();
    this.#socket?.destroy();
    this.services.observations.failed(this.target, reason);
    this.owner.onFailed(reason);
  }

  /** TLS is up and the backend is who it should be. */
  secured(socket: TLSSocket, handshake: BackendHandshake): void {
    this.#connected(socket, handshake);
  }

  /** Makes the TLS settings ready; a failure where that is impossible. Never falls back to anything weaker. */
  #prepare(): ConnectFailure | null {
    const { backend } = this.target;
    const { security } = backend;
    switch (security.type) {
      case 'plaintext':
        return null;
      case 'refused':
        return failure('tls', 'configuration', security.message, security.origin);
      case 'tls': {
        const prepared = this.services.settings.find(backend, security.tls);
        if ('error' in prepared) {
          return failure('tls', 'configuration', `its TLS settings cannot be used: ${prepared.error}`, backend.origin);
        }
        this.settings = prepared;
        return null;
      }
    }
  }

  #resolved(resolution: Resolution): void {
    if (this.#finished) return;
    if (resolution.type === 'failed') {
      this.fail(resolveFailed(this.target.endpoint, resolution.code));
      return;
    }
    if (resolution.type === 'refused') {
      this.fail(addressRefused(this.target.endpoint, resolution.address));
      return;
    }
    this.#addresses = resolution.addresses.slice(0, maxAddresses);
    this.#tryNext();
  }

  #tryNext(): void {
    const host = this.#addresses[this.#index] as string;
    const { port } = this.target.endpoint;
    this.#stage = 'connect';
    const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveDelay });
    this.#socket = socket;
    const left = this.#addresses.length - this.#index;
    if (left > 1) this.#limitAddress(this.target.backend.connectTimeout / left);
    socket.on('error', (error) => this.#addressFailed(socket, connectFailed(errorCode(error))));
    socket.once('connect', () => this.#reached(socket));
  }

  #limitAddress(milliseconds: number): void {
    this.#addressDeadline ??= new Deadline(() => {
      const socket = this.#socket;
      if (socket !== null && this.#stage === 'connect') this.#addressFailed(socket, connectFailed('ETIMEDOUT'));
    });
    this.services.wheel.arm(this.#addressDeadline, milliseconds);
  }

  #addressFailed(socket: Socket, reason: ConnectFailure): void {
    if (this.#finished || socket !== this.#socket || this.#stage !== 'connect') return;
    socket.destroy();
    this.#index += 1;
    if (this.#index < this.#addresses.length) this.#tryNext();
    else this.fail(reason);
  }

  #reached(socket: Socket): void {
    if (this.#finished || socket !== this.#socket) return;
    if (this.#addressDeadline !== null) this.services.wheel.disarm(this.#addressDeadline);
    if (this.settings === null) {
      this.#connected(socket, null);
      return;
    }
    this.#stage = 'tls';
    this.#handshake = new BackendHandshake(this, this.settings, socket);
    this.#handshake.start();
  }

  #connected(socket: Socket, handshake: BackendHandshake | null): void {
    if (this.#finished) return;
    this.#finish();
    const established = this.owner.establish(this, socket, this.#address(), handshake);
    this.#established = established;
    const shown = established.tls?.resumed === false ? handshake?.leaf : undefined;
    this.services.observations.connected(this.target, established, shown);
    established.announce();
  }

  #address(): string {
    const address = this.#addresses[this.#index] as string;
    return `${address.includes(':') ? `[${address}]` : address}:${this.target.endpoint.port}`;
  }

  #finish(): void {
    this.#finished = true;
    this.services.wheel.disarm(this.#deadline);
    if (this.#addressDeadline !== null) this.services.wheel.disarm(this.#addressDeadline);
  }
}

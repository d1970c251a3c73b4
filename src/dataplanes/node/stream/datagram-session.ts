import { createSocket, type Socket } from 'node:dgram';
import { isIP } from 'node:net';
import type { Endpoint } from '../../../model/backend.ts';
import type { RouteName } from '../../../model/route.ts';
import { inTurn } from '../balancing/balancer.ts';
import type { FailureClass } from '../proxy/failure.ts';
import type { EndpointPool } from '../proxy/pool/endpoint.ts';
import { joinHostPort } from '../proxy/routing/host.ts';
import { addressRefused, connectFailed, errorCode } from '../tls/connect-failure.ts';
import type { Resolver } from '../tls/resolver.ts';
import type { DatagramPort } from './datagram-port.ts';
import type { StreamBackendRecord } from './stream-record.ts';
import type { StreamPlan } from './stream-table.ts';

/** Datagrams that wait for the backend's address. */
const maxWaiting = 16;

/** The datagrams of one client's address and port. A session that is rejected drops them until it has been silent. */
export class DatagramSession {
  readonly client: { readonly address: string; readonly port: number };
  readonly route: RouteName | null;
  readonly startedAt = performance.now();
  backend: StreamBackendRecord | null = null;
  endpoint: Endpoint | null = null;
  last = this.startedAt;
  received = 0;
  sent = 0;
  /** Why it was rejected or broke off. */
  reason = '';
  readonly #key: string;
  readonly #port: DatagramPort;
  readonly #plan: StreamPlan | null;
  #chosen: EndpointPool | null = null;
  #socket: Socket | null = null;
  #waiting: Buffer[] | null = [];
  #rejected: FailureClass | null = null;
  #ended = false;

  constructor(
    key: string,
    client: { readonly address: string; readonly port: number },
    port: DatagramPort,
    plan: StreamPlan | null,
  ) {
    this.#key = key;
    this.client = client;
    this.#port = port;
    this.#plan = plan;
    this.route = plan?.route.name ?? null;
  }

  start(resolver: Resolver): void {
    const chosen = this.#plan?.choose() ?? { rejected: 'no route is attached to the listener' };
    if ('rejected' in chosen) {
      this.#reject(this.#plan === null ? 'no-route' : 'no-destination', chosen.rejected);
      return;
    }
    const { service } = chosen.backend;
    this.backend = { service, endpoint: '', tls: null };
    const demand = this.#plan?.demandOf(this.client.address) ?? inTurn;
    this.#chosen = chosen.chooseForStream(demand, []);
    if (this.#chosen === null) {
      this.#reject('no-endpoints', `${service} has no endpoints`);
      return;
    }
    this.#chosen.underWay += 1;
    // There is no handshake to wait for, and not every protocol answers: only another ICMP message speaks against it.
    this.#chosen.takeBack();
    const { endpoint } = this.#chosen;
    this.endpoint = endpoint;
    this.backend = { service, endpoint: joinHostPort(endpoint.address, endpoint.port), tls: null };
    if (isIP(endpoint.address) !== 0) {
      if (resolver.refuses(endpoint.address))
        this.#reject('connect-failed', addressRefused(endpoint, endpoint.address).message);
      else this.#connect(endpoint.address, endpoint.port);
    } else {
      resolver.resolve(endpoint.address, (resolution) => {
        if (resolution.type === 'refused') {
          this.#reject('connect-failed', addressRefused(endpoint, resolution.address).message);
          return;
        }
        const address = resolution.type === 'addresses' ? resolution.addresses[0] : undefined;
        if (address === undefined) this.#reject('connect-failed', `${endpoint.address} has no address`);
        else this.#connect(address, endpoint.port);
      });
    }
  }

  send(datagram: Buffer): void {
    this.last = performance.now();
    this.received += datagram.length;
    if (this.#rejected !== null) return;
    if (this.#waiting === null) this.#socket?.send(datagram, () => {});
    else if (this.#waiting.length < maxWaiting) this.#waiting.push(datagram);
  }

  end(failure: FailureClass | null): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#chosen !== null) this.#chosen.underWay -= 1;
    this.#socket?.close();
    this.#socket = null;
    this.#port.ended(this.#key, this, failure ?? this.#rejected);
  }

  #connect(address: string, port: number): void {
    if (this.#ended) return;
    const socket = createSocket(isIP(address) === 6 ? 'udp6' : 'udp4');
    this.#socket = socket;
    socket.on('error', (error) => {
      // Nothing listens there (ICMP): the client's next datagram begins anew, at another endpoint.
      this.#chosen?.streamFailed(connectFailed(errorCode(error)));
      this.reason = `the backend cannot be reached (${errorCode(error)})`;
      this.end('connect-failed');
    });
    socket.on('message', (datagram) => {
      this.last = performance.now();
      this.sent += datagram.length;
      this.#port.answer(datagram, this.client.port, this.client.address);
    });
    socket.connect(port, address, () => {
      const waiting = this.#waiting ?? [];
      this.#waiting = null;
      for (const datagram of waiting) socket.send(datagram, () => {});
    });
  }

  #reject(failure: FailureClass, reason: string): void {
    this.#rejected = failure;
    this.reason = reason;
    this.#waiting = null;
  }
}

import { createServer, type Server, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { hasServerNames, isHttpSection, type Listener, type StreamSection } from '../../../model/listener.ts';
import type { Configuration } from '../delta.ts';
import type { ClientConnectionInfo } from '../http/stream.ts';
import { Deadline } from '../io/deadlines.ts';
import { peerAddress } from '../io/peer-address.ts';
import { SocketTransport } from '../io/transport.ts';
import { HostTable } from '../proxy/routing/host.ts';
import type { ClientStreamConnection } from '../stream/client-stream.ts';
import type { ClientStreamSource } from '../stream/stream-proxy.ts';
import { type ClientHandshakeFailure, classifyClientError } from '../tls/client-handshake-failure.ts';
import { alerts, fatalAlert, type Hello } from '../tls/client-hello.ts';
import { errorCode } from '../tls/connect-failure.ts';
import { type HandshakeOwner, SecureSections } from '../tls/secure-sections.ts';
import { ClientConnections, type ClientServices } from './client-connections.ts';
import { ListenerCounters } from './front-counters.ts';
import { type HelloOwner, HelloReader } from './hello-reader.ts';
import { VersionChoice } from './version-choice.ts';

/** The number of connections that a worker has and takes. */
export interface ConnectionBudget {
  used: number;
  readonly limit: number;
}

const queueLength = 4_096;
const keepAliveDelay = 60_000;
const plainHttpAnswer =
  'HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\ncontent-length: 31\r\nconnection: close\r\n\r\nthis port speaks TLS: use https';

/** One listening socket of one worker, from the accepted connection to the engine that speaks HTTP on it. */
export class ListeningPort implements HandshakeOwner, HelloOwner {
  readonly counters: ListenerCounters;
  #listener: Listener;
  readonly #services: ClientServices;
  readonly #budget: ConnectionBudget;
  readonly #connections: ClientConnections;
  readonly #server: Server;
  /** Connections whose TLS or HTTP version is not settled yet. */
  readonly #unsettled = new Set<Socket>();
  #sections: SecureSections | null = null;
  /** The stream routes of each section that carries streams, by its name. */
  #streams: ReadonlyMap<string, StreamHosts> = new Map();
  readonly #openStreams = new Set<ClientStreamConnection>();
  #closing = false;
  #onEmpty: (() => void) | null = null;

  constructor(listener: Listener, services: ClientServices, budget: ConnectionBudget) {
    this.#listener = listener;
    this.#services = services;
    this.#budget = budget;
    this.counters = new ListenerCounters(listener.id);
    this.#connections = new ClientConnections(services, this.counters, () => this.#released());
    this.#server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveDelay }, (socket) =>
      this.#accept(socket),
    );
  }

  /** Opens the socket. Resolves with the error's code, or null. */
  open(reusePort: boolean): Promise<string | null> {
    const { address, port } = this.#listener;
    return new Promise((resolve) => {
      this.#server.once('error', (error) => resolve(errorCode(error) === '' ? error.message : errorCode(error)));
      this.#server.listen({ host: address, port, backlog: queueLength, reusePort }, () => {
        this.#server.removeAllListeners('error');
        // Out of file descriptors, most likely: the connection stays in the kernel's queue.
        this.#server.on('error', () => {});
        resolve(null);
      });
    });
  }

  /** Connections that are accepted from here on get these settings. */
  configure(listener: Listener, configuration: Configuration, ticketSecret: Buffer): void {
    this.#listener = listener;
    const options = { handshakeTimeout: this.#services.limits.handshakeTimeout, ticketSecret };
    this.#sections = hasServerNames(listener)
      ? new SecureSections(listener, configuration, options, this, this.#sections)
      : null;
    this.#streams = new Map(
      listener.sections.flatMap((section) => (isHttpSection(section) ? [] : [[section.name, streamHosts(section)]])),
    );
  }

  /** Accepts and serves on, and asks clients to go elsewhere. */
  dismiss(): void {
    this.#connections.dismiss();
  }

  /** Accepts nothing more; resolves when the last connection has ended. */
  close(): Promise<void> {
    this.#closing = true;
    this.#server.close();
    this.#connections.retire();
    if (this.counters.active === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
    });
  }

  /** Ends the connections that are left. */
  destroy(): void {
    for (const socket of [...this.#unsettled]) socket.destroy();
    this.#connections.destroy();
    for (const stream of [...this.#openStreams]) stream.destroy();
  }

  onSecure(socket: TLSSocket, section: string, certificate: string): void {
    this.counters.handshakes += 1;
    if (socket.isSessionReused()) this.counters.resumed += 1;
    const info = {
      version: socket.getProtocol() ?? '',
      cipher: socket.getCipher().name,
      serverName: serverNameOf(socket),
      ...(certificate === '' ? {} : { certificate }),
    };
    const hosts = this.#streams.get(section);
    if (hosts !== undefined) {
      const stream = hosts.match(info.serverName)[0] ?? null;
      this.#openStream({
        socket,
        client: this.#describe(socket, info),
        section,
        stream,
        first: null,
        passthrough: null,
      });
      return;
    }
    const transport = new SocketTransport(socket);
    transport.attach(this.#connections.open(transport, this.#describe(socket, info), socket.alpnProtocol === 'h2'));
  }

  onHandshakeError(error: Error, socket: TLSSocket): void {
    this.counters.recordFailure(classifyClientError(error, socket.authorizationError ?? null));
    socket.destroy();
    this.#released();
  }

  #accept(socket: Socket): void {
    if (this.#budget.used >= this.#budget.limit) {
      this.counters.refused += 1;
      socket.destroy();
      return;
    }
    this.#budget.used += 1;
    this.counters.accepted += 1;
    this.counters.active += 1;
    if (this.#sections !== null) this.#readHello(socket, this.#sections);
    else if (this.#listener.protocol === 'TCP') this.#carry(socket);
    else this.#chooseVersion(socket);
  }

  /** A connection that was counted has ended. */
  #released(): void {
    this.#budget.used -= 1;
    this.counters.active -= 1;
    if (this.#closing && this.counters.active === 0) this.#onEmpty?.();
  }

  #chooseVersion(socket: Socket): void {
    const { wheel, limits } = this.#services;
    const transport = new SocketTransport(socket);
    const deadline = new Deadline(() => socket.destroy());
    wheel.arm(deadline, limits.headTimeout);
    this.#unsettled.add(socket);
    const open = (http2: boolean) => {
      this.#unsettled.delete(socket);
      return this.#connections.open(transport, this.#describe(socket, null), http2);
    };
    const gone = () => {
      this.#unsettled.delete(socket);
      this.#released();
    };
    transport.attach(new VersionChoice(transport, wheel, deadline, open, gone));
  }

  /** A connection of a TCP listener, which has one section. */
  #carry(socket: Socket): void {
    const [section] = this.#listener.sections;
    const stream = section === undefined ? undefined : this.#streams.get(section.name)?.match('')[0];
    const client = this.#describe(socket, null);
    const name = section?.name ?? '';
    this.#openStream({ socket, client, section: name, stream: stream ?? null, first: null, passthrough: null });
  }

  #openStream(source: ClientStreamSource): void {
    const stream = this.#services.streams.open(source, () => {
      this.#openStreams.delete(stream);
      this.#released();
    });
    this.#openStreams.add(stream);
  }

  #readHello(socket: Socket, sections: SecureSections): void {
    new HelloReader(socket, this, sections, this.#services);
    this.#unsettled.add(socket);
  }

  onHello(socket: Socket, hello: Hello | null, sections: SecureSections, bytes: Buffer): void {
    this.#unsettled.delete(socket);
    if (hello === null) {
      this.#refuse(socket, socket.destroyed ? 'reset' : 'timeout', null);
      return;
    }
    switch (hello.type) {
      case 'not-tls':
        if (hello.http) this.#logPlainHttp(socket);
        this.#refuse(socket, hello.http ? 'plain-http' : 'malformed', hello.http ? plainHttpAnswer : null);
        return;
      case 'malformed':
      case 'incomplete':
        this.#refuse(socket, 'malformed', fatalAlert(alerts.decodeError));
        return;
      case 'hello':
        this.#startHandshake(socket, hello.serverName, sections, bytes);
    }
  }

  #startHandshake(socket: Socket, serverName: string, sections: SecureSections, bytes: Buffer): void {
    const section = this.#listener.protocol === 'TLS' ? sections.find(serverName) : null;
    const hosts = section === null ? undefined : this.#streams.get(section.name);
    if (section !== null && hosts !== undefined) {
      const stream = hosts.match(serverName)[0];
      if (stream === undefined) {
        this.#refuse(socket, 'unrecognized-name', this.#unrecognizedName());
        return;
      }
      if (section.tls === null) {
        const client = this.#describe(socket, null);
        const { name } = section;
        this.#openStream({ socket, client, section: name, stream, first: bytes, passthrough: serverName });
        return;
      }
    }
    const choice = sections.choose(serverName);
    if (typeof choice === 'string') {
      const answer = choice === 'unrecognized-name' ? this.#unrecognizedName() : fatalAlert(alerts.internalError);
      this.#refuse(socket, choice, answer);
      return;
    }
    socket.unshift(bytes);
    // A server of `node:tls` takes connections that it did not accept itself.
    choice.emit('connection', socket);
  }

  /**
   * RFC 6066 section 3 leaves the alert to the server. A client of streams is told nothing: as long as no route says who
   * ends its TLS, the gateway is no party to it (the conformance suite takes only a closed connection for a refusal).
   */
  #unrecognizedName(): Buffer | null {
    return this.#listener.protocol === 'TLS' ? null : fatalAlert(alerts.unrecognizedName);
  }

  #refuse(socket: Socket, reason: ClientHandshakeFailure, answer: Buffer | string | null): void {
    this.counters.recordFailure(reason);
    if (answer === null || socket.destroyed) socket.destroy();
    else socket.end(answer, () => socket.destroySoon());
    this.#released();
  }

  /** It is the answer to a request, though no engine has seen it. */
  #logPlainHttp(socket: Socket): void {
    this.#services.refusals?.writeRefused({
      time: Date.now(),
      protocol: 'HTTP/1.1',
      status: 400,
      client: this.#describe(socket, null),
      subject: 'request',
      class: 'client-protocol-error',
      reason: 'plain-http',
      message: 'HTTP without TLS on a port that speaks TLS',
    });
  }

  #describe(socket: Socket, tls: ClientConnectionInfo['tls']): ClientConnectionInfo {
    return {
      listener: this.#listener.id,
      remoteAddress: peerAddress(socket.remoteAddress),
      remotePort: socket.remotePort ?? 0,
      tls,
    };
  }
}

/** Ids of stream routes by hostname. */
type StreamHosts = HostTable<string>;

function streamHosts({ streams }: StreamSection): StreamHosts {
  const hosts: StreamHosts = new HostTable();
  for (const { hostname, stream } of streams) hosts.add(hostname, stream);
  return hosts;
}

function serverNameOf(socket: TLSSocket): string {
  // Its type does not know the property, which `node:tls` documents for servers.
  const name: unknown = Reflect.get(socket, 'servername');
  return typeof name === 'string' ? name.toLowerCase() : '';
}

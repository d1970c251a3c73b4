import { once } from 'node:events';
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { create } from '@bufbuild/protobuf';
import { Code, ConnectError, createContextKey, createContextValues } from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import type { Finding } from '../../../model/finding.ts';
import { presentedNames } from '../tls/presented-names.ts';
import { decodeFindings, encodeDelta } from './codec.ts';
import type { Follower, GatewayFeed } from './gateway-feed.ts';
import { ConfigurationStream, type FollowRequest, type Update, UpdateSchema } from './generated/stream_pb.ts';
import { dataPlaneOfUri } from './identity.ts';
import { Mailbox } from './mailbox.ts';
import type { RemoteDataPlane } from './remote-data-plane.ts';

/** PEM: who we are, and the authority of those we talk to. */
export interface StreamCredentials {
  readonly certificateChain: string;
  readonly privateKey: string;
  readonly authority: string;
}

export interface StreamServerOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly credentials: StreamCredentials;
  readonly dataPlane: RemoteDataPlane;
  /** Pods that come and go, for the log; must not throw. */
  readonly onPod?: (event: PodEvent) => void;
}

export interface PodEvent {
  readonly type: 'connected' | 'gone';
  readonly gateway: string;
  /** As the pod calls itself. */
  readonly pod: string;
}

export interface StreamServer {
  readonly port: number;
  /** For connections from now on: streams that are open go on. */
  rotate(credentials: StreamCredentials): void;
  close(): Promise<void>;
}

/** Bytes and milliseconds. A pod has little to say. */
const bounds = {
  message: 1024 * 1024,
  podName: 253,
  ping: 10_000,
  /** Steps that a pod was sent and has not acknowledged. What comes meanwhile is one step after that. */
  unacknowledged: 8,
  /** Of one connection. A pod has one. */
  streams: 8,
  handshake: 10_000,
  /** The longest that a timer can be set to. */
  timer: 2 ** 31 - 1,
};

/** Who a certificate says that a peer is. */
interface Peer {
  /** The data plane that it is of; empty for none. */
  readonly gateway: string;
  /** Until when, in milliseconds since 1970. */
  readonly until: number;
}

const nobody: Peer = { gateway: '', until: 0 };
const peerOfRequest = createContextKey(nobody, { description: 'who the certificate of the peer says that it is' });

/**
 * Serves data-plane pods their configuration: gRPC over HTTP/2 over TLS 1.3, both sides authenticated. Which Gateway a pod
 * is of is told by its certificate alone, so none can ask for another's. Rejects where the port cannot be opened.
 */
export async function startStreamServer(options: StreamServerOptions): Promise<StreamServer> {
  const { host, port, credentials, dataPlane } = options;
  const handler = connectNodeAdapter({
    connect: false,
    grpcWeb: false,
    readMaxBytes: bounds.message,
    contextValues: (request) => {
      const values = createContextValues();
      // The library's request of HTTP/2 and of HTTP/1.1; ours speaks the first alone.
      const socket = 'stream' in request ? request.stream.session?.socket : undefined;
      return values.set(peerOfRequest, socket === undefined ? nobody : peerOf(socket as TLSSocket));
    },
    routes: (router) => {
      router.service(ConfigurationStream, {
        follow: (requests, context) => serve(requests, context.values.get(peerOfRequest), context.signal, options),
      });
    },
  });
  const server = createSecureServer(
    {
      ...contextOf(credentials),
      ...{ requestCert: true, rejectUnauthorized: true, allowHTTP1: false },
      handshakeTimeout: bounds.handshake,
      settings: { maxConcurrentStreams: bounds.streams },
    },
    handler,
  );
  // Those in the middle of a handshake too: the end of the server must not wait for a peer that says nothing.
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('session', (session) => {
    const ping = setInterval(() => pingOrDestroy(session), bounds.ping).unref();
    session.on('error', () => session.destroy());
    session.once('close', () => clearInterval(ping));
  });
  // Broken handshakes are the peer's affair: it is told by an alert, and has got nothing.
  server.on('sessionError', () => {});
  server.listen({ host, port });
  await once(server, 'listening');
  // Of one connection that could not be accepted: the pod tries again.
  server.on('error', () => {});
  return {
    port: (server.address() as AddressInfo).port,
    rotate: (next) => server.setSecureContext(contextOf(next)),
    close: async () => {
      await closeServer(server, sockets);
      dataPlane.notify();
    },
  };
}

const contextOf = ({ certificateChain, privateKey, authority }: StreamCredentials) =>
  ({ cert: certificateChain, key: privateKey, ca: authority, minVersion: 'TLSv1.3' }) as const;

/** Nobody for a certificate that names no data plane, or more than one. */
function peerOf(socket: TLSSocket): Peer {
  const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
  if (certificate === undefined) return nobody;
  const [uri, ...others] = presentedNames(certificate.raw).uris;
  const gateway = uri === undefined || others.length > 0 ? '' : (dataPlaneOfUri(uri) ?? '');
  return { gateway, until: certificate.validToDate.getTime() };
}

/** A pod whose machine is gone says nothing: without an answer to pings its stream would seem alive for long. */
function pingOrDestroy(session: ServerHttp2Session): void {
  const timer = setTimeout(() => session.destroy(), bounds.ping).unref();
  if (session.destroyed || !session.ping((cause) => cause === null && clearTimeout(timer))) session.destroy();
}

async function* serve(
  requests: AsyncIterable<FollowRequest>,
  { gateway, until }: Peer,
  signal: AbortSignal,
  { dataPlane, onPod }: StreamServerOptions,
): AsyncGenerator<Update> {
  if (gateway === '') throw new ConnectError('the certificate names no Gateway', Code.PermissionDenied);
  const changes = new Mailbox<'changed'>();
  // Whoever reads it looks at what is newest: once is enough.
  const changed = (): void => {
    if (changes.isEmpty) changes.put('changed');
  };
  const follower: Follower = { changed };
  let greeted: Greeted | null = null;
  const reading = (async () => {
    for await (const { message } of requests) {
      if (message.case === 'hello' && greeted === null) {
        const pod = message.value.pod.slice(0, bounds.podName);
        // Asked for at this moment: a feed that nobody follows may be thrown away.
        const feed = dataPlane.feed(gateway);
        feed.follow(follower);
        greeted = { pod, feed, session: new Session(feed, follower, message.value.version) };
        onPod?.({ type: 'connected', gateway, pod });
        changed();
        dataPlane.notify();
      } else if (message.case === 'applied' && greeted !== null) {
        const { revision, open, findings } = message.value;
        greeted.session.acknowledge(revision, open, decodeFindings(findings));
        changed();
        dataPlane.notify();
      } else throw new ConnectError('a message that has no place here', Code.InvalidArgument);
    }
  })().finally(() => changes.close());
  // Awaited at the end; a failure before that must not be unhandled.
  reading.catch(() => {});
  signal.addEventListener('abort', () => changes.close());
  // A handshake looks at a certificate once, and a stream may last for months: who has no newer one by then is nobody.
  const hasExpired = (): boolean => Date.now() >= until;
  const expiry = atTime(until, () => changes.close());
  try {
    for await (const _ of changes.read()) {
      const update = (greeted as Greeted | null)?.session.next() ?? null;
      if (update !== null) yield update;
    }
    if (hasExpired()) throw new ConnectError('the certificate of the pod has expired', Code.Unauthenticated);
    if (!signal.aborted) await reading;
  } finally {
    expiry.cancel();
    changes.close();
    const ended = greeted as Greeted | null;
    if (ended !== null) {
      ended.feed.leave(follower, performance.now());
      onPod?.({ type: 'gone', gateway, pod: ended.pod });
      dataPlane.notify();
    }
  }
}

/** Calls back at a time, in milliseconds since 1970, however far away. */
function atTime(time: number, callback: () => void): { cancel(): void } {
  let timer: NodeJS.Timeout;
  const arm = (): void => {
    const left = time - Date.now();
    if (left <= 0) callback();
    else timer = setTimeout(arm, Math.min(left, bounds.timer)).unref();
  };
  arm();
  return { cancel: () => clearTimeout(timer) };
}

/** A pod that has said what it has. */
interface Greeted {
  readonly pod: string;
  readonly feed: GatewayFeed;
  readonly session: Session;
}

/** What one pod was sent. */
class Session {
  /** What the pod has, once it has taken up all that it was sent. */
  #version: string;
  readonly #feed: GatewayFeed;
  readonly #follower: Follower;
  readonly #sent = new Map<number, string>();
  #revision = 0;
  #greeted = false;

  constructor(feed: GatewayFeed, follower: Follower, version: string) {
    this.#version = version;
    this.#feed = feed;
    this.#follower = follower;
  }

  /** Who has the newest version already is sent an empty step, to acknowledge it. */
  next(): Update | null {
    const newest = this.#feed.version;
    if (newest === '' || (this.#greeted && newest === this.#version)) return null;
    if (this.#sent.size >= bounds.unacknowledged) return null;
    this.#greeted = true;
    const { base, delta } = this.#feed.updateFrom(this.#version) ?? {
      base: this.#version,
      delta: { model: {}, keys: {} },
    };
    this.#revision += 1;
    this.#sent.set(this.#revision, newest);
    this.#version = newest;
    return create(UpdateSchema, { revision: this.#revision, base, version: newest, delta: encodeDelta(delta) });
  }

  acknowledge(revision: number, open: readonly string[], findings: readonly Finding[]): void {
    const version = this.#sent.get(revision);
    if (version === undefined) throw new ConnectError('an acknowledgement of what was not sent', Code.InvalidArgument);
    for (const earlier of this.#sent.keys()) if (earlier < revision) this.#sent.delete(earlier);
    this.#feed.acknowledge(this.#follower, { version, open, findings });
  }
}

function closeServer(server: Http2SecureServer, sockets: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const socket of [...sockets]) socket.destroy();
  });
}

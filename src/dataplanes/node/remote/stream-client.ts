import { create } from '@bufbuild/protobuf';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import type { Finding } from '../../../model/finding.ts';
import { messageOf } from '../../../model/thrown.ts';
import type { Applied, DataPlane } from '../../dataplane.ts';
import { type Configuration, emptyConfiguration, patch } from '../delta.ts';
import { decodeDelta, encodeFindings } from './codec.ts';
import { ConfigurationStream, type FollowRequest, FollowRequestSchema, type Update } from './generated/stream_pb.ts';
import { Mailbox } from './mailbox.ts';
import { type ConnectionTimings, StreamConnection } from './stream-connection.ts';
import type { StreamCredentials } from './stream-server.ts';

export interface StreamClientOptions {
  readonly host: string;
  readonly port: number;
  /** Asked anew for each connection, since certificates rotate. */
  readonly credentials: () => Promise<StreamCredentials>;
  /** The name of this pod, for the controller's log. */
  readonly pod: string;
  readonly dataPlane: DataPlane;
  readonly onEvent?: (event: StreamEvent) => void;
  readonly timings?: ConnectionTimings;
}

export type StreamEvent =
  | { readonly type: 'connecting' }
  /** A configuration is in force, with what came of it; `configuration` holds keys. */
  | { readonly type: 'applied'; readonly configuration: Configuration; readonly applied: Applied }
  /** The stream ended, and is tried again. The configuration stays in force. */
  | { readonly type: 'lost'; readonly cause: string; readonly retryIn: number };

/** Milliseconds. */
const timings = { firstRetry: 200, longestRetry: 5_000 };
const defaultTimings: ConnectionTimings = { connect: 5_000, ping: 10_000, pingTimeout: 5_000 };

/**
 * Keeps a data plane at the configuration that the controller has for it. While the controller is away the last one stays
 * in force; a new stream goes on from it. Ends when the signal says so, and never rejects.
 */
export async function followConfiguration(options: StreamClientOptions, signal: AbortSignal): Promise<void> {
  const state: State = { version: '', configuration: emptyConfiguration, revision: 0, taken: 0, tell: null };
  // What endpoints do is found out between two configurations.
  options.dataPlane.onOpenChanged?.(({ findings }) => {
    if (findings !== undefined) state.tell?.(findings);
  });
  let delay = timings.firstRetry;
  while (!signal.aborted) {
    options.onEvent?.({ type: 'connecting' });
    const before = state.taken;
    const cause = await followOnce(options, state, signal);
    if (signal.aborted) return;
    if (state.taken > before) delay = timings.firstRetry;
    // Full jitter on the upper half: pods of a controller that came back do not all come at once.
    const retryIn = Math.round(delay * (0.5 + Math.random() / 2));
    options.onEvent?.({ type: 'lost', cause, retryIn });
    await pause(retryIn, signal);
    delay = Math.min(delay * 2, timings.longestRetry);
  }
}

interface State {
  /** Of the configuration, as the controller names it. */
  version: string;
  configuration: Configuration;
  /** Numbers what the data plane is given. */
  revision: number;
  /** How often it was given something and put it in force. */
  taken: number;
  /** Tells the controller other findings about what is in force; null while there is nobody to tell. */
  tell: ((findings: readonly Finding[]) => void) | null;
}

/** Follows one stream to its end, and tells why it ended. */
async function followOnce(options: StreamClientOptions, state: State, signal: AbortSignal): Promise<string> {
  const ended = new AbortController();
  const abort = (): void => ended.abort();
  signal.addEventListener('abort', abort);
  const answers = new Mailbox<FollowRequest>();
  let connection: StreamConnection | null = null;
  try {
    const { certificateChain, privateKey, authority } = await options.credentials();
    const { host, port } = options;
    const baseUrl = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
    const tls = { cert: certificateChain, key: privateKey, ca: authority };
    connection = new StreamConnection(baseUrl, tls, options.timings ?? defaultTimings);
    const transport = createGrpcTransport({ baseUrl, sessionManager: connection });
    const client = createClient(ConfigurationStream, transport);
    answers.put(
      create(FollowRequestSchema, {
        message: { case: 'hello', value: { pod: options.pod, version: state.version } },
      }),
    );
    for await (const update of client.follow(answers.read(), { signal: ended.signal })) {
      const applied = await take(update, state, options);
      answers.put(acknowledgement(update, applied));
      state.tell = (findings) => answers.put(acknowledgement(update, { ...applied, findings }));
    }
    return 'the controller ended the stream';
  } catch (cause) {
    return connection?.cause ?? messageOf(cause);
  } finally {
    state.tell = null;
    answers.close();
    ended.abort();
    // The next stream has a connection of its own, with the certificate of then.
    connection?.destroy();
    signal.removeEventListener('abort', abort);
  }
}

async function take(update: Update, state: State, { dataPlane, onEvent }: StreamClientOptions): Promise<Applied> {
  if (update.base !== '' && update.base !== state.version) {
    state.version = '';
    throw new Error('the controller sent a step from a version that is not in force');
  }
  const base = update.base === '' ? emptyConfiguration : state.configuration;
  const configuration = patch(base, decodeDelta(update.delta));
  state.revision += 1;
  state.tell = null;
  // What fails here is asked for again from nothing, on the next stream.
  state.version = '';
  const applied = await dataPlane.apply(configuration.model, configuration.keys, state.revision);
  state.configuration = configuration;
  state.version = update.version;
  state.taken += 1;
  onEvent?.({ type: 'applied', configuration, applied });
  return applied;
}

function acknowledgement({ revision }: Update, { open, findings }: Applied): FollowRequest {
  return create(FollowRequestSchema, {
    message: { case: 'applied', value: { revision, open: [...open], findings: encodeFindings(findings) } },
  });
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener('abort', end);
  });
}

import type { Logger } from 'pino';
import type { RemoteDataPlane } from '../../dataplanes/node/remote/remote-data-plane.ts';
import { type StreamServer, startStreamServer } from '../../dataplanes/node/remote/stream-server.ts';
import type { Installation } from '../../infrastructure/gateway/parameters.ts';
import { type KeyedCertificate, needsRenewal } from '../../infrastructure/stream/authority.ts';
import { messageOf } from '../../model/thrown.ts';
import type { OwnerReference } from '../../resources/object.ts';
import { Backoff, pause } from '../../sources/kubernetes/backoff.ts';
import type { ApiClient } from '../../sources/kubernetes/client.ts';
import type { AdminAddress } from '../admin/server.ts';
import type { TranslatedState } from '../translated-state.ts';
import { AuthorityKeeper } from './authority-keeper.ts';
import { type Home, readInfrastructure } from './desired-infrastructure.ts';
import { InfrastructureWriter } from './infrastructure-writer.ts';
import { OwnObjects } from './own-objects.ts';
import {
  authoritySecret,
  controllerCredentials,
  dataPlaneSecret,
  provideAuthority,
  restoreAuthority,
} from './stream-identity.ts';

export interface DataPlanesOptions {
  readonly client: ApiClient;
  /** The controller's own namespace. */
  readonly namespace: string;
  /** The name of the controller's own Deployment; null where it is not known. What no Gateway owns goes with it. */
  readonly deployment: string | null;
  /** Where the configuration stream is served. */
  readonly stream: AdminAddress;
  readonly installation: Installation;
  readonly remote: RemoteDataPlane;
  readonly logger: Logger;
  /** Milliseconds that pods which followed an earlier leader get to find this one. 15 s unless said otherwise. */
  readonly reunion?: number;
}

/** Milliseconds. */
const timings = {
  /** Until the stream is tried again where it could not be served. */
  firstRetry: 500,
  longestRetry: 10_000,
  /** Between two looks at how old the controller's own certificate is. */
  renewal: 3_600_000,
  /** That pods which followed an earlier leader get to find this one. */
  reunion: 15_000,
};

/**
 * Gives every Gateway a data plane of its own: the objects that it is made of, and the stream that it follows. Only the
 * leader does; pods find it by trying, since others do not listen at all.
 */
export class DataPlanes {
  readonly #options: DataPlanesOptions;
  readonly #objects: OwnObjects;
  readonly #writer: InfrastructureWriter;
  readonly #keeper: AuthorityKeeper;
  #authority: KeyedCertificate | null = null;
  #server: StreamServer | null = null;
  #leading: AbortController | null = null;
  /** What was taken up last. */
  #state: TranslatedState | null = null;
  #owner: OwnerReference | null = null;
  /** Taking the lead and giving it up, one after the other. */
  #last: Promise<void> = Promise.resolve();

  constructor(options: DataPlanesOptions) {
    this.#options = options;
    const { client, logger, remote } = options;
    this.#objects = new OwnObjects(client);
    this.#writer = new InfrastructureWriter({
      objects: this.#objects,
      credentials: async (unit) =>
        this.#authority === null ? [] : [await dataPlaneSecret(this.#objects, this.#authority, unit, Date.now())],
      onTrouble: ({ name, description }, cause) => {
        if (cause === null) logger.info(`${description} has what it needs`);
        else logger.error({ cause: cause.message }, `${description} cannot be given what it needs; trying again`);
        remote.hinder(name, cause?.message ?? null);
      },
    });
    this.#keeper = new AuthorityKeeper({
      restore: async () => {
        if (this.#authority !== null) await restoreAuthority(this.#objects, this.#authority, this.#home);
      },
      onTrouble: ({ message: cause }) =>
        logger.error({ cause }, `the Secret ${authoritySecret} cannot be written; trying again`),
    });
  }

  get isLeading(): boolean {
    return this.#leading !== null;
  }

  /** Takes up what Gateways are there now. */
  update(state: TranslatedState): void {
    if (state.revision === 0) return;
    const previous = this.#state;
    this.#state = state;
    if (state.resources !== previous?.resources || state.model !== previous.model) this.#read(state);
  }

  #read(state: TranslatedState): void {
    const { installation, remote } = this.#options;
    const { desired, reached } = readInfrastructure(state, installation, this.#home);
    this.#writer.update(desired);
    remote.setReached(reached);
  }

  /** A Secret of the cluster is another one, or gone. */
  secretChanged(namespace: string, name: string): void {
    if (namespace === this.#options.namespace && name === authoritySecret) this.#keeper.touched();
    else this.#writer.touched(namespace, name);
  }

  get #home(): Home {
    return { namespace: this.#options.namespace, owner: this.#owner };
  }

  /**
   * Resolves when the pods of an earlier leader are back, or had time to, and thus what is open is known: also where the
   * stream cannot be served, since statuses are to tell.
   */
  async lead(): Promise<void> {
    const { remote, reunion = timings.reunion } = this.#options;
    const leading = new AbortController();
    this.#leading = leading;
    this.#last = this.#last.then(() => this.#start(leading.signal));
    const over = new AbortController();
    const together = this.#last.then(() => (leading.signal.aborted ? undefined : remote.served(reunion)));
    await Promise.race([together, pause(reunion, AbortSignal.any([leading.signal, over.signal]))]);
    over.abort();
  }

  /** Resolves when nothing is written or served any more. */
  async stop(): Promise<void> {
    this.#leading?.abort();
    this.#leading = null;
    this.#last = this.#last.then(async () => {
      // All at once: pods are to find the next leader, however long an API server takes to answer this one.
      await Promise.all([this.#writer.stop(), this.#keeper.stop(), this.#server?.close()]);
      this.#server = null;
    });
    await this.#last;
  }

  /** Never rejects. */
  async #start(signal: AbortSignal): Promise<void> {
    const { client, stream, remote, logger } = this.#options;
    const backoff = new Backoff({ first: timings.firstRetry, longest: timings.longestRetry });
    while (!signal.aborted) {
      try {
        this.#owner = await this.#findOwner();
        const authority = await provideAuthority(client, this.#objects, this.#home, Date.now());
        const credentials = await controllerCredentials(authority, Date.now());
        const server = await startStreamServer({
          ...{ host: stream.host, port: stream.port, credentials, dataPlane: remote },
          onPod: ({ type, gateway, pod }) =>
            logger.info(
              { gateway, pod },
              type === 'connected' ? 'a data plane follows' : 'a data plane follows no more',
            ),
        });
        this.#server = server;
        // Whoever gave up the lead meanwhile closes it; nothing else may begin.
        if (signal.aborted) return;
        this.#authority = authority;
        this.#renew(server, authority, credentials.certificateChain, signal);
        if (this.#state !== null) this.#read(this.#state);
        this.#writer.lead();
        this.#keeper.lead();
        return;
      } catch (cause) {
        const message = messageOf(cause);
        logger.error({ cause: message }, 'the configuration stream cannot be served; trying again');
        await backoff.wait(signal);
      }
    }
  }

  async #findOwner(): Promise<OwnerReference | null> {
    const { namespace, deployment: name } = this.#options;
    const deployment = name === null ? null : await this.#objects.get({ kind: 'Deployment', namespace, name });
    if (name === null || deployment?.metadata.uid === undefined) return null;
    return { apiVersion: 'apps/v1', kind: 'Deployment', name, uid: deployment.metadata.uid, controller: true };
  }

  #renew(server: StreamServer, authority: KeyedCertificate, first: string, signal: AbortSignal): void {
    let certificate = first;
    const timer = setInterval(() => {
      const now = Date.now();
      if (!needsRenewal(certificate, now)) return;
      controllerCredentials(authority, now)
        .then((credentials) => {
          server.rotate(credentials);
          certificate = credentials.certificateChain;
        })
        .catch((cause: unknown) =>
          this.#options.logger.error({ err: cause }, 'the certificate of the stream was not renewed'),
        );
    }, timings.renewal).unref();
    signal.addEventListener('abort', () => clearInterval(timer));
  }
}

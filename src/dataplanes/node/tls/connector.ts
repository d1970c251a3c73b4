import type { KeyMaterial, Model } from '../../../model/model.ts';
import type { Observation } from '../../../model/observation.ts';
import type { FieldCache } from '../http/field.ts';
import type { DeadlineWheel } from '../io/deadlines.ts';
import type { Limits } from '../limits.ts';
import type { ConnectAttempt, ConnectionOwner, Connector, ConnectTarget } from '../proxy/connector.ts';
import type { StreamConnectionOwner } from '../stream/backend-stream.ts';
import { type AttemptOwner, BackendAttempt } from './backend-attempt.ts';
import { BackendSettingsCache } from './backend-settings.ts';
import { EstablishedConnection } from './established-connection.ts';
import { EstablishedStream } from './established-stream.ts';
import { Observations } from './observations.ts';
import { Resolver } from './resolver.ts';
import { SessionCache } from './session-cache.ts';

/** What the attempts of one worker share. */
export interface ConnectorServices {
  readonly limits: Limits;
  readonly wheel: DeadlineWheel;
  readonly cache: FieldCache;
  readonly resolver: Resolver;
  readonly sessions: SessionCache;
  readonly settings: BackendSettingsCache;
  readonly observations: Observations;
}

/** Connects to backends over TCP, and over TLS where the model says so, and verifies them. */
export class BackendConnector implements Connector {
  readonly #services: ConnectorServices;

  constructor(
    shared: Pick<ConnectorServices, 'limits' | 'wheel' | 'cache'>,
    model: Model,
    keys: KeyMaterial,
    resolver = new Resolver(),
  ) {
    this.#services = {
      ...shared,
      resolver,
      sessions: new SessionCache(),
      settings: new BackendSettingsCache(model, keys),
      observations: new Observations(),
    };
  }

  /** Connections from here on are made with this configuration. */
  configure(model: Model, keys: KeyMaterial): void {
    this.#services.settings.configure(model, keys);
    this.#services.observations.retain(model.backends);
  }

  /** What was last seen of each endpoint. */
  observations(): readonly Observation[] {
    return this.#services.observations.list();
  }

  connect(target: ConnectTarget, owner: ConnectionOwner): ConnectAttempt {
    return this.#start(target, {
      establish: (...made) => new EstablishedConnection(made[0], owner, made[1], made[2], made[3]),
      onFailed: (failure) => owner.onFailed(failure),
    });
  }

  /** As `connect`, for a stream that nobody looks into: its owner gets the socket itself. */
  connectStream(target: ConnectTarget, owner: StreamConnectionOwner): ConnectAttempt {
    return this.#start(target, {
      establish: (_attempt, socket, address, handshake) => new EstablishedStream(owner, socket, address, handshake),
      onFailed: (failure) => owner.onFailed(failure),
    });
  }

  /** The addresses of a backend's name, for datagrams. */
  get resolver(): Resolver {
    return this.#services.resolver;
  }

  #start(target: ConnectTarget, owner: AttemptOwner): ConnectAttempt {
    const attempt = new BackendAttempt(target, owner, this.#services);
    attempt.start();
    return attempt;
  }
}

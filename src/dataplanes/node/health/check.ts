import type { Socket } from 'node:net';
import type { HttpHealthCheck, StatusRange } from '../../../model/health.ts';
import { Field, REGULAR } from '../http/field.ts';
import type { RequestHead, ResponseHead } from '../http/message.ts';
import type { ClientConnection, ClientStreamHandler, StreamFailure } from '../http/stream.ts';
import { Deadline, type DeadlineWheel } from '../io/deadlines.ts';
import type {
  ConnectAttempt,
  Connected,
  ConnectFailure,
  ConnectionOwner,
  Connector,
  ConnectTarget,
} from '../proxy/connector.ts';
import { joinHostPort } from '../proxy/routing/host.ts';
import type { StreamConnectionOwner, StreamConnector } from '../stream/backend-stream.ts';

/** What checks need of a worker. */
export interface CheckServices {
  readonly connector: Connector & StreamConnector;
  readonly wheel: DeadlineWheel;
}

/** Takes the outcome, once: null where the check passed, else why it failed, in a sentence. */
export type Conclude = (cause: string | null) => void;

/** A check under way. */
export interface RunningCheck {
  /** Gives up. No outcome follows. */
  cancel(): void;
}

/** Content of a response that is still read; more of it closes the connection. */
const maxContent = 65_536;
const userAgent = new Field('user-agent', 'farside-health-check', REGULAR);

/** Makes one check of one endpoint. The outcome does not come before this returns. */
export function startCheck(target: ConnectTarget, services: CheckServices, conclude: Conclude): RunningCheck | null {
  const check = target.backend.healthCheck;
  switch (check?.type) {
    case undefined:
      return null;
    case 'http': {
      const running = new HttpCheck(check, target, services, conclude);
      running.start();
      return running;
    }
    case 'tcp': {
      const running = new TcpCheck(target, services, conclude);
      running.start(check.timeout);
      return running;
    }
  }
}

/** One request on a connection of its own. The response's head decides; what follows is read so that the backend can end. */
class HttpCheck implements RunningCheck, ConnectionOwner, ClientStreamHandler {
  readonly #check: HttpHealthCheck;
  readonly #target: ConnectTarget;
  readonly #services: CheckServices;
  readonly #deadline = new Deadline(() => this.#onTimeout());
  #conclude: Conclude | null;
  #attempt: ConnectAttempt | null = null;
  #connected: Connected | null = null;
  #sent = false;
  #content = 0;

  constructor(check: HttpHealthCheck, target: ConnectTarget, services: CheckServices, conclude: Conclude) {
    this.#check = check;
    this.#target = target;
    this.#services = services;
    this.#conclude = conclude;
  }

  start(): void {
    this.#services.wheel.arm(this.#deadline, this.#check.timeout);
    this.#attempt = this.#services.connector.connect(this.#target, this);
  }

  cancel(): void {
    this.#conclude = null;
    this.#close();
  }

  onConnected(connected: Connected): void {
    this.#attempt = null;
    this.#connected = connected;
    this.onCapacity(connected.connection);
  }

  onFailed(failure: ConnectFailure): void {
    this.#attempt = null;
    this.#finish(failure.message);
  }

  onCapacity(connection: ClientConnection): void {
    if (this.#sent || connection.capacity === 0) return;
    this.#sent = true;
    connection.open(requestOf(this.#check, this.#target), true, this);
  }

  onClosed(_connection: ClientConnection): void {
    this.#finish('it closed the connection');
  }

  onHead({ status }: ResponseHead, ended: boolean): void {
    const expected = this.#check.expectedStatuses;
    const passed = expected.some(({ first, last }) => status >= first && status <= last);
    this.#tell(passed ? null : `it answered ${status}, expected ${describeRanges(expected)}`);
    if (ended) this.#retire();
  }

  onData(chunk: Buffer): void {
    this.#content += chunk.length;
    if (this.#content > maxContent) this.#close();
  }

  onEnd(): void {
    this.#retire();
  }

  onAbort(failure: StreamFailure): void {
    this.#finish(this.#connected?.refusal(failure)?.message ?? failure.message);
  }

  onInformational(): void {}

  onWritable(): void {}

  #onTimeout(): void {
    const reached = this.#connected !== null;
    this.#finish(`${reached ? 'no response came' : 'there was no connection'} within ${this.#check.timeout} ms`);
  }

  #finish(cause: string): void {
    this.#tell(cause);
    this.#close();
  }

  #tell(cause: string | null): void {
    const conclude = this.#conclude;
    this.#conclude = null;
    conclude?.(cause);
  }

  /** Closes as the protocol does it; the deadline sees to one that does not. */
  #retire(): void {
    this.#connected?.connection.retire();
  }

  #close(): void {
    this.#services.wheel.disarm(this.#deadline);
    this.#attempt?.cancel();
    this.#attempt = null;
    const connection = this.#connected?.connection;
    this.#connected = null;
    connection?.destroy();
  }
}

function requestOf({ method, path, host }: HttpHealthCheck, { endpoint }: ConnectTarget): RequestHead {
  return {
    method,
    target: path,
    authority: host ?? joinHostPort(endpoint.address, endpoint.port),
    fields: [userAgent],
    contentLength: -1,
    expectContinue: false,
    upgrade: '',
    acceptsTrailers: false,
  };
}

const describeRanges = (ranges: readonly StatusRange[]): string =>
  ranges.map(({ first, last }) => (first === last ? `${first}` : `${first} to ${last}`)).join(' or ');

/** A connection and, where the backend has TLS, its verified handshake. */
class TcpCheck implements RunningCheck, StreamConnectionOwner {
  readonly #target: ConnectTarget;
  readonly #services: CheckServices;
  #deadline: Deadline | null = null;
  #conclude: Conclude | null;
  #attempt: ConnectAttempt | null = null;

  constructor(target: ConnectTarget, services: CheckServices, conclude: Conclude) {
    this.#target = target;
    this.#services = services;
    this.#conclude = conclude;
  }

  start(timeout: number): void {
    this.#deadline = new Deadline(() => {
      this.#attempt?.cancel();
      this.#finish(`there was no connection within ${timeout} ms`);
    });
    this.#services.wheel.arm(this.#deadline, timeout);
    this.#attempt = this.#services.connector.connectStream(this.#target, this);
  }

  cancel(): void {
    this.#conclude = null;
    this.#attempt?.cancel();
    this.#finish(null);
  }

  onConnected(socket: Socket): void {
    socket.destroySoon();
    this.#finish(null);
  }

  onFailed(failure: ConnectFailure): void {
    this.#finish(failure.message);
  }

  #finish(cause: string | null): void {
    if (this.#deadline !== null) this.#services.wheel.disarm(this.#deadline);
    this.#attempt = null;
    const conclude = this.#conclude;
    this.#conclude = null;
    conclude?.(cause);
  }
}

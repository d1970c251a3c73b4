import type { BackendState } from '../../diagnosis/backend-state.ts';
import type { HostPort } from '../flags.ts';
import type { Paint } from '../report/paint.ts';
import { paintProtection, paintState } from '../report/status.ts';
import { renderTable } from '../report/table.ts';
import { type DemoBackend, demoHost } from './scenario.ts';

/** Where the demo is. */
export interface DemoPlace {
  readonly folder: string;
  readonly ca: string;
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly admin: HostPort | null;
}

/** What the demo did and saw. */
export interface DemoResult {
  readonly place: DemoPlace;
  readonly backends: readonly DemoBackend[];
  /** Status codes by path. */
  readonly answers: ReadonlyMap<string, number>;
  /** By `Backend.service`. */
  readonly states: ReadonlyMap<string, BackendState>;
}

export function renderDemo({ place, backends, answers, states }: DemoResult, paint: Paint): string {
  const { folder, ca, httpPort, httpsPort, admin } = place;
  const origin = `https://${demoHost}:${httpsPort}`;
  const rows = backends.map((backend) => row(backend, states.get(`shop/${backend.service}:443`), paint));
  const lines = backends.map(({ path }) => {
    const status = answers.get(path) ?? 0;
    const said = status === 200 ? paint.good(`# ${status}`) : paint.error(`# ${status}, and the log says why`);
    return `  curl --cacert ${ca} ${`${origin}${path}`.padEnd(origin.length + 12)}${said}`;
  });
  return [
    `${paint.strong('Farside')}  demo in a temporary folder, CA and certificates made just now`,
    '',
    `  listening   ${origin}   http://${demoHost}:${httpPort}`,
    ...(admin === null ? [] : [`  admin       http://${admin.host}:${admin.port}`]),
    `  YAML        ${folder}   edit it: changes take effect within a second`,
    '',
    renderTable(['ROUTE', 'BACKEND', 'TLS', 'SERVER NAME', 'STATE'], rows),
    '',
    ...lines,
    '',
    '  Ctrl-C ends it and removes the folder.',
  ].join('\n');
}

function row(backend: DemoBackend, state: BackendState | undefined, paint: Paint): string[] {
  if (state === undefined) return [backend.path, `shop/${backend.service}:443`, '', '', paint.faint('not seen yet')];
  // Only this backend ends the handshake of a client without a certificate, so its success says that it took ours.
  const accepted = backend.kind === 'mutual-tls' && state.state === 'ok';
  const summary = accepted ? `${state.summary}, client certificate "gateway" accepted` : state.summary;
  return [
    backend.path,
    state.service,
    paintProtection(state, paint),
    state.serverName,
    paintState({ ...state, summary }, paint),
  ];
}

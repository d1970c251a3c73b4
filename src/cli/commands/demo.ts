import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAddressPool } from '../../infrastructure/address-pool.ts';
import type { CliContext } from '../app.ts';
import { startBackends } from '../demo/backends.ts';
import { demoDocuments } from '../demo/documents.ts';
import { choosePorts } from '../demo/ports.ts';
import { demoBackends, issueDemoCertificates } from '../demo/scenario.ts';
import { type DemoPlace, renderDemo } from '../demo/screen.ts';
import { observeBackends, requestAll } from '../demo/visit.ts';
import { CommandFailure } from '../failure.ts';
import { startGatewayProcess } from '../gateway-process.ts';
import { createLogger } from '../log.ts';
import { paintFor } from '../report/paint.ts';
import { untilAskedToEnd } from '../signals.ts';

/** Milliseconds that requests in flight get to end. */
const drainTimeout = 2_000;

/** Shows the main job at work, on certificates and backends made just now, until it is asked to end. */
export async function demo(this: CliContext): Promise<void> {
  const address = parseAddressPool('127.0.0.1');
  if (address === null) throw new CommandFailure('127.0.0.1 is no address here');
  const folder = mkdtempSync(join(tmpdir(), 'farside-demo-'));
  // Before anything that can fail or take time, so that an impatient Ctrl-C leaves no keys behind.
  const removeFolder = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', removeFolder);
  const ended = untilAskedToEnd();

  const backends = demoBackends();
  const certificates = await issueDemoCertificates(backends);
  const { ports, close } = await startBackends(backends, certificates);
  for (const [name, text] of Object.entries(demoDocuments(backends, certificates, ports))) {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
  }
  const ca = join(folder, 'ca.pem');
  writeFileSync(ca, certificates.authority.certificate);

  const { portOffset, adminPort } = await choosePorts();
  const paint = paintFor(this.stdout, this.environment);
  const gateway = await startGatewayProcess({
    paths: [folder],
    address,
    portOffset,
    admin: { host: '127.0.0.1', port: adminPort },
    workers: 1,
    logger: createLogger('text', 'warn', this.stdout, paint),
    accessLog: { format: 'text', output: this.stdout },
  });
  try {
    const place: DemoPlace = {
      folder,
      ca,
      httpPort: 80 + portOffset,
      httpsPort: 443 + portOffset,
      admin: gateway.admin,
    };
    const answers = await requestAll(backends, place, certificates.authority.certificate);
    const states = await observeBackends(place);
    this.stdout.write(`\n${renderDemo({ place, backends, answers, states }, paint)}\n\n`);
    await ended;
  } finally {
    await gateway.stop(drainTimeout);
    await close();
    removeFolder();
  }
}

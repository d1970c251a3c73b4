import type { BackendState } from '../../diagnosis/backend-state.ts';
import type { StatusDocument } from '../../dialects/dialect.ts';
import type { Finding } from '../../model/finding.ts';
import { askAdmin } from '../admin.ts';
import type { CliContext, StatusFlags } from '../app.ts';
import { renderFindings } from '../report/findings.ts';
import { paintFor } from '../report/paint.ts';
import { renderBackends, renderStatus } from '../report/status.ts';

/** `/api/status` of the admin API. */
interface StatusAnswer {
  readonly revision: number;
  readonly ready: boolean;
  readonly cause?: string;
  readonly open: readonly string[];
  readonly status: readonly StatusDocument[];
  readonly findings: readonly Finding[];
}

/** Asks the running gateway and prints a table for each kind, then what is wrong. */
export async function status(this: CliContext, flags: StatusFlags): Promise<void> {
  const answer = (await askAdmin(flags.admin, '/api/status')) as StatusAnswer;
  const { backends } = (await askAdmin(flags.admin, '/api/backends')) as { readonly backends: readonly BackendState[] };
  if (flags.output === 'json') {
    this.stdout.write(`${JSON.stringify({ ...answer, backends }, null, 2)}\n`);
    return;
  }
  const paint = paintFor(this.stdout, this.environment);
  const readiness = answer.ready
    ? paint.good('ready')
    : paint.error(`not ready: ${answer.cause ?? 'no cause is told'}`);
  const open = answer.open.length === 0 ? 'nothing' : answer.open.join(', ');
  const sections = [
    `revision ${answer.revision}, ${readiness}; open: ${open}`,
    renderStatus(answer.status, paint),
    renderBackends(backends, paint),
    // Without excerpts: the files are on the gateway's machine, and may have changed since.
    renderFindings(answer.findings, new Map(), paint),
  ];
  this.stdout.write(`${sections.filter((section) => section !== '').join('\n\n')}\n`);
}

import { renderConfiguration } from '../../dataplanes/node/metrics/configuration.ts';
import { Exposition } from '../../dataplanes/node/metrics/exposition.ts';
import type { GatewayState } from '../state.ts';

const severities = ['error', 'warning', 'info'] as const;

/**
 * The metrics of a controller whose data planes are in pods, in Prometheus' text format. Traffic and certificates are told
 * by the pods themselves.
 */
export function renderControllerMetrics(
  state: GatewayState,
  followers: ReadonlyMap<string, number>,
  isLeading: boolean,
): string {
  const page = new Exposition();
  const leading = [[{}, +isLeading]] as const;
  page.metric('gauge', 'farside_controller_leading', '1 where statuses and pods are written here.', leading);
  renderConfiguration(page, state);
  page.metric(
    'gauge',
    'farside_data_plane_pods',
    'Pods that follow the configuration of their Gateway.',
    [...followers].map(([gateway, count]) => [{ gateway }, count] as const),
  );
  page.metric(
    'gauge',
    'farside_findings',
    'What there is to tell of the configuration, by severity.',
    severities.map((severity) => [{ severity }, count(state, severity)] as const),
  );
  return page.toString();
}

const count = ({ findings }: GatewayState, severity: (typeof severities)[number]): number =>
  findings.filter((finding) => finding.severity === severity).length;

import { Exposition } from '../../dataplanes/node/metrics/exposition.ts';
import type { GatewayState } from '../state.ts';

const severities = ['error', 'warning', 'info'] as const;

/**
 * The metrics of a controller whose data planes are in pods, in Prometheus' text format. Traffic and certificates are told
 * by the pods themselves.
 */
export function renderControllerMetrics(
  { revision, model, open, findings }: GatewayState,
  followers: ReadonlyMap<string, number>,
  isLeading: boolean,
): string {
  const page = new Exposition();
  const one = (value: number) => [[{}, value]] as const;
  page.metric('gauge', 'farside_controller_leading', '1 where statuses and pods are written here.', one(+isLeading));
  page.metric('gauge', 'farside_config_revision', 'The configuration in force.', one(revision));
  page.metric('gauge', 'farside_listeners', 'Listeners that are asked for.', one(Object.keys(model.listeners).length));
  page.metric('gauge', 'farside_listeners_open', 'Listeners that are open in all pods.', one(open.length));
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
    severities.map((severity) => [{ severity }, findings.filter((each) => each.severity === severity).length] as const),
  );
  return page.toString();
}

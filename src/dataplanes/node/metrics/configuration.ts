import type { Model } from '../../../model/model.ts';
import type { Exposition } from './exposition.ts';

/** What is asked for and what is open of it, wherever that is known: in a data plane, or in the controller of several. */
export interface ConfigurationInForce {
  readonly revision: number;
  readonly model: Model;
  /** Ids of the open listeners. */
  readonly open: readonly string[];
}

/** The gauges that both tell alike. */
export function renderConfiguration(page: Exposition, { revision, model, open }: ConfigurationInForce): void {
  const one = (value: number) => [[{}, value]] as const;
  page.metric('gauge', 'farside_config_revision', 'The configuration in force.', one(revision));
  page.metric('gauge', 'farside_listeners', 'Listeners that are asked for.', one(Object.keys(model.listeners).length));
  page.metric(
    'gauge',
    'farside_listeners_open',
    'Of these, those that every worker has open, in every pod.',
    one(open.length),
  );
}

import { ResourceSet } from '../resources/set.ts';
import { type GatewayState, initialState } from './state.ts';

/** What a gateway is doing that reads its configuration itself, and does not get it from a controller. */
export interface TranslatedState extends GatewayState {
  /** The objects that all this was made of, as the source gave them. */
  readonly resources: ResourceSet;
}

export const initialTranslatedState: TranslatedState = { ...initialState, resources: new ResourceSet([]) };

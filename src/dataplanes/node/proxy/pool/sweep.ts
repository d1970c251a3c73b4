/** Which idle connections end in a sweep over all pools. Idle times are numbers of sweeps. */
export interface Sweep {
  readonly after: number;
  /** As long as there is an excess. */
  readonly crowdedAfter: number;
  /** How many more connections are open than should be. Falls with each that ends. */
  excess: number;
}

import { checkModel } from '../dataplanes/node/check.ts';
import { contour } from '../dialects/contour/index.ts';
import type { Dialect } from '../dialects/dialect.ts';
import { gatewayApi } from '../dialects/gateway-api/index.ts';
import { controllerName } from '../dialects/gateway-api/names.ts';

/** The ways of saying how traffic flows, one line each. Where two say something under one name, the first counts. */
export const dialects: readonly Dialect[] = [gatewayApi, contour];

/**
 * `controllerName`: GatewayClasses of this controller are ours, and so are the status entries that carry it.
 * `checkModel`: what the embedded data plane cannot do of a model, told without starting it.
 */
export { checkModel, controllerName };

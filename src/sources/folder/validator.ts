import { type Validation, validateObject } from '../../resources/schema/validate.ts';

/** Says of a value what the API server would. Pure: equal values give equal answers. */
export type ValidateObject = (value: unknown) => Validation;

export { validateObject };

/**
 * Every type of condition that Farside writes somewhere. Of the live conditions these are ours to replace and to remove;
 * a type that is not here was set by somebody else.
 */
export const ownConditions: ReadonlySet<string> = new Set([
  'Accepted',
  'AddressesAssigned',
  'AttachedListenerSets',
  'Conflicted',
  'InsecureFrontendValidationMode',
  'OverlappingTLSConfig',
  'PartiallyInvalid',
  'Programmed',
  'ResolvedRefs',
  'SupportedVersion',
  'Valid',
]);

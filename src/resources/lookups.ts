import type { GroupKind } from './object.ts';

/**
 * Objects that a source fetches only when somebody asks for them by name: the Secrets and ConfigMaps of a cluster. What a
 * translation asks for says what is needed, so that nothing else has to know who refers to whom; and since permission
 * is checked before an object is asked for, what nobody may refer to is never fetched.
 */
export interface Lookups {
  /** An object of any kind is asked for. */
  note(kind: GroupKind, namespace: string, name: string): void;
  /**
   * Ends a translation: what it did not ask for may be forgotten. False where it asked for an object that exists and is
   * not there yet: the translation is of no use then, and the source offers another snapshot once the object is there.
   */
  complete(): boolean;
}

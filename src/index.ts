/**
 * What a program may use of Farside: objects from files, and what they mean for traffic. Nothing here opens a port.
 *
 *     const snapshot = await loadFolder(['gateway/']);
 *     const pool = parseAddressPool('127.0.0.1');
 *     const { model, status, findings } = translate(snapshot, { pool, portOffset: 0, now: new Date().toISOString() });
 */
export { type Desired, describeDesired as translate } from './control/desired.ts';
export type { TranslateOptions } from './control/translate.ts';
export type { StatusDocument } from './dialects/dialect.ts';
export { type AddressPool, parseAddressPool } from './infrastructure/address-pool.ts';
export type { Backend, Endpoint, EndpointSet } from './model/backend.ts';
export type { Finding, Severity } from './model/finding.ts';
export type { Listener, ListenerSection, VirtualHost } from './model/listener.ts';
export type { Model } from './model/model.ts';
export { type Decided, describeObject, describePosition, type ObjectReference, type Origin } from './model/origin.ts';
export type { Action, Match, Route } from './model/route.ts';
export type { BackendSecurity, BackendTls, Certificate, ListenerTls, TrustBundle, Verification } from './model/tls.ts';
export { loadFolder } from './sources/folder/load.ts';
export type { FolderSnapshot } from './sources/folder/reader.ts';

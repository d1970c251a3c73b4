import { type Decided, describeObject } from '../../../model/origin.ts';
import type { BackendSecurity, ServerName } from '../../../model/tls.ts';
import type { ExtensionService } from '../../../resources/generated/contour-types.ts';
import type { Resource } from '../../../resources/object.ts';
import { goQuote } from '../../../resources/schema/go-text.ts';
import { originOf } from '../../../resources/set.ts';
import type { StatusDocument } from '../../dialect.ts';
import { validCondition } from '../condition.ts';
import { kinds } from '../names.ts';
import { Notes } from '../notes.ts';
import type { ProxyContext } from '../proxy/context.ts';
import { readClientCertificate } from '../proxy/destination.ts';
import { readTimeouts } from '../route/timeouts.ts';
import { externalNameOf, findService } from '../service/lookup.ts';
import { composeTls, readValidation, type Validation } from '../service/security.ts';
import { defaultOrigin } from '../settings.ts';

/** An ExtensionService as it would be reached. Nothing asks it anything yet: who refers to one is not served. */
export interface ReadExtension {
  readonly resource: Resource<ExtensionService>;
  readonly notes: Notes;
  /** Ids of its backends; none where it is invalid. */
  readonly backends: readonly string[];
}

type Context = Pick<ProxyContext, 'resources' | 'settings' | 'secrets' | 'backends'>;

const effect = 'nothing is asked of it';

export function readExtensions(context: Context): readonly ReadExtension[] {
  return context.resources
    .list<ExtensionService>(kinds.extensionService)
    .map((resource) => readExtension(context, resource));
}

function readExtension(context: Context, resource: Resource<ExtensionService>): ReadExtension {
  const { settings, backends } = context;
  const notes = new Notes(resource);
  const { spec } = resource.object;
  if (spec === undefined) return { resource, notes, backends: [] };
  notePolicies(notes, resource);
  const { protocol = 'h2', services } = spec;
  const client = readClientCertificate(context, notes, resource, effect);
  const validation = readExtensionValidation(context, notes, resource);
  if (validation === 'invalid') return { resource, notes, backends: [] };
  const asked = spec.protocol === undefined ? defaultOrigin : originOf(resource, 'spec.protocol');
  const security: BackendSecurity =
    protocol === 'h2c'
      ? { type: 'plaintext', origin: asked }
      : {
          type: 'tls',
          tls: composeTls({
            ...{ owner: resource, protocol, asked, validation, settings },
            serverName: serverNameOf(resource, validation),
            client: client === 'invalid' ? null : client,
          }),
        };
  if (protocol === 'h2' && validation === null) noteUnverified(notes, resource);
  const targets = services.flatMap(({ name, port }, index) => findTarget(context, notes, resource, name, port, index));
  if (!notes.isValid) return { resource, notes, backends: [] };
  const settingsOf = {
    protocol: protocol === 'h2c' ? 'h2c' : 'auto',
    security,
    connectTimeout: settings.connectTimeout,
  } as const;
  const keys = {
    client: protocol === 'h2c' || client === 'invalid' ? null : client,
    trusted: validation?.trusted ?? null,
  };
  return { resource, notes, backends: targets.map((target) => backends.place(target, settingsOf, keys)) };
}

function findTarget(
  { resources }: Context,
  notes: Notes,
  resource: Resource<ExtensionService>,
  name: string,
  port: number,
  index: number,
) {
  const key = goQuote(`${resource.reference.namespace}/${name}`);
  const field = `spec.services[${index}]`;
  // The peer tells of a Service of that type in words of its own, whatever is enabled.
  const found = findService(resources, resource, name, port, true);
  if (found.type === 'invalid') {
    notes.error({
      ...{ type: 'ServiceError', reason: 'ServiceUnresolvedReference' },
      message: `unresolved service ${key}: ${found.message}`,
      ...{ effect, remedy: found.remedy, field },
    });
    return [];
  }
  if (externalNameOf(found.target.service.object) === '') return [found.target];
  notes.error({
    ...{ type: 'ServiceError', reason: 'UnsupportedServiceType' },
    message: `Service ${key} is of unsupported type "ExternalName".`,
    ...{ effect, remedy: 'name a Service with endpoints of its own', field },
  });
  return [];
}

function readExtensionValidation(
  { secrets }: Context,
  notes: Notes,
  resource: Resource<ExtensionService>,
): Validation | null | 'invalid' {
  const { validation: stated, protocol = 'h2' } = resource.object.spec ?? {};
  if (stated === undefined) return null;
  const read = readValidation(resource, stated, 'spec.validation', null, secrets);
  if (read.type === 'invalid') {
    notes.error(read.note);
    return 'invalid';
  }
  if (protocol === 'h2') return read.validation;
  notes.error({
    ...{ type: 'SpecError', reason: 'InconsistentProtocol' },
    message: `upstream TLS validation not supported for ${goQuote(protocol)} protocol`,
    ...{ effect, remedy: 'set protocol: h2', field: 'spec.protocol' },
  });
  return 'invalid';
}

/** The name that is verified, as with the peer; without one none is sent. */
function serverNameOf(resource: Resource<ExtensionService>, validation: Validation | null): Decided<ServerName> {
  const [name] = validation?.names ?? [];
  if (name === undefined) return { value: { type: 'none' }, origin: defaultOrigin };
  return {
    value: { type: 'fixed', name: name.toLowerCase() },
    origin: originOf(resource, 'spec.validation.subjectName'),
  };
}

function notePolicies(notes: Notes, resource: Resource<ExtensionService>): void {
  const { timeoutPolicy, loadBalancerPolicy } = resource.object.spec ?? {};
  const times = readTimeouts(timeoutPolicy, undefined, { requestTimeout: null, streamIdleTimeout: undefined });
  if (times.type === 'invalid') {
    notes.error({
      ...{ type: 'SpecError', reason: 'TimeoutPolicyNotValid' },
      message: `spec.timeoutPolicy failed to parse: ${times.message}`,
      ...{ effect, remedy: 'write a duration such as 30s, or infinity', field: `spec.timeoutPolicy.${times.field}` },
    });
  }
  const ignored = (field: string, message: string): void =>
    notes.warn({ type: 'SpecError', reason: 'IgnoredField', message, remedy: 'remove it', field });
  const strategy = loadBalancerPolicy?.strategy;
  if (strategy === 'Cookie' || strategy === 'RequestHash') {
    ignored(
      'spec.loadBalancerPolicy',
      `ignoring field ".Spec.LoadBalancerPolicy"; ${strategy} load balancer policy is not supported for ExtensionClusters`,
    );
  }
  if (timeoutPolicy?.idle !== undefined && timeoutPolicy.idle !== '') {
    ignored(
      'spec.timeoutPolicy.idle',
      'ignoring field ".Spec.TimeoutPolicy.Idle"; idle timeouts are not supported for ExtensionClusters',
    );
  }
}

function noteUnverified(notes: Notes, resource: Resource<ExtensionService>): void {
  const asker = resource.object.spec?.protocol === undefined ? 'the default of an ExtensionService' : 'protocol: h2';
  notes.warn({
    ...{ type: 'SpecError', reason: 'Unverified' },
    message: `${describeObject(resource.reference)} is spoken to over TLS (h2, asked for by ${asker}) and nobody verifies who answers`,
    ...{ remedy: 'set spec.validation, with caSecret and subjectName', field: 'spec' },
  });
}

export function extensionStatus({ resource, notes }: ReadExtension, now: string): StatusDocument {
  const { apiVersion, kind, namespace, name } = resource.reference;
  const condition = validCondition(notes, 'Valid ExtensionService', now);
  return { apiVersion, kind, metadata: { namespace, name }, status: { conditions: [condition] } };
}

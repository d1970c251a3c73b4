import { readFileSync } from 'node:fs';
import {
  buildApplication,
  buildCommand,
  buildRouteMap,
  type CommandContext,
  type StricliProcess,
  text_en,
} from '@stricli/core';
import type { AddressPool } from '../infrastructure/address-pool.ts';
import {
  addressFlags,
  adminFlag,
  dialectFlags,
  jsonFlag,
  logFlags,
  optionalText,
  parsed,
  paths,
  workersFlag,
} from './common-flags.ts';
import { CommandFailure } from './failure.ts';
import { type DialectFlags, dialectNames, type HostPort, parseAddress, parseHostPort, UsageError } from './flags.ts';
import { describeUnknownCommand, describeWrongArguments } from './wrong-usage.ts';

/** What commands use of the process, so that tests can run them in their own. */
export interface CliContext extends CommandContext {
  readonly process: StricliProcess;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly environment: NodeJS.ProcessEnv;
  /** The exit code of a command that did its work and has bad news: 1 for `check` with errors. */
  exitCode: number;
}

export type OutputFormat = 'yaml' | 'json';

export interface RunFlags extends DialectFlags {
  readonly address: AddressPool;
  readonly portOffset: number;
  readonly admin: HostPort;
  readonly workers: number;
  readonly logFormat: 'text' | 'json';
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
}

export interface ControllerFlags extends Omit<RunFlags, 'address'> {
  readonly address?: AddressPool;
  readonly namespace?: string;
  readonly dataPlaneImage?: string;
  readonly deployment?: string;
  readonly dialects?: readonly (typeof dialectNames)[number][];
  readonly stream: HostPort;
  readonly streamAddress?: HostPort;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly leaderElection: boolean;
  readonly leaderElectionNamespace?: string;
  readonly leaderElectionName: string;
}

export interface DataPlaneFlags extends Pick<RunFlags, 'admin' | 'workers' | 'logFormat' | 'logLevel'> {
  readonly controller: HostPort;
  readonly credentials: string;
}

export interface TranslateFlags extends DialectFlags {
  readonly address: AddressPool;
  readonly portOffset: number;
  readonly output: OutputFormat;
}

export interface CheckFlags extends DialectFlags {
  readonly address: AddressPool;
  readonly portOffset: number;
  readonly output?: 'json';
}

export interface StatusFlags {
  readonly admin: HostPort;
  readonly output?: 'json';
}

const run = buildCommand<RunFlags, string[], CliContext>({
  loader: async () => (await import('./commands/run.ts')).run,
  parameters: {
    flags: { ...addressFlags, ...dialectFlags, admin: adminFlag, workers: workersFlag, ...logFlags },
    positional: paths,
  },
  docs: { brief: 'Serve the YAML of files and folders, and follow their changes' },
});

const controller = buildCommand<ControllerFlags, [], CliContext>({
  loader: async () => (await import('./commands/controller.ts')).controller,
  parameters: {
    flags: {
      kubeconfig: optionalText('How to reach the cluster; otherwise KUBECONFIG or the pod says it', 'FILE'),
      context: optionalText('The context of the kubeconfig, if not the current one', 'NAME'),
      address: {
        kind: 'parsed',
        brief: 'Serve in this machine instead of pods: an address, or a CIDR from which each Gateway gets its own',
        placeholder: 'ADDRESS',
        parse: parseAddress,
        optional: true,
      },
      dataPlaneImage: optionalText('The image of the pods that carry the traffic', 'IMAGE'),
      stream: parsed('Where those pods get their configuration', 'HOST:PORT', parseHostPort, '0.0.0.0:18000'),
      streamAddress: {
        kind: 'parsed',
        brief: 'How those pods reach that: the name of a Service, and its port',
        placeholder: 'HOST:PORT',
        parse: parseHostPort,
        optional: true,
      },
      deployment: optionalText('Our own Deployment: what is made for no single Gateway is deleted with it', 'NAME'),
      namespace: optionalText('Our own namespace, if not that of the context or pod', 'NAME'),
      portOffset: addressFlags.portOffset,
      dialects: {
        kind: 'enum',
        values: dialectNames,
        brief: 'Whose objects are read and given a status; all unless some are named',
        optional: true,
        variadic: ',',
      },
      ...dialectFlags,
      admin: adminFlag,
      workers: workersFlag,
      leaderElection: {
        kind: 'boolean',
        brief: 'Let one of several controllers write statuses; without it, this one does',
        default: true,
      },
      leaderElectionNamespace: optionalText('Namespace of the Lease, if not that of the context or pod', 'NAME'),
      leaderElectionName: parsed('Name of the Lease', 'NAME', String, 'farside-controller'),
      ...logFlags,
    },
  },
  docs: {
    brief: 'Give the Gateways of a Kubernetes cluster what they need, and write their statuses',
    fullDescription:
      'Give the Gateways of a Kubernetes cluster what they need, and write their statuses.\n\nEach Gateway gets a Deployment and a Service of its own, or with --address a place in this machine. Traffic goes on with what was last known while the API server or the controller is away.',
  },
});

const dataPlane = buildCommand<DataPlaneFlags, [], CliContext>({
  loader: async () => (await import('./commands/data-plane.ts')).dataPlane,
  parameters: {
    flags: {
      controller: {
        kind: 'parsed',
        brief: 'Where the controller serves the configuration stream',
        placeholder: 'HOST:PORT',
        parse: parseHostPort,
      },
      credentials: {
        kind: 'parsed',
        brief: 'Folder with tls.crt, tls.key and ca.crt for that stream',
        placeholder: 'FOLDER',
        parse: String,
      },
      admin: adminFlag,
      workers: workersFlag,
      ...logFlags,
    },
  },
  docs: { brief: 'Carry the traffic of one Gateway of a controller elsewhere (its pods run this)' },
});

const translate = buildCommand<TranslateFlags, string[], CliContext>({
  loader: async () => (await import('./commands/translate.ts')).translate,
  parameters: {
    flags: {
      ...addressFlags,
      ...dialectFlags,
      output: { kind: 'enum', values: ['yaml', 'json'], brief: 'Format of the document', default: 'yaml' },
    },
    positional: paths,
    aliases: { o: 'output' },
  },
  docs: { brief: 'Print what would happen, as model, status and findings, and open nothing' },
});

const check = buildCommand<CheckFlags, string[], CliContext>({
  loader: async () => (await import('./commands/check.ts')).check,
  parameters: {
    flags: { ...addressFlags, ...dialectFlags, output: jsonFlag },
    positional: paths,
    aliases: { o: 'output' },
  },
  docs: {
    brief: 'Tell what is wrong with the YAML of files and folders',
    fullDescription:
      'Tell what is wrong with the YAML of files and folders.\n\nExit code 0: no errors; 1: errors; 2: wrong usage.',
  },
});

const status = buildCommand<StatusFlags, [], CliContext>({
  loader: async () => (await import('./commands/status.ts')).status,
  parameters: { flags: { admin: adminFlag, output: jsonFlag }, aliases: { o: 'output' } },
  docs: { brief: 'Ask a running gateway how it is' },
});

const demo = buildCommand<Record<never, never>, [], CliContext>({
  loader: async () => (await import('./commands/demo.ts')).demo,
  parameters: { flags: {} },
  docs: { brief: 'See it work: backends with right and wrong certificates, and the gateway before them' },
});

/** Exit code for a command that was called wrongly. */
export const wrongUsage = 2;

/** What a person can act on is one line; what is a fault of ours has its stack. */
function describeFailure(cause: unknown): string {
  if (cause instanceof UsageError || cause instanceof CommandFailure) return `farside: ${cause.message}`;
  return `farside: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`;
}

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

export const application = buildApplication<CliContext>(
  buildRouteMap({
    routes: { run, controller, 'data-plane': dataPlane, translate, check, status, demo },
    docs: { brief: 'A Kubernetes gateway that cares most about the far side: the TLS from gateway to backend' },
  }),
  {
    name: 'farside',
    versionInfo: { currentVersion: version },
    scanner: { caseStyle: 'allow-kebab-for-camel', allowArgumentEscapeSequence: true },
    documentation: { useAliasInUsageLine: true },
    determineExitCode: (cause) => (cause instanceof UsageError ? wrongUsage : 1),
    localization: {
      text: {
        ...text_en,
        noCommandRegisteredForInput: ({ input, corrections }) => describeUnknownCommand(input, corrections),
        exceptionWhileParsingArguments: describeWrongArguments,
        exceptionWhileRunningCommand: describeFailure,
      },
    },
  },
);

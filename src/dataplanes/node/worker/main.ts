// A worker process. It has no configuration of its own: all comes from the control process, and it ends with it.
import { Socket } from 'node:net';
import { growHeapSlowly, MemoryReturn } from '../heap.ts';
import { jsonLines } from './access-log-json.ts';
import { textLines } from './access-log-text.ts';
import { AccessLogWriter } from './access-log-writer.ts';
import type { AccessLogFormat, Order, Report } from './messages.ts';
import { Worker } from './worker.ts';

/** Milliseconds for what is in flight when the control process is gone. */
const orphanTimeout = 5_000;
/** Milliseconds. */
const observationPeriod = 10_000;

growHeapSlowly();

let worker: Worker | null = null;
const memory = new MemoryReturn(() => worker?.isIdle === true);
setInterval(() => memory.observe(worker?.connections ?? 0), observationPeriod).unref();
let ending = false;
/** Configurations are put in force one after the other. */
let applying: Promise<void> = Promise.resolve();

function report(message: Report): void {
  if (process.connected) process.send?.(message);
}

function accessLog(format: AccessLogFormat): AccessLogWriter | null {
  if (format === 'off') return null;
  // `process.stdout` would block the worker when the pipe is full.
  const output = new Socket({ fd: 1, readable: false, writable: true });
  // The reader is gone; so is the control process, which is told of elsewhere.
  output.on('error', () => {});
  return new AccessLogWriter(output, format === 'json' ? jsonLines : textLines);
}

async function apply(current: Worker, order: Extract<Order, { type: 'apply' }>): Promise<void> {
  const failures = await current.apply(order.delta, order.ticketSecret);
  report({ type: 'applied', revision: order.revision, open: current.open, failures });
  memory.changed();
}

async function end(timeout: number): Promise<void> {
  if (ending) return;
  ending = true;
  await worker?.drain(timeout);
  process.exit(0);
}

function obey(order: Order): void {
  if (order.type === 'start') {
    worker = new Worker(order.settings, accessLog(order.settings.accessLog), report);
    report({ type: 'ready' });
    return;
  }
  const current = worker;
  if (current === null) return;
  switch (order.type) {
    case 'apply':
      applying = applying.then(() => apply(current, order));
      break;
    case 'check-health':
      current.checkHealth(order.on);
      break;
    case 'health':
      current.takeHealth(order.verdicts);
      break;
    case 'measure':
      report({ type: 'measured', request: order.request, snapshot: current.measure() });
      break;
    case 'dismiss':
      current.dismiss();
      break;
    case 'drain':
      void end(order.timeout);
  }
}

// Signals of a terminal or a service manager reach the whole group; the control process says when to end.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
process.on('disconnect', () => {
  // Who ends the control process while it drains has no more patience.
  if (ending) process.exit(0);
  void end(orphanTimeout);
});
process.on('message', (message) => obey(message as Order));

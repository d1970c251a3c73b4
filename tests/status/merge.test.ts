import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeStatus, mostAncestors } from '../../src/status/merge.ts';

const controllerName = 'farside.dev/gateway-controller';
const before = '2026-01-01T00:00:00Z';
const now = '2026-02-02T00:00:00Z';
const writer = { controllerName, now };

const condition = (type: string, status: string, message = '', lastTransitionTime = now) => ({
  type,
  status,
  reason: type,
  message,
  observedGeneration: 1,
  lastTransitionTime,
});
const entry = (name: string, status: string, time = now, controller = controllerName) => ({
  ancestorRef: { name },
  controllerName: controller,
  conditions: [condition('Accepted', status, '', time)],
});

test('a transition time moves only when the status of its condition changes', () => {
  const live = {
    conditions: [condition('Accepted', 'True', 'old', before), condition('Programmed', 'False', '', before)],
  };
  const desired = {
    conditions: [condition('Accepted', 'True', 'new'), condition('Programmed', 'True'), condition('New', 'True')],
  };
  assert.deepEqual(mergeStatus(live, desired, writer), {
    conditions: [
      condition('Accepted', 'True', 'new', before),
      condition('Programmed', 'True', '', now),
      condition('New', 'True', '', now),
    ],
  });
});

test('a status that would not change is the live one itself', () => {
  const live = { addresses: [{ value: '::1' }], conditions: [condition('Accepted', 'True', 'x', before)] };
  const desired = { addresses: [{ value: '::1' }], conditions: [condition('Accepted', 'True', 'x')] };
  assert.equal(mergeStatus(live, desired, writer), live);
  assert.notEqual(mergeStatus(live, { ...desired, addresses: [] }, writer), live);
});

test('listeners keep the times of the listener of the same name', () => {
  const listener = (name: string, time: string) => ({
    name,
    attachedRoutes: 0,
    conditions: [condition('Accepted', 'True', '', time)],
  });
  const live = { listeners: [listener('a', before), listener('b', before)] };
  assert.deepEqual(mergeStatus(live, { listeners: [listener('b', now), listener('c', now)] }, writer), {
    listeners: [listener('b', before), listener('c', now)],
  });
});

test('entries of other controllers stay; ours are what is desired, in order', () => {
  const live = {
    ancestors: [
      entry('x', 'False', before, 'example.com/other'),
      entry('b', 'True', before),
      entry('gone', 'True', before),
    ],
  };
  const desired = { ancestors: [entry('c', 'True'), entry('b', 'True')] };
  assert.deepEqual(mergeStatus(live, desired, writer), {
    ancestors: [entry('x', 'False', before, 'example.com/other'), entry('b', 'True', before), entry('c', 'True', now)],
  });
});

test('a reference is the same with its defaults written or not', () => {
  const parent = (parentRef: object, time: string) => ({
    parentRef,
    controllerName,
    conditions: [condition('Accepted', 'True', '', time)],
  });
  const short = { name: 'edge' };
  const long = { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'edge' };
  const merged = mergeStatus({ parents: [parent(short, before)] }, { parents: [parent(long, now)] }, writer);
  assert.deepEqual(merged, { parents: [parent(long, before)] });
  const section = mergeStatus(
    { parents: [parent(short, before)] },
    { parents: [parent({ ...short, sectionName: 'https' }, now)] },
    writer,
  );
  assert.deepEqual(section, { parents: [parent({ ...short, sectionName: 'https' }, now)] });
});

test('there are never more than sixteen ancestors, and those of others are not ours to remove', () => {
  const others = Array.from({ length: 14 }, (_, index) => entry(`other${index}`, 'True', before, 'example.com/other'));
  const desired = { ancestors: ['d', 'b', 'c', 'a'].map((name) => entry(name, 'True')) };
  const merged = mergeStatus({ ancestors: others }, desired, writer) as {
    ancestors: { ancestorRef: { name: string } }[];
  };
  assert.equal(merged.ancestors.length, mostAncestors);
  assert.deepEqual(
    merged.ancestors.slice(14).map(({ ancestorRef }) => ancestorRef.name),
    ['a', 'b'],
  );
});

test('neither input is changed', () => {
  const live = Object.freeze({
    conditions: Object.freeze([Object.freeze(condition('Accepted', 'False', '', before))]),
  });
  const desired = Object.freeze({ conditions: Object.freeze([Object.freeze(condition('Accepted', 'True'))]) });
  mergeStatus(live, desired, writer);
  assert.equal(live.conditions[0]?.lastTransitionTime, before);
});

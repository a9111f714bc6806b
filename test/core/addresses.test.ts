/** Addresses: one integer for every actor, and back. */
import { expect, test } from 'vitest';
import {
  FAULTS,
  MACHINE_AUTOSCALER,
  MODEL_AUTOSCALER,
  MONITOR,
  OFFLINE,
  ROLLOUTS_MAX,
  SAMPLER,
  SCHEDULER,
  addressName,
  idAt,
  isQueue,
  lifecycleOf,
  machineAt,
  queueOf,
  rolloutAt,
} from '../../core/index.ts';

const ROLLOUTS = Array.from({ length: ROLLOUTS_MAX }, (_, index) => rolloutAt(index));
const CONTROL = [SCHEDULER, MODEL_AUTOSCALER, MACHINE_AUTOSCALER, MONITOR, SAMPLER, FAULTS, OFFLINE, ...ROLLOUTS];
const IDS = [0, 1, 2, 17, 9999];

test('no two actors share an address', () => {
  const all = [...CONTROL, ...IDS.flatMap((id) => [queueOf(id), lifecycleOf(id), machineAt(id)])];
  expect(new Set(all).size).toBe(all.length);
});

test('the id of an address is the id it was made from', () => {
  for (const id of IDS)
    expect([queueOf(id), lifecycleOf(id), machineAt(id)].map((at) => idAt(at))).toEqual([id, id, id]);
});

test('only queues are queues', () => {
  expect(IDS.every((id) => isQueue(queueOf(id)))).toBe(true);
  expect([...CONTROL, ...IDS.flatMap((id) => [lifecycleOf(id), machineAt(id)])].some((at) => isQueue(at))).toBe(false);
});

test('addresses have names for people', () => {
  const control = [SCHEDULER, FAULTS, OFFLINE, rolloutAt(0), rolloutAt(7)].map((at) => addressName(at));
  expect(control).toEqual(['scheduler', 'faults', 'offline', 'rollout-0', 'rollout-7']);
  const names = [queueOf(3), lifecycleOf(3), machineAt(0)].map((at) => addressName(at));
  expect(names).toEqual(['worker-3', 'worker-3/lifecycle', 'machine-0']);
});

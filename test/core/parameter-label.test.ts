// What a swept parameter is called: enough of its path to be understood, and no more.
import { expect, test } from 'vitest';
import { parameterLabel, parameterSteps } from '../../core/index.ts';

test.each([
  ['workload.arrivals.rate', 'rate'],
  ['rate', 'rate'],
  ['rollouts.0.at', 'rollouts[0].at'],
  ['rollouts[1].at', 'rollouts[1].at'],
  ['workload.queries[2]', 'queries[2]'],
  ['fleet.machines.p3.2xlarge', 'p3.2xlarge'],
  ['fleet.machines.p3.2xlarge.max', 'p3.2xlarge.max'],
  ['fleet.workers.resnet-v1.5', 'resnet-v1.5'],
  ['policies.infaas.fleet.workers.resnet-v1.5', 'resnet-v1.5'],
  ['limits.workers', 'workers'],
  ['at', 'at'],
  ['0', '0'],
])('of %s the label is %s', (path, label) => {
  expect(parameterLabel(path)).toBe(label);
});

test('a name with dots is one step', () => {
  expect(parameterSteps('fleet.machines.p3.2xlarge.max')).toEqual(['fleet', 'machines', 'p3.2xlarge', 'max']);
});

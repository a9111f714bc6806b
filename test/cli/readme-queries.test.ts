// The queries of INFaaS's README against a running service: an experiment's policy set, deployed as it is, chooses the
// variants that the README names. Latency tables stand in for the three variants.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { repositoryRoot } from '../../backends/index.ts';
import { startService, temporaryFolder, writePicture } from './service-runs.ts';
import type { RunningService } from './service-runs.ts';

const folder = temporaryFolder();
let service: RunningService;
let picture: string;
beforeAll(async () => {
  const config = join(repositoryRoot(), 'experiments', 'configs', 'infaas', 'e2-readme-queries.yaml');
  service = await startService('--config', config);
  picture = (await writePicture(folder, 0)).path;
}, 120_000);
afterAll(async () => {
  await service.end();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

/** In the README's order, on a cold service: what is warm takes later queries. */
const QUERIES = [
  { objective: 'a loose latency', args: ['-a', 'resnet50', '-l', '300'], variant: 'resnet50-tensorflow-cpu4' },
  { objective: 'a tight latency', args: ['-a', 'resnet50', '-l', '50'], variant: 'resnet50-inferentia' },
  {
    objective: 'a use case with an accuracy',
    args: ['-t', 'classification', '-D', 'imagenet', '-A', '70', '-l', '50'],
    variant: 'resnet50-inferentia',
  },
  {
    objective: 'two inputs within a tight latency',
    args: ['-a', 'resnet50', '-l', '20', '-i', 'PICTURE'],
    variant: 'resnet50-tensorrt-b4',
  },
];

test.each(QUERIES)('$objective is answered by $variant', async ({ args, variant }) => {
  const words = args.map((word) => (word === 'PICTURE' ? picture : word));
  const { status, stderr } = await service.call('query', 'online', ...words, '-d', '224', '-i', picture);
  expect(status).toBe(0);
  expect(stderr).toContain(`served by ${variant} `);
});

/**
 * Writes `data/imagenet-*.yaml`, the variants that are scaled from ResNet50's. Run it after a change of
 * `imagenet/` or of `data/resnet50.yaml`:
 *
 *   npx tsx backends/catalogue/build-imagenet-catalogue.ts
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { imagenetFiles } from './imagenet/imagenet-files.ts';
import { loadCatalogueFiles } from './load-catalogue-files.ts';
import { repositoryRoot } from './repository-root.ts';

const data = join(repositoryRoot(), 'backends', 'catalogue', 'data');
for (const [file, text] of imagenetFiles(loadCatalogueFiles([join(data, 'resnet50.yaml')]).variants)) {
  writeFileSync(join(data, file), text);
  process.stdout.write(`${file}: ${text.length} characters\n`);
}

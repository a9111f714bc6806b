/** What the tests of offline jobs share: pictures as files, small limits, outputs as they lie there. */
import { mkdirSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { builtInHandlers, Handlers, repositoryRoot } from '../../../backends/index.ts';
import type { JobRequest, OfflineOptions } from '../../../live/offline/index.ts';

export const LINEAR = 'fmnist-linear-fp32';
const SIDE = 28;

export function handlers(): Handlers {
  return new Handlers(builtInHandlers({ maxPixels: 1e6, maxSeconds: 10 }));
}

/** Small limits, no throttle. */
export function offlineOptions(changes: Partial<OfflineOptions> = {}): OfflineOptions {
  return {
    roots: [],
    framework: '',
    throttle: { utilisation: Infinity, flagged: false },
    batch: 4,
    attemptsMax: 3,
    jobsMax: 10,
    filesMax: 100_000,
    fileMaxBytes: 1e6,
    fileTimeoutMs: 5000,
    finishMs: 5000,
    endedKept: 10,
    ...changes,
  };
}

/** A request for the architecture of the smallest bundled model, from `folder/in` to `folder/out`. */
export function requestIn(folder: string, changes: Partial<JobRequest> = {}): JobRequest {
  const paths = { input: join(folder, 'in'), output: join(folder, 'out') };
  return { application: 'default', ...paths, architecture: 'linear', variant: '', version: '', ...changes };
}

/** Writes the first test pictures as `0000.png`, `0001.png` ... into a folder. */
export async function writePictures(folder: string, count: number): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const images = readFileSync(modelsFile('test-2000-images.u8'));
  const size = SIDE * SIDE;
  await Promise.all(
    Array.from({ length: count }, (_, at) =>
      sharp(images.subarray(at * size, (at + 1) * size), { raw: { width: SIDE, height: SIDE, channels: 1 } })
        .toColourspace('b-w')
        .png({ compressionLevel: 1 })
        .toFile(join(folder, pictureName(at))),
    ),
  );
}

export function pictureName(at: number): string {
  return `${String(at).padStart(4, '0')}.png`;
}

/** Labels of the test pictures, as numbers of the class. */
export function trueLabels(): Uint8Array {
  return readFileSync(modelsFile('test-2000-labels.u8'));
}

/** An output as it lies on the disk. */
export interface Output {
  readonly job: string;
  readonly item: number;
  readonly file: string;
  readonly model: string;
  readonly variant: string;
  readonly version: string;
  readonly answer: { readonly index: number; readonly label: string };
}

/** Outputs by the name of their input. */
export function outputsIn(folder: string): ReadonlyMap<string, Output> {
  const outputs = readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Output);
  return new Map(outputs.map((output) => [output.file, output]));
}

/** Numbers of the whole files on the disk: another one for a file that was written again. */
export function inodesIn(folder: string): ReadonlyMap<string, number> {
  const whole = readdirSync(folder).filter((name) => !name.startsWith('.'));
  return new Map(whole.map((name) => [name, statSync(join(folder, name)).ino]));
}

function modelsFile(name: string): string {
  return join(repositoryRoot(), 'backends', 'catalogue', 'models', 'fashion-mnist', name);
}

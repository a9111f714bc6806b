/** The catalogue files of all ImageNet networks but ResNet50, as texts: what the build script writes and a test checks. */
import { invariant } from '../../../core/index.ts';
import type { VariantDefinition } from '../definitions.ts';
import { familyText } from './family-text.ts';
import { FAMILIES } from './networks.ts';

/** ResNet50's variants that every network gets one of, the GPU variants first and by ascending batch. */
const LADDER = [
  'resnet50-tensorrt-b1',
  'resnet50-tensorrt-b4',
  'resnet50-tensorrt-b8',
  'resnet50-tensorrt-b16',
  'resnet50-tensorrt-b32',
  'resnet50-pytorch-cpu4',
  'resnet50-tensorflow-cpu4',
  'resnet50-inferentia',
] as const;

/** Texts by file name. @param resnet50 the definitions of `data/resnet50.yaml`. */
export function imagenetFiles(resnet50: readonly VariantDefinition[]): ReadonlyMap<string, string> {
  const ladder = LADDER.map((name) => {
    const anchor = resnet50.find((variant) => variant.name === name);
    invariant(anchor !== undefined, `${name} is defined`);
    return anchor;
  });
  return new Map(FAMILIES.map((family) => [`imagenet-${family.name}.yaml`, familyText(family, ladder)]));
}

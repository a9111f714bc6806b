/** The histograms of KServe's Python server under their names, with the edges of its client library. */
import { Histogram, Registry } from 'prom-client';
import { toSeconds } from '../../../core/index.ts';
import { isInUse } from './peer-families.ts';
import type { PeerFamilies } from './peer-families.ts';

/** Edges that Prometheus' Python client gives a histogram by itself. */
const BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const PARTS = ['preprocess', 'predict', 'postprocess', 'explain'] as const;

export function kserveFamilies(): PeerFamilies {
  const registry = new Registry();
  const [preprocess, predict, postprocess, explain] = PARTS.map((part) => {
    const name = `request_${part}_seconds`;
    return new Histogram({
      name,
      help: `Time in ${part}`,
      labelNames: ['model_name'],
      buckets: BUCKETS_S,
      registers: [registry],
    });
  });
  const shown = new Map<string, { readonly model_name: string }>();
  const labelsOf = (name: string): { readonly model_name: string } => {
    let labels = shown.get(name);
    if (labels === undefined) {
      labels = { model_name: name };
      shown.set(name, labels);
      for (const histogram of [preprocess, predict, postprocess, explain]) histogram.zero(labels);
    }
    return labels;
  };
  return {
    observer: {
      queryEnded: (end) => {
        if (end.outcome !== 'served' && end.outcome !== 'late') return;
        const labels = labelsOf(end.variant);
        preprocess.observe(labels, toSeconds(end.preprocessNs));
        predict.observe(labels, toSeconds(end.inferNs));
        postprocess.observe(labels, toSeconds(end.postprocessNs));
      },
    },
    text: async ({ variants }, wanted) => {
      for (const { name } of variants.filter(isInUse)) labelsOf(name);
      const names = PARTS.map((part) => `request_${part}_seconds`).filter(
        (name) => wanted.size === 0 || wanted.has(name),
      );
      const texts = await Promise.all(names.map((name) => registry.getSingleMetricAsString(name)));
      return texts.map((text) => `${text}\n`).join('');
    },
    keepOnly: (isKnown) => {
      for (const [name, labels] of shown) {
        if (isKnown({ name, version: '' })) continue;
        shown.delete(name);
        for (const histogram of [preprocess, predict, postprocess, explain]) histogram.remove(labels);
      }
    },
  };
}

/**
 * What there is to ask for: `GET /rehearse/v1/architectures` and `.../architectures/:name` are INFaaS's `modarch` and
 * `modinfo`, `GET /rehearse/v1/models` lists every version of every variant.
 */
import { z } from 'zod';
import { meantName } from '../../backends/index.ts';
import type { Variant } from '../../core/index.ts';
import { useCaseName } from '../../core/index.ts';
import type { HttpRoute } from '../http/index.ts';
import { statesArchitecture, statesUseCase } from '../service/index.ts';
import type { ModelDirectory, ServedVariant } from '../service/index.ts';
import type { ControlParts } from './control-parts.ts';
import { jsonAnswer, readQuery, refusal, shown } from './json-call.ts';

const filterShape = z.strictObject(
  { task: z.string().optional(), dataset: z.string().optional() },
  { error: 'task and dataset' },
);

export function catalogueRoutes({ service }: Pick<ControlParts, 'service'>): HttpRoute[] {
  return [
    {
      methods: ['GET'],
      path: '/rehearse/v1/architectures',
      scope: 'manage',
      handle(exchange) {
        const { task, dataset } = readQuery(exchange, filterShape);
        const found = architectures(service.directory).filter(({ variants: [{ definition }] }) => {
          const { useCase } = definition;
          return (
            (task === undefined || useCase.task === task) && (dataset === undefined || useCase.dataset === dataset)
          );
        });
        return jsonAnswer({ architectures: found.map(({ name }) => name) });
      },
    },
    {
      methods: ['GET'],
      path: '/rehearse/v1/architectures/:name',
      scope: 'manage',
      handle({ params }) {
        const found = architectures(service.directory).find(({ name }) => name === params['name']);
        if (found === undefined) throw unknownArchitecture(params['name'], architectures(service.directory));
        return jsonAnswer(infoOf(found));
      },
    },
    {
      methods: ['GET'],
      path: '/rehearse/v1/models',
      scope: 'manage',
      handle: () => {
        const entries = service.directory.list().filter(({ form }) => form === 'variant');
        return jsonAnswer({ models: entries.map(({ variants: [variant] }) => modelOf(variant)) });
      },
    },
  ];
}

interface Architecture {
  readonly name: string;
  /** Default versions, by the latency of one input; at least one. */
  readonly variants: readonly ServedVariant[];
}

function architectures(directory: ModelDirectory): Architecture[] {
  const byName = new Map<string, ServedVariant[]>();
  for (const { form, isDefault, variants } of directory.list()) {
    if (form !== 'variant' || !isDefault) continue;
    const [variant] = variants;
    if (!statesArchitecture(variant)) continue;
    const { architecture } = variant.definition;
    byName.set(architecture, [...(byName.get(architecture) ?? []), variant]);
  }
  return [...byName].map(([name, variants]) => {
    const sorted = variants.toSorted((a, b) => singleNs(a.definition) - singleNs(b.definition));
    return { name, variants: sorted };
  });
}

/** As INFaaS tells it: size and accuracy are those of the variant with the lowest latency. */
function infoOf({ name, variants }: Architecture): object {
  const [{ definition: first }] = variants;
  return {
    architecture: name,
    task: first.useCase.task,
    dataset: first.useCase.dataset,
    ...(first.useCase.size === undefined ? {} : { size: first.useCase.size }),
    accuracyPercent: first.accuracyPercent,
    variants: variants.map(modelOf),
  };
}

function modelOf(variant: ServedVariant): object {
  const { name, definition, isDefault, source } = variant;
  const { version, architecture, useCase, framework, hardware, precision, maxBatch, accuracyPercent } = definition;
  return {
    name,
    version,
    isDefault,
    source,
    architecture: statesArchitecture(variant) ? architecture : '',
    useCase: statesUseCase(variant) ? useCaseName(useCase) : '',
    framework,
    hardware,
    precision,
    maxBatch,
    accuracyPercent,
    latencyMs: singleNs(definition) / 1e6,
    loadMs: definition.profile.loadNs / 1e6,
    memoryBytes: definition.resources.memoryBytes,
    handler: definition.handler ?? null,
  };
}

/** Latency of the smallest batch that was measured. */
function singleNs({ profile }: Pick<Variant, 'profile'>): number {
  return profile.rows[0].meanNs;
}

function unknownArchitecture(name: string, known: readonly Architecture[]): Error {
  const names = known.map((each) => each.name);
  return refusal({
    code: 'CONTROL_UNKNOWN_ARCHITECTURE',
    message: 'Parent model has not been registered',
    found: shown(name),
    ...meantName(name, names),
    next: 'see rehearse model list for those there are',
  });
}

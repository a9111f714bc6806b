/** From what was read and checked to the records that the registry keeps. Pure. */
import type { VariantDefinition } from '../../backends/index.ts';
import type { NewModel, StagedArtifact } from '../registry/index.ts';
import { toBatchingRecord } from '../registry/index.ts';
import type { ReadModel } from './intake.ts';
import type { ModelDraft } from './model-draft.ts';

export interface Checked {
  readonly draft: ModelDraft;
  readonly definition: VariantDefinition;
}

export function modelsOf(
  { name, source, properties }: ReadModel,
  checked: readonly Checked[],
  { staged, replace }: { readonly staged: readonly StagedArtifact[]; readonly replace: boolean },
): readonly NewModel[] {
  const artifacts = [...staged];
  return checked.map(({ draft, definition }, index) => {
    const artifact = definition.artifact === undefined ? undefined : artifacts.shift()?.artifact;
    return {
      name,
      definition: { ...definition, ...(artifact === undefined ? {} : { artifact }) },
      // The last of those that come together or replace others; a version that joins others leaves them their default.
      isDefault: (replace || checked.length > 1) && index === checked.length - 1,
      loaded: true,
      source,
      properties,
      ...(draft.batching === undefined ? {} : { batching: toBatchingRecord(draft.batching) }),
      ...(draft.workers === undefined ? {} : { bounds: draft.workers }),
    };
  });
}

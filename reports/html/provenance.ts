/** Where the numbers come from: the command that repeats the run, seeds, digests, environment, config. */
import { stringify } from 'yaml';
import type { ExperimentResult } from '../../core/index.ts';
import { formatCount, formatInstant, formatPlain, formatSeconds } from '../format.ts';
import { html } from './markup.ts';
import type { Markup } from './markup.ts';
import { policiesInForce } from './policies-in-force.ts';
import { cellHead, numberCell, numberHead, textHead, wideTable } from './tables.ts';

/** Rows of the table of replications; result.json has them all. */
const ROWS_MAX = 200;

const SIMULATED = 'This command repeats the run; the same version with the same seed gives the same digest.';
const LIVE = 'This command repeats the run; on the clock no two runs are alike, and neither are their digests.';

export function provenance(result: ExperimentResult): Markup {
  const { world, environment, command, seed, digest, configHash, config, version } = result;
  return html`<section id="reproduction">
    <h2>Reproduction</h2>
    <p>${world === 'live' ? LIVE : SIMULATED}</p>
    <pre>${command}</pre>
    <dl class="facts">
      <dt>digest of all runs</dt>
      <dd class="digest">${digest}</dd>
      <dt>hash of the config</dt>
      <dd class="digest">${configHash}</dd>
      <dt>seed</dt>
      <dd class="digest">${seed}</dd>
      <dt>Rehearse</dt>
      <dd>${environment.rehearse}, results version ${version}</dd>
      <dt>Node, V8</dt>
      <dd>${environment.node}, ${environment.v8}</dd>
      <dt>machine</dt>
      <dd>${environment.platform}, ${environment.cpu}, ${environment.cores} cores</dd>
      <dt>started</dt>
      <dd>${formatInstant(environment.startedAt)}, took ${formatSeconds(environment.wallS)}</dd>
    </dl>
    ${policiesInForce(result)} ${replications(result)}
    <details>
      <summary>Resolved config, every default filled in</summary>
      <pre>${configText(config)}</pre>
    </details>
  </section>`;
}

function replications({ cells }: ExperimentResult): Markup {
  const all = cells.flatMap((cell) => cell.replications.map((run) => ({ cell, run })));
  const head = html`<tr>
    ${textHead('cell')}${numberHead('replication')}${['seed', 'digest', 'unseed'].map(textHead)}${numberHead('events')}${textHead('ended')}${numberHead('duration', 's')}${numberHead('wall time', 's')}${numberHead('stale messages')}
  </tr>`;
  const rows = all.slice(0, ROWS_MAX).map(
    ({ cell, run }) =>
      html`<tr>
        ${cellHead(cell)}${numberCell(run.replication)}
        <td class="digest">${run.seed}</td>
        <td class="digest">${run.digest}</td>
        <td class="digest">${run.unseed}</td>
        ${numberCell(formatCount(run.events))}
        <td>${run.ending}</td>
        ${numberCell(formatPlain(run.durationS))}${numberCell(formatPlain(run.wallS))}${numberCell(formatCount(run.staleMessages))}
      </tr>`,
  );
  const rest =
    all.length > ROWS_MAX && html`<p class="note">The first ${ROWS_MAX}; <code>result.json</code> has all.</p>`;
  return html`<details>
    <summary>Seeds and digests of ${formatCount(all.length)} ${all.length === 1 ? 'run' : 'runs'}</summary>
    ${wideTable(
      'Seeds and digests',
      head,
      html`<tbody>
        ${rows}
      </tbody>`,
    )}${rest}
  </details>`;
}

function configText(config: unknown): string {
  // Anchors would save space but make a reader jump.
  return stringify(config, { aliasDuplicateObjects: false, lineWidth: 110 }).trimEnd();
}

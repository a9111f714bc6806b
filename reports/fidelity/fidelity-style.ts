/** What the page of a comparison adds to the style of all pages. Colours tint; the word beside them says the same. */
export const FIDELITY_STYLE = `
td.figure{text-align:right;min-width:92px;padding-left:5px;padding-right:5px}
td.figure .side{display:block;color:var(--muted);font-size:.88em}
td.figure .gap{display:block}
.tag.within{border-color:var(--good);color:var(--good)}
.tag.noise{border-color:var(--series-4);color:var(--ink)}
.tag.misses{border-color:var(--bad);color:var(--bad);font-weight:700}
td.figure .tag,td.heat .tag{margin:0}
td.within{background:color-mix(in srgb,var(--good) 9%,transparent)}
td.within.half{background:color-mix(in srgb,var(--good) 18%,transparent)}
td.noise{background:color-mix(in srgb,var(--series-4) 16%,transparent)}
td.misses{background:color-mix(in srgb,var(--bad) 18%,transparent)}
td.heat{text-align:center;min-width:60px;padding:5px 4px}
td.heat .word{display:block;font-size:.82em;color:var(--muted)}
td.heat.misses .word{color:var(--bad);font-weight:700}
td.heat .named{display:block;font-size:.8em;color:var(--muted);white-space:normal}
th.band{text-align:center}
th.scenario{white-space:normal;min-width:150px}
th.first,td.first{border-left:1px solid var(--rule)}
h3.group{margin:28px 0 8px;font-size:16px}
td.reason{white-space:normal;min-width:300px}
.verdict.open{border-left-color:var(--series-4)}
.open .status{color:var(--muted)}
`;

// How the living picture looks. Colours are those of the page where it has them; every text has a contrast of 4.5.

export const STYLE = `
.living-picture {
  --ink: var(--st-text-color, #0d141d); --ground: var(--st-background-color, #fff);
  --tile: #e9f0f8; --edge: #a9b6c6; --muted: #4a5766; --track: #eef2f6;
  --plus: #0063a3; --minus: #c25a00; --good: #00704f; --on-good: #fff; --bad: #b3261e; --bad-ground: #fdecea;
  --gold: #ffbf1f; --gold-edge: #8a6100; --h0: #0063a3; --h1: #b04d00; --h2: #00704f; --h3: #9c3f78;
  font-family: var(--st-font, system-ui, sans-serif); touch-action: pan-y; display: block; user-select: none;
}
.living-picture.dark {
  --ink: var(--st-text-color, #eef3f8); --ground: var(--st-background-color, #0b0f15);
  --tile: #1d2938; --edge: #4d5d70; --muted: #a9b7c6; --track: #161e29;
  --plus: #5db4f2; --minus: #ff9d52; --good: #4fd1a1; --on-good: #06140e; --bad: #ff8f86; --bad-ground: #331512;
  --gold: #ffd257; --gold-edge: #ffe6a1; --h0: #5db4f2; --h1: #ff9d52; --h2: #4fd1a1; --h3: #e79ac6;
}
.living-picture text {
  fill: var(--ink); text-anchor: middle; dominant-baseline: central; font-variant-numeric: tabular-nums;
}
.living-picture .tile text, .living-picture .answer text { font-weight: 650; }
.living-picture .label, .living-picture .symbol { fill: var(--muted); }
.living-picture .aside { text-anchor: end; }
.living-picture .strong { font-weight: 650; fill: var(--ink); }
.living-picture .joint { fill: var(--muted); font-weight: 500; }
.living-picture .waiting { fill: none; stroke: var(--edge); stroke-dasharray: 2 4; opacity: 0.6; }
.living-picture .tile path { fill: var(--tile); stroke: var(--edge); }
.living-picture .tile[data-now="yes"] path { fill: var(--gold); stroke: var(--gold-edge); stroke-width: 2; }
.living-picture .tile[data-now="yes"] text { fill: #1c1400; }
.living-picture .bare .tile[data-now="yes"] text { fill: var(--ink); font-weight: 900; }
.living-picture .skipped path { stroke-dasharray: 3 3; fill: none; }
.living-picture .track { fill: var(--track); }
.living-picture .plus { fill: var(--plus); } .living-picture .minus { fill: var(--minus); }
.living-picture .strip path, .living-picture .chances path, .living-picture .bridge path { shape-rendering: auto; }
.living-picture .strip .plus, .living-picture .strip .minus { shape-rendering: crispEdges; }
.living-picture .s1 { fill-opacity: 0.16; } .living-picture .s2 { fill-opacity: 0.32; }
.living-picture .s3 { fill-opacity: 0.5; } .living-picture .s4 { fill-opacity: 0.68; }
.living-picture .s5 { fill-opacity: 0.85; } .living-picture .s6 { fill-opacity: 1; }
.living-picture.dark .s1 { fill-opacity: 0.3; } .living-picture.dark .s2 { fill-opacity: 0.46; }
.living-picture.dark .s3 { fill-opacity: 0.62; } .living-picture.dark .s4 { fill-opacity: 0.78; }
.living-picture .chevron { fill: none; stroke: var(--edge); stroke-width: 2; }
.living-picture .spark { fill: var(--gold); stroke: var(--gold-edge); stroke-width: 1.5; }
.living-picture .faint { fill: var(--plus); fill-opacity: 0.35; }
.living-picture .light { fill: var(--plus); fill-opacity: 0.55; }
.living-picture .full { fill: var(--plus); fill-opacity: 0.85; }
.living-picture .chances .right { fill: var(--good); }
.living-picture .chances .wrong { fill: var(--bad); }
.living-picture .missed { fill: none; stroke: var(--ink); stroke-width: 1.8; }
.living-picture .ghost text { fill: var(--muted); font-weight: 500; }
.living-picture .ghost .card { fill: none; stroke: var(--edge); stroke-dasharray: 3 4; }
.living-picture .written .card { fill: var(--tile); stroke: var(--ink); stroke-width: 1.5; }
.living-picture .written[data-is="right"] .card { fill: var(--good); stroke: var(--good); }
.living-picture .written[data-is="right"] text { fill: var(--on-good); }
.living-picture .written[data-is="right"][data-blank="yes"] .card { fill-opacity: 0.08; }
.living-picture .written[data-is="right"][data-blank="yes"] text { fill: var(--good); }
.living-picture .bare .written[data-is="right"] text { fill: var(--good); }
.living-picture .written[data-is="wrong"] .card { fill: var(--bad-ground); stroke: var(--bad); stroke-width: 2.5; }
.living-picture .written[data-is="wrong"] text { fill: var(--bad); }
.living-picture .badge circle { fill: var(--ground); stroke: var(--good); stroke-width: 1.5; }
.living-picture .badge path { fill: none; stroke: var(--good); stroke-width: 2; }
.living-picture [data-is="wrong"] .badge circle, .living-picture [data-is="wrong"] .badge path { stroke: var(--bad); }
.living-picture [data-is="told"] .badge { display: none; }
.living-picture .rule { fill: none; stroke: var(--ink); stroke-width: 2; }
.living-picture .h0 { fill: var(--h0); } .living-picture .h1 { fill: var(--h1); }
.living-picture .h2 { fill: var(--h2); } .living-picture .h3 { fill: var(--h3); }
.living-picture .arcs .head { fill-opacity: 0.8; }
.living-picture .funnel { fill: var(--edge); fill-opacity: 0.4; }
.living-picture .neck { fill: var(--track); stroke: var(--ink); stroke-width: 1.5; }
.living-picture .pipe { fill: none; stroke: var(--edge); stroke-width: 3; }
.living-picture .back { fill: none; stroke: var(--edge); stroke-width: 1.5; stroke-dasharray: 3 3; }
.living-picture .pulse { fill: none; stroke: var(--gold); stroke-width: 7; stroke-linecap: round; }
.living-picture .bulb { fill: var(--ground); stroke: var(--edge); stroke-width: 2; }
.living-picture .glow { fill: var(--gold); fill-opacity: 0.35; }
.living-picture .rays { stroke: var(--gold-edge); stroke-width: 2; fill: none; }
.living-picture [data-lit="yes"] .bulb { fill: var(--gold); stroke: var(--gold-edge); }
.living-picture .lamp text { fill: #1c1400; font-weight: 700; }
.living-picture .lamp[data-wrong="yes"] .bulb { stroke: var(--bad); stroke-dasharray: 3 2; }
.living-picture .spread { fill-opacity: 0.45; }
.living-picture .thread { fill: none; stroke-width: 2; stroke-dasharray: 1 5; stroke-linecap: round; }
.living-picture .thread.h0, .living-picture .told.h0 path { stroke: var(--h0); }
.living-picture .thread.h1, .living-picture .told.h1 path { stroke: var(--h1); }
.living-picture .thread.h2, .living-picture .told.h2 path { stroke: var(--h2); }
.living-picture .thread.h3, .living-picture .told.h3 path { stroke: var(--h3); }
.living-picture .told path { fill: var(--ground); stroke-width: 1.5; }
.living-picture .told text { fill: var(--ink); font-weight: 600; }
.living-picture .finger text { fill: var(--ground); font-weight: 700; }
.living-picture .link { fill: none; } .living-picture .link.plus { stroke: var(--plus); }
.living-picture .link.minus { stroke: var(--minus); }
.living-picture .units .track { stroke: var(--edge); }
.living-picture .scale { fill: none; stroke: var(--muted); stroke-width: 2; }
.living-picture .gauge .card { fill: var(--tile); stroke: var(--edge); }
.living-picture .gauge .symbol { text-anchor: end; }
.living-picture .gauge .beside { text-anchor: start; }
.living-picture .aim path { fill: none; stroke: var(--ink); stroke-width: 2; }
.living-picture .value circle { fill: var(--plus); stroke: var(--ground); stroke-width: 2; }
.living-picture .value text { font-weight: 650; }
.living-picture .value .lead { stroke: var(--edge); fill: none; }
.living-picture .value[data-is="right"] circle { fill: var(--good); }
.living-picture .value[data-is="right"] text { fill: var(--good); }
.living-picture .value[data-is="wrong"] circle { fill: var(--bad); }
.living-picture .value[data-is="wrong"] text { fill: var(--bad); }
`;

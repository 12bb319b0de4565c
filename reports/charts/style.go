package charts

// style is the CSS of the charts. Texts have a contrast of 4.5 to 1 with what they stand on, shapes
// that mean something 3 to 1, in light and dark; a test reckons it from these lines.
const style = `
:root {
  --fill: #46739f; --up: #2f7d6b; --down: #b3392f; --total: #4a5159; --track: #f0eee8; --grid: #dcd9d0; --axis: #6a7077; --stripe: #ffffff;
  --line1: #2f5d8a; --line2: #a34a1f; --line3: #2c7a4b; --line4: #7d3f98; --line5: #4a5159; --corner: #1c1f23;
  --worse1: #fbeae7; --worse2: #f6d0ca; --worse3: #efb2a8; --worse4: #e69386;
  --better1: #e7f4ec; --better2: #cbe7d6; --better3: #a5d5b9; --better4: #7fc29c;
  --same1: #eaf0f6; --same2: #d3e1ee; --same3: #b3cce3; --same4: #93b6d6;
}
@media (prefers-color-scheme: dark) {
  :root {
    --fill: #6f9fce; --up: #63b8a2; --down: #ef8a7f; --total: #b4bac1; --track: #262b30; --grid: #353b41; --axis: #979ea6; --stripe: #1c2024;
    --line1: #8ab8e6; --line2: #e8a072; --line3: #6cc491; --line4: #c99ae0; --line5: #b4bac1; --corner: #e6e4df;
    --worse1: #38252a; --worse2: #522d2f; --worse3: #6e3733; --worse4: #8a4038;
    --better1: #20312a; --better2: #244436; --better3: #285942; --better4: #2c6e4e;
    --same1: #232d36; --same2: #283a49; --same3: #2c4860; --same4: #305778;
  }
}
.charts { columns: 3 330px; column-gap: .9rem; margin-bottom: .9rem; }
.charts section { break-inside: avoid; }
.chart svg { display: block; width: 100%; height: auto; max-width: 520px; margin: 0 auto; font-variant-numeric: tabular-nums; }
.chart text { font-size: 12px; fill: var(--ink); } .chart text.soft { fill: var(--soft); } .chart text.b { font-weight: 650; }
.chart text.end { text-anchor: end; } .chart text.mid, .chart text.cell { text-anchor: middle; } .chart text.cell { font-size: 10px; } .chart text.small { font-size: 8.5px; }
.fill { fill: var(--fill); } .up { fill: var(--up); } .down { fill: var(--down); } .total { fill: var(--total); } .track { fill: var(--track); } .stripe { fill: var(--stripe); fill-opacity: .55; }
.axis { stroke: var(--axis); stroke-width: 1; } .grid { stroke: var(--grid); stroke-width: 1; } .corner { fill: var(--corner); }
.line { fill: none; stroke-width: 1.6; stroke-linejoin: round; }
.line1 { stroke: var(--line1); } .line2 { stroke: var(--line2); stroke-dasharray: 6 3; } .line3 { stroke: var(--line3); stroke-dasharray: 2 2; }
.line4 { stroke: var(--line4); stroke-dasharray: 8 2 2 2; } .line5 { stroke: var(--line5); stroke-dasharray: 10 4; } .solid { stroke-dasharray: none; }
.dot1 { fill: var(--line1); } .dot2 { fill: var(--line2); } .dot3 { fill: var(--line3); } .dot4 { fill: var(--line4); }
.worse1 { fill: var(--worse1); } .worse2 { fill: var(--worse2); } .worse3 { fill: var(--worse3); } .worse4 { fill: var(--worse4); }
.better1 { fill: var(--better1); } .better2 { fill: var(--better2); } .better3 { fill: var(--better3); } .better4 { fill: var(--better4); }
.same1 { fill: var(--same1); } .same2 { fill: var(--same2); } .same3 { fill: var(--same3); } .same4 { fill: var(--same4); }
.act { fill: var(--down); } .watch { fill: var(--line2); } .calm { fill: var(--up); }
.chart .key { color: var(--soft); font-size: .79rem; margin: .35rem 0 0; }
.chart details { margin-top: .45rem; } .chart summary { cursor: pointer; font-size: .84rem; } .chart summary small { color: var(--soft); overflow-wrap: anywhere; }
.chart table { font-size: .8rem; margin-top: .3rem; } .chart th, .chart td { white-space: normal; overflow-wrap: anywhere; vertical-align: top; padding: .2rem .3rem; }
.chart td.n { white-space: nowrap; overflow-wrap: normal; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
@media print {
  .charts { columns: 2; } .chart svg { max-width: 100%; }
  .chart details:not([open]) { display: none; } .chart svg, .chart svg * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`

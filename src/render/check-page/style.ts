/** How the page of a check looks: by light and by dark, wide and narrow, and on paper. */
export const checkPageStyle = `
:root {
  color-scheme: light dark;
  --ink: light-dark(#1c2330, #dfe5ee); --dim: light-dark(#5c6675, #97a3b4); --paper: light-dark(#fff, #12161d);
  --raised: light-dark(#f4f6f9, #1a2029); --line: light-dark(#d6dce5, #2d3642); --link: light-dark(#0b57d0, #8ab4ff);
  --good: light-dark(#176b34, #6fd08c); --good-bg: light-dark(#e3f4e8, #12301d);
  --bad: light-dark(#a4161a, #ff8f8f); --bad-bg: light-dark(#fde4e4, #401818);
  --warn: light-dark(#7a4d00, #f0bf5f); --warn-bg: light-dark(#fff1d6, #3a2b0c);
}
* { box-sizing: border-box; }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
header, main, footer { padding: 0 1.25rem; max-width: 120rem; margin: 0 auto; }
h1 { font-size: 1.5rem; margin: 1.25rem 0 .25rem; } h2 { font-size: 1.1rem; margin: 1.5rem 0 .4rem; }
a { color: var(--link); } p { max-width: 75ch; } footer { color: var(--dim); padding-bottom: 3rem; }
#about { color: var(--dim); margin: 0 0 .75rem; }
#key { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1rem; padding: .5rem .75rem; margin: 0 0 .75rem; background: var(--raised); border-radius: .5rem; position: sticky; top: 0; z-index: 3; font-size: .85rem; }
#key .sign { display: inline-block; min-width: 1.3em; text-align: center; border-radius: .25rem; margin-right: .3rem; }
#filter { display: flex; flex-wrap: wrap; gap: .75rem 1.25rem; margin-bottom: 1rem; align-items: end; }
#filter label { display: grid; gap: .15rem; font-size: .8rem; color: var(--dim); }
input, select, button { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: .35rem; padding: .25rem .5rem; }
input[type=file] { padding: .1rem; max-width: 15rem; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 1px; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: .5rem; }
table { border-collapse: collapse; width: 100%; font-size: .85rem; }
thead th { position: sticky; top: 0; background: var(--raised); vertical-align: bottom; padding: .5rem .25rem; font-weight: 600; }
thead th.target { height: 11rem; min-width: 2.1rem; width: 2.1rem; } thead th.target span { writing-mode: vertical-rl; transform: rotate(180deg); white-space: nowrap; }
thead th.absent { color: var(--dim); font-weight: 400; }
tbody th { text-align: left; font-weight: 400; padding: .2rem .75rem; min-width: 20rem; border-top: 1px solid var(--line); }
tbody th small { color: var(--dim); display: block; line-height: 1.3; }
tbody td { padding: 0; text-align: center; border-top: 1px solid var(--line); border-left: 1px solid var(--line); }
tbody tr.area th { background: var(--raised); font-weight: 600; padding: .35rem .75rem; }
tbody td { height: 1px; } td button { border: 0; border-radius: 0; width: 100%; height: 100%; min-height: 2.4rem; display: block; padding: 0; cursor: pointer; background: none; }
.pass { color: var(--good); background: var(--good-bg) !important; } .fail, .harness-failed { color: var(--bad); background: var(--bad-bg) !important; font-weight: 700; }
.warn, .flaky, .dependency-failed { color: var(--warn); background: var(--warn-bg) !important; } .not-exercised, .not-applicable { color: var(--dim); }
.known { outline: 2px dotted currentColor; outline-offset: -4px; }
dialog { width: min(62rem, 96vw); max-height: 92vh; border: 1px solid var(--line); border-radius: .75rem; color: inherit; background: var(--paper); padding: 1.25rem 1.5rem; }
dialog::backdrop { background: #0008; } dialog h2:first-of-type { margin-top: 0; } dialog .close { float: right; }
pre { background: var(--raised); padding: .6rem .8rem; border-radius: .4rem; overflow-x: auto; font-size: .8rem; white-space: pre-wrap; overflow-wrap: anywhere; }
ol { padding-left: 2.2rem; } .token { display: flex; gap: .5rem; align-items: start; } .token pre { flex: 1; max-height: 5rem; margin: 0; }
svg { max-width: 100%; height: auto; } svg text { font: 12px system-ui, sans-serif; fill: var(--ink); } svg .line { stroke: var(--dim); } svg .arrow { stroke: var(--ink); fill: none; } svg .lost { stroke: var(--bad); stroke-dasharray: 4 3; } svg .note { fill: var(--raised); stroke: var(--line); } svg .objection { fill: var(--bad-bg); }
body.dropping { outline: 3px dashed var(--link); outline-offset: -8px; }
@media print { #filter, dialog { display: none; } .scroll { overflow: visible; } }
`;

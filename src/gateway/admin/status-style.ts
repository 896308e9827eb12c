/** How the status page looks, on light and dark screens, wide and narrow. Every pair of colours has a contrast of 4.5 or more. */
export const statusStyle = `
:root {
  color-scheme: light dark;
  --ground: #f4f5f7; --card: #fff; --line: #dfe3e8; --text: #1b2330; --soft: #586474;
  --good: #14703c; --good-ground: #dcf3e4; --warn: #8a4b00; --warn-ground: #fdecd0;
  --bad: #b3261e; --bad-ground: #fbe1df; --note: #1d5fa8; --note-ground: #dfecfb;
  --on: #2f6fdb; --off: #d5dbe3; --accent: #2f6fdb;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #12161d; --card: #1a202a; --line: #2e3744; --text: #e6eaf0; --soft: #9aa7b8;
    --good: #7fdca4; --good-ground: #173826; --warn: #f5c274; --warn-ground: #40301a;
    --bad: #ff9d95; --bad-ground: #46211f; --note: #91c2ff; --note-ground: #1b3250;
    --on: #6ea3ff; --off: #394453; --accent: #6ea3ff;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 15px/1.45 system-ui, sans-serif; }
body > header, main, footer { max-width: 76rem; margin: 0 auto; padding: 0 1.25rem; }
body > header { display: flex; flex-wrap: wrap; gap: .5rem 2rem; justify-content: space-between; align-items: end; padding-top: 1.5rem; }
.brand { margin: 0; font-weight: 650; color: var(--accent); letter-spacing: .01em; }
.brand span { font-weight: 400; color: var(--soft); }
h1 { margin: 0; font-size: 1.45rem; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 2rem 0 .6rem; font-size: 1.1rem; }
h3 { margin: 0; font-size: 1.05rem; }
p { margin: 0; }
a { color: var(--accent); }
code { font: .88em ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
small { display: block; color: var(--soft); font-size: .82rem; }
.none { color: var(--soft); }
.bad { color: var(--bad); }
.follows { margin-top: .6rem; color: var(--soft); font-size: .87rem; }
#live { display: flex; gap: .75rem; align-items: center; color: var(--soft); font-size: .87rem; }
#live span::before { content: ""; display: inline-block; width: .6em; height: .6em; margin-right: .45em; border-radius: 50%; background: var(--off); }
#live[data-state="live"] span::before { background: var(--good); }
#live[data-state="connection lost"] { color: var(--bad); }
#live[data-state="connection lost"] span::before { background: var(--bad); }
button { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: .45rem; padding: .15rem .8rem; cursor: pointer; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .75rem; margin: 1.25rem 0 0; }
dl > div, article, .scroll { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; }
dl > div { padding: .7rem .95rem .75rem; }
dl > .wide { grid-column: span 2; }
dt { color: var(--soft); font-size: .84rem; }
dd { margin: .15rem 0 0; font-size: 1.6rem; font-weight: 620; line-height: 1.3; font-variant-numeric: tabular-nums; }
dd i { font-style: normal; font-weight: 400; font-size: 1.05rem; color: var(--soft); }
dd small { font-weight: 400; line-height: 1.4; }
.wide dd { display: grid; grid-template-columns: auto 1fr; column-gap: 1rem; align-items: end; }
.wide small { grid-column: 1 / -1; }
.spark { width: 100%; height: 2rem; fill: var(--accent); }
article { margin-top: .75rem; overflow: hidden; }
article > header { padding: .8rem .95rem; display: grid; grid-template-columns: auto 1fr; gap: .1rem 1.5rem; align-items: center; }
article > header p { color: var(--soft); font-size: .87rem; grid-column: 1; }
article .scroll { border: 0; border-top: 1px solid var(--line); border-radius: 0; }
article > .none { padding: 0 .95rem .8rem; }
.chip, .state { display: inline-block; border-radius: 1rem; padding: .05rem .6rem; font-size: .8rem; font-weight: 550; white-space: nowrap; vertical-align: .08em; }
.chip { background: var(--ground); color: var(--soft); font-weight: 450; }
.state.good { background: var(--good-ground); color: var(--good); }
.state.warn { background: var(--warn-ground); color: var(--warn); }
.state.note { background: var(--note-ground); color: var(--note); }
dd .state { font-size: 1.05rem; margin: .2rem 0; }
.facts { grid-column: 2; grid-row: 1 / span 2; list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: .2rem 1.3rem; justify-content: end; color: var(--soft); font-size: .87rem; font-variant-numeric: tabular-nums; }
.facts b { color: var(--text); font-weight: 600; }
.facts .bad, .facts .bad b { color: var(--bad); }
.facts .warn, .facts .warn b { color: var(--warn); }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .5rem .95rem; text-align: left; vertical-align: top; font-weight: 400; }
thead th { color: var(--soft); font-size: .82rem; padding-bottom: .3rem; white-space: nowrap; }
tbody tr + tr > * { border-top: 1px solid var(--line); }
tbody th { font-weight: 550; }
tbody th small { font-weight: 400; }
td b { font-weight: 600; }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.slots { display: grid; gap: .2rem; }
.slots > span + span { color: var(--soft); font-size: .82rem; white-space: nowrap; }
.squares { display: flex; flex-wrap: wrap; gap: 3px; max-width: 15rem; padding-top: .25rem; }
.squares i { width: 13px; height: 13px; border-radius: 3px; background: var(--off); }
.squares i.on { background: var(--on); }
.interpreters { list-style: none; margin: 0; padding: 0; display: grid; gap: .35rem; }
footer { padding-top: 1.5rem; padding-bottom: 2.5rem; color: var(--soft); font-size: .87rem; }
.processes { table-layout: fixed; min-width: 56rem; }
.processes .w1 { width: 13%; } .processes .w2 { width: 13%; } .processes .w3 { width: 16%; }
.processes .w4 { width: 8%; } .processes .w5 { width: 11%; } .processes .w6 { width: 10%; }
@media (max-width: 40rem) {
  .scroll table:not(.processes) code, .scroll small { white-space: nowrap; }
  body > header, main, footer { padding-left: .8rem; padding-right: .8rem; }
  dl { grid-template-columns: repeat(2, 1fr); gap: .5rem; }
  dl > :first-child { grid-column: span 2; }
  dd { font-size: 1.35rem; }
  article > header { grid-template-columns: 1fr; }
  .facts { grid-column: 1; grid-row: auto; justify-content: start; }
  th, td { padding-left: .7rem; padding-right: .7rem; }
}
@media (prefers-reduced-motion: no-preference) { .squares i { transition: background-color .2s; } }
`;

/** A check as one HTML page that needs nothing else: rules by targets, behind each cell its evidence. */
import type { CheckRecord } from '../../../spec/check-record.ts';
import type { Rule } from '../../../spec/rules/rule.ts';
import { checkPageScript } from './script.ts';
import { checkPageStyle } from './style.ts';

/**
 * @param records - Of one check, or of several put together; the page also takes more that are dropped on it.
 * @param rules - Every rule that a record may speak of.
 */
export const checkPage = (records: readonly CheckRecord[], rules: readonly Rule[]): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>WSGI servers against the rules – wsgiscope</title>
<style>${checkPageStyle}</style>
</head>
<body>
<header>
<h1>WSGI servers against the rules</h1>
<p id="about"></p>
<ul id="key" aria-label="What the signs mean"></ul>
<form id="filter" aria-label="What is shown">
<label>Rules <input name="rules" placeholder="FLAG-* or a word" spellcheck="false"></label>
<label>Targets <input name="targets" placeholder="gunicorn*" spellcheck="false"></label>
<label>Verdicts <select name="verdict">
<option value="">decided</option><option value="all">all</option><option value="against">against a rule</option>
</select></label>
<label class="file">Add a result file <input type="file" name="file" accept=".ndjson,.jsonl,.json" multiple></label>
</form>
</header>
<main id="main" tabindex="-1"><noscript>The page draws its records with JavaScript; they stand in its source as JSON.</noscript></main>
<footer>
<h2>What a pass does not mean</h2>
<p>A pass says that the rule could have been broken so many times in these runs, and was not. It does not say that the server is fit for
production, secure or fast, nor that the rule holds with other options, other loads or another version. What was never exercised is told
as that, and counts for nothing. A MUST describes what the server's own source or PEP 3333 says; it is not advice. Servers differ in ways
that are all legal: the rules allow every one they know of. If yours is wronged, replay the token and tell us.</p>
</footer>
<dialog id="evidence" aria-labelledby="evidence-title"></dialog>
<script type="application/json" id="records">${inScript(records)}</script>
<script type="application/json" id="rules">${inScript(rules.map(told))}</script>
<script>${checkPageScript}</script>
</body>
</html>
`;

/** JSON that cannot end the element it stands in. */
const inScript = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c');

const told = ({ id, level, area, says, why, source, appliesTo }: Rule): object => ({
  id,
  level,
  area,
  says,
  why,
  source,
  appliesTo,
});

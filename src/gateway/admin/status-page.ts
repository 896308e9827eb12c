/** The status page: one HTML page that needs nothing else, is whole without JavaScript, and follows the gateway with it. */
import { createHash } from 'node:crypto';
import { Html, html } from './html.ts';
import type { Status } from './status.ts';
import { statusMain } from './status-main.ts';
import { statusStyle } from './status-style.ts';

/** Puts what the server renders in the place of what is shown, unless the reader paused it or is selecting text. */
const script = `
'use strict';
const main = document.querySelector('main');
const live = document.querySelector('#live');
const pause = document.createElement('button');
let isPaused = false;
pause.type = 'button';
pause.textContent = 'Pause';
pause.addEventListener('click', () => {
  isPaused = !isPaused;
  pause.textContent = isPaused ? 'Follow' : 'Pause';
  say(isPaused ? 'paused' : 'live');
});
const say = (text) => {
  live.firstElementChild.textContent = text;
  live.dataset.state = text;
};
live.append(pause);
const source = new EventSource('/live');
source.addEventListener('open', () => { if (!isPaused) say('live'); });
source.addEventListener('error', () => say('connection lost'));
source.addEventListener('message', ({ data }) => {
  const selection = getSelection();
  if (isPaused || (selection && !selection.isCollapsed)) return;
  const scrolled = [...main.querySelectorAll('.scroll')].map((box) => box.scrollLeft);
  main.innerHTML = JSON.parse(data);
  [...main.querySelectorAll('.scroll')].forEach((box, index) => { box.scrollLeft = scrolled[index] ?? 0; });
});
`;

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** What the page may do: its own style and script, its own stream of news, and nothing else. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  `script-src ${hashOf(script)}`,
  `style-src ${hashOf(statusStyle)}`,
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export const statusPage = (status: Status): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${status.configuration} – wsgiscope</title>
<style>${new Html(statusStyle)}</style>
</head>
<body>
<header>
<div><p class="brand">wsgiscope <span>serve</span></p><h1>${status.configuration}</h1></div>
<p id="live" data-state="still"><span>as of ${status.at.slice(11, 19)} UTC</span></p>
</header>
<main>${statusMain(status)}</main>
<footer>
<p>The same for programs: <a href="/status.json">status.json</a>, <a href="/metrics">metrics</a> for Prometheus, and <a href="/trace">trace</a>, which tells every event as it happens.</p>
</footer>
<script>${new Html(script)}</script>
</body>
</html>
`.text;

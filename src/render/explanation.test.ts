import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { anyDeployment } from '../../conformance/arbitraries/deployments.ts';
import { anyGunicornDeployment } from '../../conformance/arbitraries/gunicorn-deployments.ts';
import { predictWorkers } from '../../spec/predict/workers.ts';
import { type Prediction, predict } from '../../spec/predict.ts';
import { mountName } from '../../spec/routing/mounts.ts';
import { route } from '../../spec/routing/route.ts';
import { explainApache } from '../config/explain.ts';
import { filesInMemory } from '../config/source.ts';
import { nameWords } from './deployment-words.ts';
import { explanationJson, explanationSchema } from './explanation-json.ts';
import { explanationText } from './explanation-text.ts';
import { plain } from './palette.ts';
import { processMap } from './process-map.ts';

const deployments = anyDeployment({ scripts: ['/srv/app/a.wsgi', '/srv/app/b.wsgi'], ports: [8001, 8002] });
const explained = fc
  .oneof(
    deployments.map((deployment): Prediction => predict(deployment)),
    anyGunicornDeployment.map((deployment) => predictWorkers(deployment)),
  )
  .map((prediction) => ({ server: prediction.server, accepted: { prediction }, diagnostics: [] }));
const style = { width: 100, palette: plain, base: '/srv/app/' };

const explain = (text: string) =>
  explainApache({ file: '/srv/app/site.conf', text, source: filesInMemory({}), modWsgi: '4.9' });

describe('explain --json', () => {
  it('has the published shape and nothing beside it, for every deployment', () =>
    fc.assert(
      fc.property(explained, (explanation) => {
        const json: unknown = JSON.parse(JSON.stringify(explanationJson(explanation)));
        expect(v.parse(explanationSchema, json)).toEqual(json);
      }),
    ));

  it('has the fields that programs rely on', () => {
    const json = explanationJson(
      explain(
        'Listen 80\nServerName a.example\nWSGIScriptAlias / /srv/app/a.wsgi process-group=x\nWSGIDaemonProcess x\n',
      ),
    );
    expect(json.server).toMatchObject({ kind: 'apache', version: '2.4', mpm: 'event' });
    expect(json.mounts).toMatchObject([
      {
        url: '/',
        host: 'a.example',
        port: 80,
        script: '/srv/app/a.wsgi',
        mode: 'daemon',
        processGroup: 'x',
        applicationGroup: 'a.example|',
        processes: { min: 1, max: 1, configured: null },
        threads: 15,
        multithread: true,
        multiprocess: false,
        runOnce: false,
      },
    ]);
    expect(json.endings).toContainEqual(expect.objectContaining({ of: 'a.example:80/', because: 'script-changed' }));
    for (const diagnostic of json.diagnostics)
      expect(Object.keys(diagnostic)).toEqual(['code', 'severity', 'file', 'line', 'column', 'message', 'fix']);
  });

  it('holds diagnostics and nothing else where the server would not start', () => {
    const json = explanationJson(explain('Listen 80\nWSGIDaemonProcess x threads=-1\n'));
    expect(json).toMatchObject({ mounts: [], sharing: [], endings: [] });
    expect(json.diagnostics).toContainEqual(expect.objectContaining({ severity: 'error', line: 2 }));
  });
});

describe('explain for people', () => {
  it('names every mount with its flags, and no line is wider than the terminal', () =>
    fc.assert(
      fc.property(explained, (explanation) => {
        const text = explanationText(explanation, style);
        for (const mount of explanation.accepted.prediction.mounts)
          if (mount.answer.kind === 'application')
            expect(text.replace(/\s+/g, '')).toContain(nameWords(mountName(mount)).replaceAll(' ', ''));
        for (const line of text.split('\n')) expect([...line].length).toBeLessThanOrEqual(style.width);
        expect(text).not.toMatch(/undefined|\[object/);
      }),
    ));

  it('shows what is wrong with its line, before what is merely good to know', () => {
    const text = explanationText(
      explain(`Listen 8001
ServerName localhost
WSGIDaemonProcess shop processes=1 threads=2
WSGIScriptAlias /shop /srv/app/shop.wsgi process-group=shop
WSGIScriptAlias /news /srv/app/news.wsgi process-group=news
`),
      style,
    );
    expect(text).toMatch(/on localhost:8001 +script +process group +processes +threads +multithread +multiprocess/);
    expect(text).toMatch(/\/shop +shop\.wsgi +shop +1 +2 +True +True/);
    expect(text).toMatch(/\/news +news\.wsgi +500: there is no/);
    expect(text).toMatch(/site\.conf:5:\d+: warning HAZ012: every request for \/news/);
    expect(text.indexOf('What to look out for')).toBeLessThan(text.indexOf('Good to know'));
    expect(text).toMatch(/\n2 warnings, \d infos\n$/);
  });

  it('says so where nothing is mounted', () => {
    expect(explanationText(explain('Listen 80\n'), style)).toContain(
      'No URL of this configuration reaches a WSGI script.',
    );
  });
});

describe('the process map', () => {
  it('draws every mount once, in balanced subgraphs, and lets no text break the syntax', () =>
    fc.assert(
      fc.property(explained, ({ accepted: { prediction } }) => {
        const map = processMap(prediction);
        const lines = map.trimEnd().split('\n');
        expect(lines[0]).toBe('flowchart LR');
        expect(lines.filter((line) => /^ *subgraph /.test(line))).toHaveLength(
          lines.filter((line) => /^ *end$/.test(line)).length,
        );
        expect(lines.filter((line) => /^ {2}url\d+\(/.test(line))).toHaveLength(prediction.mounts.length);
        for (const label of map.matchAll(/"([^"]*)"/g))
          expect(label[1]?.replaceAll('<br/>', '')).not.toMatch(/[<>{}[\]%]/);
      }),
    ));

  it('puts scripts into interpreters into processes, and refusals beside them', () => {
    const { accepted } = explain(`Listen 80
ServerName a.example
WSGIDaemonProcess x processes=2 threads=3
WSGIScriptAlias /a /srv/app/a.wsgi process-group=x application-group=%{GLOBAL}
WSGIScriptAlias /b /srv/app/b.wsgi process-group=nowhere
`);
    if (!accepted) throw new Error('the configuration has an error');
    expect(processMap(accepted.prediction, '/srv/app/')).toBe(`flowchart LR
  subgraph group1["process group x: 2 processes with 3 threads each"]
    subgraph interpreter1_1["main interpreter (#37;#123;GLOBAL#125;)"]
      script1["a.wsgi"]
    end
  end
  url1(["a.example:80/a"]) --> script1
  url2(["a.example:80/b"]) -.-> refused2{{"500: there is no process group nowhere"}}
`);
  });
});

describe('files that the server itself answers with', () => {
  const site = (mount: string): string =>
    `Listen 80
ServerName a.example
DocumentRoot /srv/www
Alias /static /srv/app/static
Alias /private /srv/private
<Directory /srv/private>
Require all denied
</Directory>
ScriptAlias /cgi-bin /srv/cgi
WSGIScriptAlias ${mount} /srv/app/a.wsgi
`;

  it('are told with where they lie and what becomes of them, DocumentRoot last', () => {
    const { files } = explanationJson(explain(site('/shop')));
    expect(files.map(({ url, path, answer }) => [url, path, answer])).toEqual([
      ['/static', '/srv/app/static', 'file'],
      ['/private', '/srv/private', 'denied'],
      ['/cgi-bin', '/srv/cgi', 'cgi'],
      ['/', '/srv/www/', 'file'],
    ]);
  });

  it('are none of DocumentRoot where an application has every URL', () => {
    const explanation = explain(site('/'));
    expect(explanationJson(explanation).files.map(({ url }) => url)).toEqual(['/static', '/private', '/cgi-bin']);
    expect(explanationText(explanation, style)).toMatch(/ {2}\/private +\/srv\/private +refused with 403\n/);
  });

  it('stand in the map beside the scripts', () => {
    const { accepted } = explain(site('/'));
    expect(accepted && processMap(accepted.prediction, '/srv/app/')).toContain(
      'files1(["a.example:80/static"]) --> folder1[("static")]',
    );
  });

  it('are what a request for their URL gets, for every deployment', () =>
    fc.assert(
      fc.property(deployments, (deployment) => {
        for (const { host, port, match, url } of predict(deployment).files)
          if (match === 'prefix') expect(route(deployment, { host, port, path: url }).kind).toBe('unmapped');
      }),
    ));
});

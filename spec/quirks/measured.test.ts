import { describe, expect, it } from 'vitest';
import { explainApache } from '../../src/config/explain.ts';
import { filesInMemory } from '../../src/config/source.ts';
import { measuredFor } from './measured.ts';
import type { Profile } from './profile.ts';

const empty = { version: 1, measured: { on: '2026-01-01', command: 'x', tool: '0' }, faults: [] } as const;

/** Of the daemon mode, which drops a connection, and of embedded mode, which answers. */
const apache = (modWsgi: string, more: Partial<Profile> = {}): Profile => ({
  ...empty,
  server: 'apache',
  versions: { Apache: '2.4.1', mod_wsgi: modWsgi },
  targets: ['apache-event-daemon', 'apache-event-embedded'].map((id) => ({ id, title: id, started: '' })),
  choices: [
    {
      question: 'error-before-start',
      answers: [
        { targets: ['apache-event-daemon'], answer: 'connection-closed', evidence: {} },
        { targets: ['apache-event-embedded'], answer: 'status-500', evidence: {} },
      ],
    },
  ],
  ...more,
});

function measured(text: string, ...profiles: readonly Profile[]) {
  const { accepted, diagnostics } = explainApache({
    file: 'site.conf',
    text,
    source: filesInMemory({}),
    modWsgi: '4.9',
  });
  if (!accepted) throw new Error(diagnostics.map(({ message }) => message).join('; '));
  const filed = profiles.map((profile) => {
    const { mod_wsgi: version } = profile.versions;
    return { file: `${version}.json`, profile };
  });
  return measuredFor(accepted.deployment, accepted.prediction, filed);
}

const site = 'Listen 80\nServerName a.example\n';
const embedded = `${site}WSGIScriptAlias / /srv/a.wsgi\n`;
const daemon = `${site}WSGIDaemonProcess shop\nWSGIScriptAlias / /srv/a.wsgi process-group=shop\n`;

describe('what is measured of a server', () => {
  it('is that of the version nearest to the one by which the configuration is explained', () => {
    const [old, near, far] = [apache('3.4.0'), apache('4.9.4'), apache('5.0.2')];
    expect(measured(embedded, old, far, near)).toMatchObject({ file: '4.9.4.json', isSameLine: true });
    expect(measured(embedded, far, old)).toMatchObject({ file: '5.0.2.json', isSameLine: false, explainedAs: '4.9' });
  });

  it('is not known where no profile is of such a server', () => {
    expect(measured(embedded)).toBeNull();
    expect(measured(embedded, { ...apache('4.9.4'), server: 'waitress' })).toBeNull();
  });

  it('warns of what holds for the mode that the configuration uses, and of no other', () => {
    expect(measured(daemon, apache('4.9.4'))).toMatchObject({
      targets: ['apache-event-daemon'],
      warnings: [{ kind: 'choice', id: 'error-before-start', evidence: '4.9.4.json, error-before-start' }],
    });
    expect(measured(embedded, apache('4.9.4'))).toMatchObject({ targets: ['apache-event-embedded'], warnings: [] });
  });

  it('warns once where a question and a rule ask the same, and names the page that tells it', () => {
    const fault = { level: 'should', says: 'An error is answered.', evidence: 'it was not', token: null } as const;
    const targets = ['apache-event-daemon'];
    const because = 'it closes: docs/findings/closes.md';
    const faults = [
      { ...fault, rule: 'PEP-ERR-01', targets, because },
      { ...fault, rule: 'PEP-BODY-05', targets, because: null },
    ];
    expect(measured(daemon, apache('4.9.4', { faults }))?.warnings).toMatchObject([
      { id: 'error-before-start', evidence: '4.9.4.json, error-before-start; docs/findings/closes.md' },
      { id: 'PEP-BODY-05', message: 'it does not keep this: An error is answered.' },
    ]);
  });
});

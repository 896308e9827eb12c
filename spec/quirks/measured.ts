/** Which profile is nearest to a deployment, and what of it whoever deploys must look out for. */
import type { Deployment } from '../deployment.ts';
import type { PredictedServer, Prediction } from '../predict.ts';
import { assertNever } from '../vocabulary.ts';
import type { Profile } from './profile.ts';
import { questionById } from './questions.ts';

/** A profile, and where it stands. */
export interface FiledProfile {
  /** As a user would name it. */
  readonly file: string;
  readonly profile: Profile;
}

export interface Measured {
  readonly file: string;
  readonly versions: Profile['versions'];
  /** The line of versions as which the configuration is explained; it does not say itself which one will read it. */
  readonly explainedAs: string;
  /** Whether what was measured belongs to that line. */
  readonly isSameLine: boolean;
  /** The day. */
  readonly on: string;
  /** What measures it again. */
  readonly command: string;
  /** The targets of the profile that are nearest to the deployment. */
  readonly targets: readonly string[];
  readonly warnings: readonly MeasuredWarning[];
}

export interface MeasuredWarning {
  readonly kind: 'choice' | 'fault';
  /** The question or the rule. */
  readonly id: string;
  /** Those of the targets that it holds for. */
  readonly targets: readonly string[];
  readonly message: string;
  /** Where it stands. */
  readonly evidence: string;
}

/** Null where none of the profiles is of such a server. */
export function measuredFor(
  deployment: Deployment,
  { server, mounts }: Prediction,
  profiles: readonly FiledProfile[],
): Measured | null {
  const explainedAs = lineOf(server);
  const candidates = profiles
    .filter(({ profile }) => profile.server === server.kind)
    .toSorted((a, b) => distance(versionOf(a.profile), explainedAs) - distance(versionOf(b.profile), explainedAs));
  const [nearest] = candidates;
  if (!nearest) return null;
  const { file, profile } = nearest;
  const { versions, measured } = profile;
  const wanted = targetsOf(deployment, server, mounts);
  const targets = profile.targets.map(({ id }) => id).filter((id) => wanted.includes(id));
  return {
    file,
    versions,
    explainedAs,
    isSameLine: numbersOf(explainedAs).every((number, index) => numbersOf(versionOf(profile))[index] === number),
    on: measured.on,
    command: measured.command,
    targets,
    warnings: warningsOf(profile, file, targets).filter(({ id }) => speaksHttp(deployment) || !isAboutHttp(id)),
  };
}

/** The part of the version that decides: that of mod_wsgi, where there are two. */
function lineOf(server: PredictedServer): string {
  switch (server.kind) {
    case 'apache':
      return server.modWsgi;
    case 'gunicorn':
    case 'uwsgi':
      return server.version;
    default:
      return assertNever(server);
  }
}

function versionOf({ server, versions }: Profile): string {
  const { mod_wsgi: modWsgi, gunicorn, uWSGI } = versions;
  return (server === 'apache' ? modWsgi : server === 'gunicorn' ? gunicorn : uWSGI) ?? '';
}

/** How far two versions are from one another: what stands further in front counts more. */
function distance(a: string, b: string): number {
  const [[a0 = 0, a1 = 0, a2 = 0], [b0 = 0, b1 = 0, b2 = 0]] = [numbersOf(a), numbersOf(b)];
  return Math.abs((a0 - b0) * 1e6 + (a1 - b1) * 1e3 + (a2 - b2));
}

const numbersOf = (version: string): readonly number[] => (version.match(/\d+/g) ?? []).map(Number);

/** The ways to run a server, as profiles name them, that a deployment is nearest to. */
function targetsOf(deployment: Deployment, server: PredictedServer, mounts: Prediction['mounts']): readonly string[] {
  switch (server.kind) {
    case 'apache': {
      // The worker MPM differs from event only in what it does with connections that wait.
      const mpm = server.mpm === 'prefork' ? 'prefork' : 'event';
      const modes = new Set(mounts.map(({ mode }) => mode));
      return [...modes].map((mode) => (mode === 'daemon' ? 'apache-event-daemon' : `apache-${mpm}-embedded`));
    }
    case 'gunicorn':
      return [`gunicorn-${server.workerClass}`];
    case 'uwsgi': {
      if (deployment.kind !== 'uwsgi') return [];
      const routed = deployment.listens.some(({ protocol }) => protocol === 'http');
      return [routed ? 'uwsgi-router' : deployment.threads > 1 ? 'uwsgi-threads' : 'uwsgi-processes'];
    }
    default:
      return assertNever(server);
  }
}

/** Behind a web server that speaks the protocol of uWSGI it is that one which clients talk HTTP with. */
const speaksHttp = (deployment: Deployment): boolean =>
  deployment.kind !== 'uwsgi' || deployment.listens.some(({ protocol }) => protocol.startsWith('http'));

const isAboutHttp = (id: string): boolean => {
  const theme = questionById(id)?.theme;
  return theme === 'responses' || theme === 'requests' || theme === 'environ' || /^PEP-(?:HDR|BODY|EXPECT)-/.test(id);
};

function warningsOf(profile: Profile, file: string, targets: readonly string[]): readonly MeasuredWarning[] {
  const among = (ids: readonly string[]): readonly string[] => ids.filter((id) => targets.includes(id));
  const choices = profile.choices.flatMap(({ question, answers }) =>
    answers.flatMap(({ answer, targets: answered }): readonly MeasuredWarning[] => {
      const message = questionById(question)?.answers[answer]?.warns;
      const ours = among(answered);
      if (message === undefined || ours.length === 0) return [];
      const { rule: asked } = questionById(question) ?? {};
      const same = profile.faults.find(({ rule }) => rule === asked)?.because ?? '';
      return [{ kind: 'choice', id: question, targets: ours, message, evidence: whereStands(file, question, same) }];
    }),
  );
  const told = choices.map(({ id }) => questionById(id)?.rule);
  const faults = profile.faults.flatMap(({ rule, says, because, targets: broken }): readonly MeasuredWarning[] => {
    const ours = among(broken);
    if (ours.length === 0 || told.includes(rule)) return [];
    const what = because?.replace(/: docs\/.*$/, '') ?? `it does not keep this: ${says}`;
    return [
      { kind: 'fault', id: rule, targets: ours, message: what, evidence: whereStands(file, rule, because ?? '') },
    ];
  });
  return [...choices, ...faults];
}

/** @param because - Ends in the page that tells it, where there is one. */
function whereStands(file: string, id: string, because: string): string {
  const page = /docs\/findings\/\S+\.md$/.exec(because)?.[0];
  return [`${file}, ${id}`, ...(page === undefined ? [] : [page])].join('; ');
}

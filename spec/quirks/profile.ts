/** What one version of a server was measured to do: its answers to {@link file://./questions.ts}, and the rules it breaks. */
import type { Rule } from '../rules/rule.ts';

/** The version of this form. Readers refuse what they do not know. */
export const profileVersion = 1;

export interface Profile {
  readonly version: typeof profileVersion;
  readonly server: ProfiledServer;
  /** Of the server and of what it ran on, each as it says itself: `{ gunicorn: '20.1.0', CPython: '3.11.2' }`. */
  readonly versions: Readonly<Record<string, string>>;
  readonly measured: Measured;
  readonly targets: readonly ProfiledTarget[];
  readonly choices: readonly Choice[];
  readonly faults: readonly Fault[];
}

export const profiledServers = [
  'apache',
  'gunicorn',
  'uwsgi',
  'waitress',
  'cheroot',
  'werkzeug',
  'wsgiref',
  'gateway',
] as const;
export type ProfiledServer = (typeof profiledServers)[number];

export interface Measured {
  /** ISO 8601, a day. */
  readonly on: string;
  /** What measures it again. */
  readonly command: string;
  /** The version of wsgiscope. */
  readonly tool: string;
}

/** A way to run the server. */
export interface ProfiledTarget {
  /** `gunicorn-gthread`. */
  readonly id: string;
  readonly title: string;
  /** How it was started, or the configuration it was started with. */
  readonly started: string;
}

/** One question, answered by each target. */
export interface Choice {
  readonly question: string;
  /** Targets that answered alike stand together. */
  readonly answers: readonly MeasuredAnswer[];
}

export interface MeasuredAnswer {
  readonly targets: readonly string[];
  /** Its name in {@link file://./question.ts}. */
  readonly answer: string;
  /** Of the first of these targets. */
  readonly evidence: QuirkEvidence;
}

/** What was done and seen. Dates, ports, pids and the machine's name are replaced by words in angle brackets. */
export interface QuirkEvidence {
  /** What was done, beyond sending bytes. */
  readonly steps?: readonly string[];
  /** The bytes that the client sent, as Latin-1. */
  readonly sent?: string;
  /** The bytes that it received, as Latin-1; long ones are cut in the middle. */
  readonly seen?: string;
  /** How it ended: `complete` is a response with all that its headers announce, otherwise it is what became of the connection. */
  readonly ended?: string;
}

/** A rule that it does not keep. */
export interface Fault {
  readonly rule: string;
  readonly level: Rule['level'];
  /** What the rule says. */
  readonly says: string;
  readonly targets: readonly string[];
  /** What was seen, in words. */
  readonly evidence: string;
  /** What it comes to, and the page that tells it. */
  readonly because: string | null;
  /** Replays it on the first of these targets; null where nothing can. */
  readonly token: string | null;
}

/** A server that can be measured: how it is found and how it is started with the application of the measurement. */
import type { ProfiledServer } from '../../spec/quirks/profile.ts';
import type { Launch, Stopping } from '../adapters/process-family.ts';

export interface Stand {
  /** That of the target of the kit, where it has one: `gunicorn-gthread`. */
  readonly id: string;
  readonly title: string;
  readonly server: ProfiledServer;
  /** Looks for what it needs; null where that is not here. */
  find(): Promise<FoundStand | null>;
}

export interface FoundStand {
  /** Of the server and what belongs to it, as each says itself; that of Python is asked of the application. */
  readonly versions: Readonly<Record<string, string>>;
  /** The signal that makes it take new code and settings, as gently as it can; null where there is none. */
  readonly reload: NodeJS.Signals | null;
  /** Whether it can have one thread in each process, and has in this measurement. */
  readonly hasOneThread: boolean;
  /** The way to stop it that is quick and sure; SIGTERM where it is absent. */
  readonly stopping?: Stopping;
  /** How it is started. It may write files into the folder, which holds the application. */
  prepare(place: StandPlace): Promise<Prepared>;
}

export interface StandPlace {
  readonly folder: string;
  readonly port: number;
  readonly workers: number;
}

export interface Prepared {
  readonly launch: Launch;
  /** For a person: the command line, or the configuration. */
  readonly shown: string;
  /** A file that is its error log. */
  readonly errorLog?: string;
}

/** What every server is started with. The mark tells whether applications are shown the environment of the process. */
export const standEnvironment = (folder: string): Readonly<Record<string, string>> => ({
  PATH: '/usr/local/bin:/usr/bin:/bin',
  LANG: 'C.UTF-8',
  HOME: folder,
  TMPDIR: folder,
  PYTHONPATH: folder,
  PYTHONDONTWRITEBYTECODE: '1',
  PYTHONUNBUFFERED: '1',
  [environmentMark]: 'seen',
});

export const environmentMark = 'WSGISCOPE_MARK';

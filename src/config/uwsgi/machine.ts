/** What uWSGI asks the machine for while it reads a configuration. */
export interface UwsgiMachine {
  readonly hostname: string;
  /** Processors online, which `%k` stands for. */
  readonly cpus: number;
  readonly uid: number;
  readonly user: string;
  readonly gid: number;
  readonly group: string;
  /** Where its program lies, which `%b` stands for. */
  readonly binary: string;
  /** net.core.somaxconn, above which `listen` stops the server; null where nobody asked. */
  readonly somaxconn: number | null;
}

/** A machine of which nothing is known. */
export const someMachine: UwsgiMachine = {
  hostname: 'localhost',
  cpus: 1,
  uid: 1000,
  user: 'user',
  gid: 1000,
  group: 'user',
  binary: '/usr/bin/uwsgi',
  somaxconn: null,
};

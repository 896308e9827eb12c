/** What the kit can be pointed at: a way to find a server on this machine, and the deployments it is tried with. */
import type fc from 'fast-check';
import type { Deployment } from '../../spec/deployment.ts';
import type { TraceEvent } from '../../spec/trace.ts';
import type { World } from '../../spec/world.ts';

export interface KitTarget {
  /** How it is named on a command line and in a report: `gunicorn-gthread`. */
  readonly id: string;
  /** One line for people: `gunicorn with gthread workers`. */
  readonly title: string;
  /** Looks for what it needs. Never throws: what is missing is an answer. */
  find(): Promise<Found>;
  /** What it is deployed with. Every value is one that its world can run. */
  readonly deployments: fc.Arbitrary<Deployment>;
  /** Its processes end as soon as they may: there is nothing to wait for beside something else, and a server less to start. */
  readonly isPrompt?: true;
  /** Deployments beside those, each made for rules that those hardly ever exercise, and tried with what it has of its own. */
  readonly occasions?: readonly Deployment[];
  /** More of those, which take minutes: tried where a check is to be thorough. */
  readonly rareOccasions?: readonly Deployment[];
}

export type Found =
  | {
      readonly kind: 'found';
      /** As the server says it: `gunicorn 20.1.0 on CPython 3.11.2`. */
      readonly version: string;
      readonly world: (options: WorldOptions) => World;
      /** The configuration of a deployment in the server's own words, as it would be run; absent where there is none. */
      readonly configuration?: (deployment: Deployment) => string;
      /** It takes no further steps: whoever wants to see what comes next runs it from the beginning, which takes no time. */
      readonly isVirtual?: true;
    }
  | {
      readonly kind: 'missing';
      /** What is not there: `gunicorn for Python 3`. */
      readonly what: string;
      /** What the user can do: `apt-get install gunicorn`. */
      readonly fix: string;
    };

export interface WorldOptions {
  /** Hears each event as it is recorded. */
  readonly onEvent?: (event: TraceEvent) => void;
  /** Hears each line that the server writes to its log. */
  readonly onLog?: (line: string) => void;
  /** Chance, where the world has any. */
  readonly seed: number;
}

/** What is known of one request when it is over: what access logs and counters are written from. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RoutedMount } from '../../spec/route.ts';
import type { ProcessId } from '../../spec/vocabulary.ts';

export interface RequestAccount {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The configured port on which it came in. */
  readonly port: number;
  /** When it came in, on the clock of `performance.now()`, in ms. */
  readonly began: number;
  /** The application it was for; null where the server itself answered. */
  mount: RoutedMount | null;
  /** Who had it last; null while no process has. */
  carriedBy: { readonly process: ProcessId | null } | null;
}

/** Hears of each request when its response is sent or its client is gone. */
export type RequestAccounts = (account: RequestAccount) => void;

/** Why a process ended, in words for people who do not know the option. */
import type { Ending } from '../../../spec/trace.ts';

const sentences: Readonly<Partial<Record<Ending, string>>> = {
  'maximum-requests': 'it had handled as many requests as it may',
  'max-connections-per-child': 'it had handled as many connections as it may',
  'restart-interval': 'its time was over',
  'inactivity-timeout': 'nobody had asked it for long',
  'request-timeout': 'its requests took too long',
  'deadlock-timeout': 'Python did not let anything else run',
  'startup-timeout': 'no script was loaded in time',
  'cpu-time-limit': 'it had used up its processor time',
  'script-changed': 'a script it had loaded was changed',
  signal: 'somebody sent it a signal',
  surplus: 'there were more idle processes than wanted',
  'server-restart': 'the server was restarted',
  'server-stop': 'the server stops',
  crash: 'it ended by itself',
};

/** Empty where the name of the ending says it all. */
export const endingInWords = (ending: Ending): string => sentences[ending] ?? '';

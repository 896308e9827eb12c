/** What is known of the servers that the kit comes with: each is told at length under docs/findings. */
import type { KnownFinding } from './known.ts';

export const knownFindings: readonly KnownFinding[] = [];

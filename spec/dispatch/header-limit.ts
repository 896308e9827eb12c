/**
 * The longest line of a response header that an Apache child reads from a daemon process. Its buffer is read one short of
 * its end, and before mod_wsgi 6 one shorter still. Sources: mod_wsgi 4.9.4 and 5.0.2, wsgi_scan_headers and
 * wsgi_getsfunc_brigade; 6.0.5, wsgi_read_header_line. Probed with 4.9.4: 32765 bytes pass, 32766 give 500.
 */
import type { DaemonGroup, ModWsgiRelease } from '../deployments/apache.ts';

const standardBuffer = 32_768;

/** In bytes, `Name: value` without the end of the line. */
export const longestHeaderLine = ({ headerBufferSize }: DaemonGroup, release: ModWsgiRelease): number =>
  (headerBufferSize || standardBuffer) - (release === '6' ? 2 : 3);

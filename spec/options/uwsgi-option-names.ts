/**
 * The names of all other options of uWSGI 2.0, of the core and of the plugins python, http and gevent: what must follow each on the
 * command line, and what naming it switches on. They have no effect on the model beyond that.
 * Source: uWSGI 2.0.30, core/uwsgi.c, plugins/python/python_plugin.c, plugins/http/http.c; 2.0.21 for what is newer.
 */
import { type UwsgiRelease, uwsgiReleases } from '../deployments/uwsgi.ts';
import type { UwsgiImplied, UwsgiOption } from './uwsgi-options.ts';

export interface UwsgiOptionName extends Pick<UwsgiOption, 'name' | 'short' | 'part' | 'implies' | 'releases'> {
  /** What follows it: nothing, a number that must not be negative, anything, or nothing or anything. */
  readonly takes: UwsgiTakes;
  /** It makes uWSGI do something else than serve, and exit. */
  readonly endsServer: boolean;
}

export type UwsgiTakes = 'nothing' | 'count' | 'text' | 'optional';

/** @param names - Separated by white space; `name/x` is what the letter `x` of a command line stands for. */
const named = (
  part: UwsgiOption['part'],
  takes: UwsgiTakes,
  names: string,
  more: {
    readonly implies?: readonly UwsgiImplied[];
    readonly endsServer?: true;
    readonly releases?: readonly UwsgiRelease[];
  } = {},
): readonly UwsgiOptionName[] =>
  names
    .trim()
    .split(/\s+/)
    .map((word): UwsgiOptionName => {
      const [name = '', short = null] = word.split('/');
      return { name, short, part, takes, implies: [], endsServer: false, releases: uwsgiReleases, ...more };
    });

export const uwsgiOptionNames: readonly UwsgiOptionName[] = [
  ...named(
    'core',
    'count',
    `
    alarm-freq backtrace-depth cache-expire-freq cache-store-sync chunked-input-timeout cpu-affinity cron-harakiri
    emperor-broodlord emperor-curse-tolerance emperor-freq emperor-max-throttle emperor-required-heartbeat
    emperor-throttle heartbeat limit-nproc locks log-slow max-fd mem-collector-freq mule-harakiri mule-reload-mercy
    multicast-loop multicast-ttl offload-thread offload-threads queue queue-blocksize queue-store-sync
    response-headers-limit signal-bufsize signals-bufsize socket-timeout/z spooler-freq spooler-frequency
    spooler-harakiri spooler-max-tasks spooler-processes ssl-session-timeout ssl-sessions-timeout subscribe-freq
    subscription-tolerance tcp-fast-open tcp-fastopen vassal-sos vassal-sos-backlog wait-for-fs-timeout
    wait-for-iface-timeout wait-for-interface-timeout wait-for-socket-timeout wait-iface-timeout
    wait-interface-timeout websocket-ping-freq websocket-pong-tolerance websockets-ping-freq
    websockets-pong-tolerance
  `,
  ),
  ...named(
    'core',
    'count',
    `
    harakiri-graceful-signal harakiri-queue-threshold
  `,
    { releases: ['2.0.30'] },
  ),
  ...named(
    'core',
    'count',
    `
    check-interval legion-death-on-lord-error legion-freq legion-skew-tolerance legion-tolerance static-cache-paths
    stats-pusher-default-freq stats-pushers-default-freq subscriptions-sign-check-tolerance
  `,
    { implies: ['master'] },
  ),
  ...named(
    'core',
    'count',
    `
    thread-stack-size thread-stacksize threads-stack-size threads-stacksize
  `,
    { implies: ['threads'] },
  ),
  ...named(
    'core',
    'nothing',
    `
    abstract-socket/a alarm-list alarms-list auto-procname autoload cache-no-expire cache-report-freed-items
    cache-use-last-modified catch-exceptions cgi-mode/c cheaper-algo-list cheaper-algos-list cheaper-list
    check-static-docroot clock-list clocks-list close-on-exec close-on-exec2 command-mode disable-logging/L
    disable-sendfile disable-write-exception drop-after-apps drop-after-init early-emperor emperor-graceful-shutdown
    emperor-magic-exec emperor-no-blacklist emperor-nofollow emperor-tyrant emperor-tyrant-nofollow
    enable-proxy-protocol end-blacklist end-whitelist force-gateway freebind harakiri-no-arh harakiri-verbose
    honour-range honour-stdin if-not-reload if-reload ignore-script-name ignore-sigpipe ignore-write-errors
    imperial-monitor-list imperial-monitors-list jailed log-4xx log-5xx log-format-strftime log-master-req-stream
    log-master-stream log-micros log-reopen log-truncate log-x-forwarded-for log-zero logfile-chown
    logformat-strftime logger-list loggers-list loop-list loops-list master-as-root memory-report/m never-swap
    no-defer-accept no-fd-passing no-harakiri-after-req-hook no-harakiri-arh no-initgroups no-orphans
    no-threads-wait pcre-jit persistent-ipcsem plugin-list plugins-list propagate-touch re-fork re-fork-as-root
    re-fork-post-jail reaper/r refork refork-as-root refork-post-jail reload-on-exception reuse-port router-list
    routers-list setns-preopen show-config shutdown-sockets skip-atexit skip-atexit-teardown skip-zero so-keepalive
    so-send-timeout so-write-timeout socket-send-timeout socket-write-timeout spooler-ordered spooler-quiet
    ssl-enable-sslv3 ssl-enable-tlsv1 ssl-enable3 ssl-option ssl-verbose start-unsubscribed static-gzip-all
    subscription-dotsplit subscriptions-use-credentials tcp-fast-open-client tcp-fastopen-client tcp-nodelay
    unsubscribe-on-graceful-reload use-abort vhost vhost-host write-errors-exception-only zerg-fallback
  `,
  ),
  ...named(
    'core',
    'nothing',
    `
    cflags config-py dot-h dump-options help/h no-server usage version
  `,
    { endsServer: true },
  ),
  ...named(
    'core',
    'nothing',
    `
    daemons-honour-stdin enable-metrics log-master metric-dir-restore metrics-dir-restore metrics-no-cores
    stats-http stats-min stats-minified stats-no-cores stats-no-metrics threaded-logger
  `,
    { implies: ['master'] },
  ),
  ...named(
    'core',
    'optional',
    `
    check-cache chmod chmod-socket/C end-for end-if endfor endif ksm log-date log-prefix logdate snmp
    ssl-verify-depth
  `,
  ),
  ...named(
    'core',
    'optional',
    `
    exit
  `,
    { endsServer: true },
  ),
  ...named(
    'core',
    'optional',
    `
    log-syslog mule mule-msg-size ssl-session-use-cache ssl-sessions-use-cache
  `,
    { implies: ['master'] },
  ),
  ...named(
    'core',
    'text',
    `
    add-cache-item add-gid add-header after-request-call after-request-hook alarm-cheap alarm-msg-size
    allowed-modifiers auto-weight binary-append-data binary-path binsh blacklist body-read-warning cache
    cache-blocksize cache-sync cache2 call-as-emperor call-as-emperor1 call-as-emperor2 call-as-emperor4
    call-as-root call-as-user call-as-user-atexit call-as-vassal call-as-vassal1 call-as-vassal3 call-asap
    call-in-jail call-post-app call-post-jail call-pre-app call-pre-jail cap cgroup cgroup-dir-mode cgroup-opt
    chdir2 check-static chown-socket chroot chunked-input-limit clock collect-header config declare-option
    declare-option2 del-header dlopen early-envdir emperor emperor-cap emperor-extra-ext emperor-extra-extension
    emperor-on-demand-dir emperor-on-demand-directory emperor-on-demand-exec emperor-on-demand-ext
    emperor-on-demand-extension emperor-pidfile emperor-procname emperor-proxy-socket emperor-stats
    emperor-stats-server emperor-use-clone emperor-wrapper emperor-wrapper-fallback emperor-wrapper-override env
    envdir error-page-403 error-page-404 error-page-500 error-route error-route-host error-route-if
    error-route-if-not error-route-label error-route-qs error-route-referer error-route-remote-addr
    error-route-remote-user error-route-run error-route-status error-route-uri error-route-user-agent
    exec-as-emperor exec-as-root exec-as-user exec-as-user-atexit exec-as-vassal exec-asap exec-in-jail
    exec-post-app exec-post-jail exec-pre-app exec-pre-jail fallback-config fastcgi-modifier1 fastcgi-modifier2
    fastcgi-nph-socket fastcgi-socket fd-safe file-serve-mode file-write fileserve-mode final-route final-route-host
    final-route-if final-route-if-not final-route-label final-route-qs final-route-referer final-route-remote-addr
    final-route-remote-user final-route-run final-route-status final-route-uri final-route-user-agent flock
    flock-wait flock-wait2 flock2 for for-glob for-readline for-times force-cwd ftok gid hook-accepting
    hook-accepting-once hook-accepting1 hook-accepting1-once hook-as-emperor hook-as-gateway hook-as-mule
    hook-as-root hook-as-user hook-as-user-atexit hook-as-vassal hook-asap hook-emperor-lost hook-emperor-reload
    hook-emperor-start hook-emperor-stop hook-in-jail hook-master-start hook-post-app hook-post-fork hook-post-jail
    hook-pre-app hook-pre-jail hook-touch http-socket-modifier1 http-socket-modifier2 https-socket
    https-socket-modifier1 https-socket-modifier2 if-dir if-directory if-env if-exists if-file if-hostname
    if-hostname-match if-not-dir if-not-env if-not-exists if-not-file if-not-hostname if-not-hostname-match
    if-not-opt if-not-plugin if-opt if-plugin ifdir ifenv ifexists ifplugin immediate-gid immediate-uid include
    inherit ini inject-after inject-before iprint jail jail-attach jail-ip4 jail-ip6 jail2 jid-file jidfile js
    json/j legion-scroll-list-max-size legion-scroll-max-size libjail limit-as limit-post load-file-in-cache
    load-file-in-cache-gzip lock-engine log-backupname log-big log-format log-ioerror log-master-bufsize
    log-sendfile logfile-chmod logformat logto logto2 loop map-socket max-vars/v mime-file mimefile mode
    mount-as-emperor mount-as-root mount-as-vassal mount-asap mount-in-jail mount-post-jail mount-pre-jail namespace
    namespace-keep-mount namespace-net ns ns-net pidfile pidfile2 pivot-root pivot_root plugin-dir plugins-dir
    post-buffering-bufsize print prio privileged-binary-patch privileged-binary-patch-arg procname-append
    procname-master procname-prefix procname-prefix-spaced profiler pull-header puwsgi-socket raw-modifier1
    raw-modifier2 raw-socket reload-on-exception-repr reload-on-exception-type reload-on-exception-value rem-header
    remap-modifier resolve response-header-collect response-route response-route-host response-route-if
    response-route-if-not response-route-label response-route-qs response-route-referer response-route-remote-addr
    response-route-remote-user response-route-run response-route-status response-route-uri response-route-user-agent
    route route-host route-if route-if-not route-label route-qs route-referer route-remote-addr route-remote-user
    route-run route-uri route-user-agent rpc-max safe-fd safe-pidfile safe-pidfile2 scgi-modifier1 scgi-modifier2
    scgi-nph-socket scgi-socket set/S set-ph set-placeholder setns setns-skip setns-socket-skip shared-socket
    sharedarea/A signal sni sni-dir sni-dir-ciphers sni-regexp snmp-community socket-rcvbuf socket-sndbuf
    spooler-chdir ssl-socket ssl-tmp-dir static-check static-expires static-expires-mtime static-expires-path-info
    static-expires-path-info-mtime static-expires-type static-expires-type-mtime static-expires-uri
    static-expires-uri-mtime static-gzip static-gzip-dir static-gzip-ext static-gzip-prefix static-gzip-suffix
    static-index static-map static-map2 static-safe static-skip-ext subscription-algo suwsgi-socket uid umask
    umount-as-emperor umount-as-root umount-as-vassal umount-asap umount-in-jail umount-post-jail umount-pre-jail
    undeferred-shared-socket unenv unprivileged-binary-patch unprivileged-binary-patch-arg unshare unshare2
    upload-progress vassal-cap vassal-set vassals-cap vassals-include vassals-include-before vassals-inherit
    vassals-inherit-before vassals-set vassals-start-hook vassals-stop-hook wait-for-dir wait-for-file wait-for-fs
    wait-for-iface wait-for-interface wait-for-mountpoint wait-for-socket wait-iface wait-interface
    websocket-max-size websockets-max-size weight whitelist worker-exec worker-exec2 write-errors-tolerance xml
    xmlconfig/x yaml/y yml zerg
  `,
  ),
  ...named(
    'core',
    'text',
    `
    build-plugin connect-and-read extract get pause print-sym print-symbol reload resume stop suspend
  `,
    { endsServer: true },
  ),
  ...named(
    'core',
    'text',
    `
    alarm alarm-backlog alarm-fd alarm-listen-queue alarm-log alarm-lq alarm-metric alarm-segfault
    attach-control-daemon attach-daemon attach-daemon2 backlog-alarm brutal-reload-on-fd cache-store cache-udp-node
    cache-udp-server cheaper-rss-limit-hard cheaper-rss-limit-soft check-mount check-mountpoint cron cron-legion
    cron2 exception-handler farm fs-brutal-reload fs-reload fs-signal legion legion-attach-daemon legion-cron
    legion-death legion-join legion-lord legion-mcast legion-node legion-node-joined legion-node-left legion-quorum
    legion-scroll legion-setup legion-smart-attach-daemon legion-smart-attach-daemon2 legion-unlord
    listen-queue-alarm log-alarm log-drain log-encoder log-filter log-maxsize log-req-encoder log-req-route
    log-route log-socket logger logger-req lq-alarm master-fifo metric metric-alarm metric-dir metric-threshold
    metrics-dir mount-check mountpoint-check mules multicast not-alarm-log not-log-alarm notify-socket queue-store
    rbtimer reload-on-fd req-logger segfault-alarm setns-socket signal-rbtimer signal-timer smart-attach-daemon
    smart-attach-daemon2 spooler/Q spooler-external st static-cache-paths-name stats stats-push stats-server
    subscribe subscribe-to subscribe-with-modifier1 subscribe2 subscription-notify-socket
    subscriptions-credentials-check subscriptions-sign-check subscriptions-sign-skip-uid timer touch-exec
    touch-logreopen touch-logrotate touch-mules-reload touch-signal touch-spoolers-reload udp unique-cron
    unique-cron-legion unique-legion-cron zerg-server
  `,
    { implies: ['master'] },
  ),
  ...named(
    'python',
    'count',
    `
    optimize/O
  `,
  ),
  ...named(
    'python',
    'nothing',
    `
    no-site paste-logger py-call-osafterfork py-call-uwsgi-fork-hooks reload-os-env start_response-nodelay
    wsgi-accept-buffer wsgi-accept-buffers wsgi-disable-file-wrapper wsgi-strict
  `,
  ),
  ...named(
    'python',
    'nothing',
    `
    python-version
  `,
    { endsServer: true },
  ),
  ...named(
    'python',
    'optional',
    `
    pyshell pyshell-oneshot
  `,
    { endsServer: true },
  ),
  ...named(
    'python',
    'text',
    `
    eval import ini-paste ini-paste-logged paste pecan post-pymodule-alias pump py-executable py-import
    py-program-name py-programname py-sharedarea py-sys-executable pyargv pyimport pymodule-alias python-import
    python-raw python-worker-override shared-import shared-py-import shared-pyimport shared-python-import
    spooler-import spooler-py-import spooler-pyimport spooler-python-import web3 wsgi-env-behavior
    wsgi-env-behaviour wsgi-lite
  `,
  ),
  ...named(
    'python',
    'text',
    `
    py pyrun python test/J
  `,
    { endsServer: true },
  ),
  ...named(
    'python',
    'text',
    `
    py-auto-reload-ignore py-tracebacker
  `,
    { implies: ['master', 'threads'] },
  ),
  ...named(
    'http',
    'count',
    `
    http-connect-timeout http-events http-gracetime http-harakiri http-headers-timeout http-modifier1 http-modifier2
    http-processes http-timeout http-workers
  `,
  ),
  ...named(
    'http',
    'nothing',
    `
    http-auto-chunked http-auto-gzip http-cheap http-chunked-input http-manage-rtsp http-manage-source http-raw-body
    http-websockets https-export-cert
  `,
  ),
  ...named(
    'http',
    'optional',
    `
    http-enable-proxy-protocol http-keepalive http-manage-expect http-use-cache http-use-socket
  `,
  ),
  ...named(
    'http',
    'text',
    `
    http-buffer-size http-fallback http-gid http-quiet http-resubscribe http-server-name-as-http-host http-ss
    http-stats http-stats-server http-stud-prefix http-subscription-fallback-key http-subscription-server http-to
    http-to-https http-uid http-use-base http-use-code-string http-use-pattern http-var http-zerg https
    https-session-context https2
  `,
  ),
  ...named(
    'gevent',
    'nothing',
    `
    gevent-early-monkey-patch gevent-monkey-patch gevent-wait-for-hub
  `,
  ),
];

const byName = new Map(
  uwsgiReleases.map((release) => [
    release,
    new Map(uwsgiOptionNames.filter(({ releases }) => releases.includes(release)).map((row) => [row.name, row])),
  ]),
);

/** The option of that name in that release, if it is one without effect on the model. */
export const uwsgiOptionName = (name: string, release: UwsgiRelease): UwsgiOptionName | undefined =>
  byName.get(release)?.get(name);

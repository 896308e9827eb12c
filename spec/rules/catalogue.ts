/** Every rule there is: by area, then by id. */

import { childCountsConnections } from './children/child-counts-connections.ts';
import { childrenEndForKnownReasons } from './children/children-end-for-known-reasons.ts';
import { idleConnectionsKeepNoWorker } from './children/idle-connections-keep-no-worker.ts';
import { serverLimitBoundsTheChildren } from './children/server-limit-bounds-the-children.ts';
import { spareServersAreKept } from './children/spare-servers-are-kept.ts';
import { spareThreadsAreKept } from './children/spare-threads-are-kept.ts';
import { spawnRateDoublesTo32 } from './children/spawn-rate-doubles-to-32.ts';
import { startServersAreForkedAtStart } from './children/start-servers-are-forked-at-start.ts';
import { threadsAreThoseOfTheStart } from './children/threads-are-those-of-the-start.ts';
import { uwsgiCheaperFollowsTheLoad } from './children/uwsgi-cheaper-follows-the-load.ts';
import { daemonProcessRunsNoMoreThanItsThreads } from './concurrency/daemon-process-runs-no-more-than-its-threads.ts';
import { noMoreProcessesThanConfigured } from './concurrency/no-more-processes-than-configured.ts';
import { oneRequestInOneThread } from './concurrency/one-request-in-one-thread.ts';
import { processRunsNoMoreThanItsThreads } from './concurrency/process-runs-no-more-than-its-threads.ts';
import { requestsBeyondTheThreadsWait } from './concurrency/requests-beyond-the-threads-wait.ts';
import { requestsBeyondTheWorkersWait } from './concurrency/requests-beyond-the-workers-wait.ts';
import { requestsNeverExceedTheWorkers } from './concurrency/requests-never-exceed-the-workers.ts';
import { uwsgiThreadsStandStillWhileIdle } from './concurrency/uwsgi-threads-stand-still-while-idle.ts';
import { aliasOptionsBeatDirectives } from './configuration/alias-options-beat-directives.ts';
import { aliasWithBothGroupsPreloads } from './configuration/alias-with-both-groups-preloads.ts';
import { callableIsLookedUpByItsName } from './configuration/callable-is-looked-up-by-its-name.ts';
import { embeddedIsTheDefault } from './configuration/embedded-is-the-default.ts';
import { embeddedModeCanBeForbidden } from './configuration/embedded-mode-can-be-forbidden.ts';
import { environmentNamesAGroup } from './configuration/environment-names-a-group.ts';
import { expansionIsTheWholeValue } from './configuration/expansion-is-the-whole-value.ts';
import { failedPreloadStopsNothing } from './configuration/failed-preload-stops-nothing.ts';
import { filesReachNoApplication } from './configuration/files-reach-no-application.ts';
import { firstMatchingAliasDecides } from './configuration/first-matching-alias-decides.ts';
import { groupBelongsToItsVirtualHost } from './configuration/group-belongs-to-its-virtual-host.ts';
import { importedScriptsRunFirst } from './configuration/imported-scripts-run-first.ts';
import { lastSectionWins } from './configuration/last-section-wins.ts';
import { numberOfDaemonProcessesIsFixed } from './configuration/number-of-daemon-processes-is-fixed.ts';
import { patternsMountWhatTheyMatch } from './configuration/patterns-mount-what-they-match.ts';
import { processWithoutThreadsRunsItsScripts } from './configuration/process-without-threads-runs-its-scripts.ts';
import { restrictedGroupsAreRefused } from './configuration/restricted-groups-are-refused.ts';
import { sectionsBeatTheServer } from './configuration/sections-beat-the-server.ts';
import { serverAndHostNameAGroup } from './configuration/server-and-host-name-a-group.ts';
import { undefinedGroupIsAnError } from './configuration/undefined-group-is-an-error.ts';
import { uwsgiTooLongAQueueStopsTheStart } from './configuration/uwsgi-too-long-a-queue-stops-the-start.ts';
import { activityRestartsTheClock } from './deadlines/activity-restarts-the-clock.ts';
import { eachRequestIsTimedAlone } from './deadlines/each-request-is-timed-alone.ts';
import { gunicornKillsASilentSyncWorker } from './deadlines/gunicorn-kills-a-silent-sync-worker.ts';
import { gunicornTimeoutSparesThreads } from './deadlines/gunicorn-timeout-spares-threads.ts';
import { hopelessRequestsAreNotWaitedFor } from './deadlines/hopeless-requests-are-not-waited-for.ts';
import { inactivityBeginsWithTheFirstRequest } from './deadlines/inactivity-begins-with-the-first-request.ts';
import { keptLockEndsTheProcess } from './deadlines/kept-lock-ends-the-process.ts';
import { monitorRunsForTwoOptions } from './deadlines/monitor-runs-for-two-options.ts';
import { preloadingTakesItsTime } from './deadlines/preloading-takes-its-time.ts';
import { processorTimeIsLimited } from './deadlines/processor-time-is-limited.ts';
import { requestTimeoutRecyclesTheProcess } from './deadlines/request-timeout-recycles-the-process.ts';
import { requestsShareTheirTime } from './deadlines/requests-share-their-time.ts';
import { restartIntervalCountsFromTheStart } from './deadlines/restart-interval-counts-from-the-start.ts';
import { startupMustSucceedInTime } from './deadlines/startup-must-succeed-in-time.ts';
import { stuckRequestIsInterruptedFirst } from './deadlines/stuck-request-is-interrupted-first.ts';
import { uwsgiHarakiriIsOneForAllThreads } from './deadlines/uwsgi-harakiri-is-one-for-all-threads.ts';
import { uwsgiHarakiriKillsWithoutAnAnswer } from './deadlines/uwsgi-harakiri-kills-without-an-answer.ts';
import { uwsgiOldWorkerFinishesFirst } from './deadlines/uwsgi-old-worker-finishes-first.ts';
import { connectingIsTriedUntilConnectTimeout } from './dispatch/connecting-is-tried-until-connect-timeout.ts';
import { idleThreadsAreUsedLastInFirstOut } from './dispatch/idle-threads-are-used-last-in-first-out.ts';
import { listenBacklogIsTheDepthOfTheQueue } from './dispatch/listen-backlog-is-the-depth-of-the-queue.ts';
import { longHeaderGives500 } from './dispatch/long-header-gives-500.ts';
import { lostDaemonGivesAGatewayError } from './dispatch/lost-daemon-gives-a-gateway-error.ts';
import { processesCompeteForRequests } from './dispatch/processes-compete-for-requests.ts';
import { queueOutlivesTheProcesses } from './dispatch/queue-outlives-the-processes.ts';
import { queueTimeoutIsLookedAtByTheThread } from './dispatch/queue-timeout-is-looked-at-by-the-thread.ts';
import { socketTimeoutBoundsTheSilence } from './dispatch/socket-timeout-bounds-the-silence.ts';
import { workersAreStartedAheadOfRequests } from './dispatch/workers-are-started-ahead-of-requests.ts';
import { applicationsHearOfTheEndFirst } from './ending/applications-hear-of-the-end-first.ts';
import { evictionWaitsForRequests } from './ending/eviction-waits-for-requests.ts';
import { exitHandlersRunMainLast } from './ending/exit-handlers-run-main-last.ts';
import { forcedEndRunsNoExitHandlers } from './ending/forced-end-runs-no-exit-handlers.ts';
import { graceEndsInShutdown } from './ending/grace-ends-in-shutdown.ts';
import { gracefulWaitAcceptsRequests } from './ending/graceful-wait-accepts-requests.ts';
import { noTimeoutIsNoDeadline } from './ending/no-timeout-is-no-deadline.ts';
import { secondEvictionIsIgnored } from './ending/second-eviction-is-ignored.ts';
import { shutdownJoinsRequestsUntilItsTimeout } from './ending/shutdown-joins-requests-until-its-timeout.ts';
import { stubbornChildrenAreKilled } from './ending/stubborn-children-are-killed.ts';
import { threadsAreWaitedForFirst } from './ending/threads-are-waited-for-first.ts';
import { uwsgiBusyWorkerSkipsExitHandlers } from './ending/uwsgi-busy-worker-skips-exit-handlers.ts';
import { daemonFlagsIgnoreTheMpm } from './flags/daemon-flags-ignore-the-mpm.ts';
import { embeddedFlagsFollowLimitsNotChildren } from './flags/embedded-flags-follow-limits-not-children.ts';
import { embeddedIsNeverRunOnce } from './flags/embedded-is-never-run-once.ts';
import { gunicornMultiprocessFollowsWorkers } from './flags/gunicorn-multiprocess-follows-workers.ts';
import { gunicornMultiprocessIgnoresTheLiveWorkers } from './flags/gunicorn-multiprocess-ignores-the-live-workers.ts';
import { gunicornMultithreadFollowsTheWorkerClass } from './flags/gunicorn-multithread-follows-the-worker-class.ts';
import { gunicornSyncWithThreadsIsGthread } from './flags/gunicorn-sync-with-threads-is-gthread.ts';
import { modulePublishesTheSizeOfTheGroup } from './flags/module-publishes-the-size-of-the-group.ts';
import { multiprocessFollowsTheMostChildren } from './flags/multiprocess-follows-the-most-children.ts';
import { multiprocessTellsWhetherProcessesMeet } from './flags/multiprocess-tells-whether-processes-meet.ts';
import { multithreadFollowsThreadsPerChild } from './flags/multithread-follows-threads-per-child.ts';
import { multithreadTellsWhetherThreadsMeet } from './flags/multithread-tells-whether-threads-meet.ts';
import { plainGroupIsOneProcessOfFifteenThreads } from './flags/plain-group-is-one-process-of-fifteen-threads.ts';
import { preforkHasNoThreads } from './flags/prefork-has-no-threads.ts';
import { preforkMultiprocessFollowsTheLimit } from './flags/prefork-multiprocess-follows-the-limit.ts';
import { runOnceMeansOneCall } from './flags/run-once-means-one-call.ts';
import { runOnceNeedsOneThreadAndOneRequest } from './flags/run-once-needs-one-thread-and-one-request.ts';
import { threadsOptionMakesMultithread } from './flags/threads-option-makes-multithread.ts';
import { uwsgiMultiprocessFollowsProcesses } from './flags/uwsgi-multiprocess-follows-processes.ts';
import { uwsgiMultithreadFollowsThreads } from './flags/uwsgi-multithread-follows-threads.ts';
import { workersAreNeverRunOnce } from './flags/workers-are-never-run-once.ts';
import { writingProcessesMakesMultiprocess } from './flags/writing-processes-makes-multiprocess.ts';
import { absentValuesAreLeftOut } from './interface/absent-values-are-left-out.ts';
import { applicationErrorsBecome500 } from './interface/application-errors-become-500.ts';
import { blocksAreNotHeldBack } from './interface/blocks-are-not-held-back.ts';
import { brokenResponsesLookBroken } from './interface/broken-responses-look-broken.ts';
import { contentLengthBoundsTheBody } from './interface/content-length-bounds-the-body.ts';
import { environIsABuiltinDictionary } from './interface/environ-is-a-builtin-dictionary.ts';
import { errorReplacesTheHeaders } from './interface/error-replaces-the-headers.ts';
import { expectationsAreAnswered } from './interface/expectations-are-answered.ts';
import { expectationsAreMet } from './interface/expectations-are-met.ts';
import { fileWrapperBeginsWhereTheFileStands } from './interface/file-wrapper-begins-where-the-file-stands.ts';
import { fileWrapperIsAnIterable } from './interface/file-wrapper-is-an-iterable.ts';
import { headersAreCheckedAtStart } from './interface/headers-are-checked-at-start.ts';
import { headersWaitForTheFirstBlock } from './interface/headers-wait-for-the-first-block.ts';
import { hopByHopHeadersAreRefused } from './interface/hop-by-hop-headers-are-refused.ts';
import { inputEndsWithTheBody } from './interface/input-ends-with-the-body.ts';
import { iterationEndsWithTheContent } from './interface/iteration-ends-with-the-content.ts';
import { lateReplacementIsAnError } from './interface/late-replacement-is-an-error.ts';
import { lateReplacementRaisesWhatItIsGiven } from './interface/late-replacement-raises-what-it-is-given.ts';
import { requiredVariablesAreThere } from './interface/required-variables-are-there.ts';
import { secondStartNeedsAnError } from './interface/second-start-needs-an-error.ts';
import { startMayComeWhileIterating } from './interface/start-may-come-while-iterating.ts';
import { streamsHaveTheirMethods } from './interface/streams-have-their-methods.ts';
import { textIsNotSent } from './interface/text-is-not-sent.ts';
import { variablesAreNativeStrings } from './interface/variables-are-native-strings.ts';
import { whatIsReturnedIsClosed } from './interface/what-is-returned-is-closed.ts';
import { writtenBlocksComeFirst } from './interface/written-blocks-come-first.ts';
import { wsgiVariablesAreThere } from './interface/wsgi-variables-are-there.ts';
import { countersAreLinearisable } from './isolation/counters-are-linearisable.ts';
import { defaultGroupIsServerPortAndMount } from './isolation/default-group-is-server-port-and-mount.ts';
import { eachMountHasItsOwnInterpreter } from './isolation/each-mount-has-its-own-interpreter.ts';
import { globalIsTheMainInterpreter } from './isolation/global-is-the-main-interpreter.ts';
import { gunicornLoadsInEachWorkerOrOnce } from './isolation/gunicorn-loads-in-each-worker-or-once.ts';
import { importsStallTheProcess } from './isolation/imports-stall-the-process.ts';
import { interpreterLivesAsLongAsItsProcess } from './isolation/interpreter-lives-as-long-as-its-process.ts';
import { interpretersShareTheProcess } from './isolation/interpreters-share-the-process.ts';
import { oneGroupIsOneInterpreter } from './isolation/one-group-is-one-interpreter.ts';
import { oneScriptOnTwoMountsIsTwoApplications } from './isolation/one-script-on-two-mounts-is-two-applications.ts';
import { processesShareNoGlobals } from './isolation/processes-share-no-globals.ts';
import { requestsOfOneProcessShareGlobals } from './isolation/requests-of-one-process-share-globals.ts';
import { scriptModuleIsNamedAfterItsPath } from './isolation/script-module-is-named-after-its-path.ts';
import { threadLocalDataSurvives } from './isolation/thread-local-data-survives.ts';
import { threadsRunTogetherInOneInterpreter } from './isolation/threads-run-together-in-one-interpreter.ts';
import { uwsgiGivesEachApplicationAnInterpreter } from './isolation/uwsgi-gives-each-application-an-interpreter.ts';
import { uwsgiLoadsBeforeTheFork } from './isolation/uwsgi-loads-before-the-fork.ts';
import { theMachinesCanTakeTheTrace } from './model/the-machines-can-take-the-trace.ts';
import { bodiesAreSentAgainWhole } from './reloading/bodies-are-sent-again-whole.ts';
import { detectingRequestIsSentAgain } from './reloading/detecting-request-is-sent-again.ts';
import { eachChildReloadsOnItsOwnRequest } from './reloading/each-child-reloads-on-its-own-request.ts';
import { eachProcessNoticesByItself } from './reloading/each-process-notices-by-itself.ts';
import { embeddedScriptIsExecutedAgainInPlace } from './reloading/embedded-script-is-executed-again-in-place.ts';
import { importedModulesAreNotWatched } from './reloading/imported-modules-are-not-watched.ts';
import { reloadEndsEveryApplicationOfTheProcess } from './reloading/reload-ends-every-application-of-the-process.ts';
import { reloadingCanBeSwitchedOff } from './reloading/reloading-can-be-switched-off.ts';
import { touchedScriptReplacesItsProcess } from './reloading/touched-script-replaces-its-process.ts';
import { uwsgiChainReloadIsOneByOne } from './reloading/uwsgi-chain-reload-is-one-by-one.ts';
import { uwsgiWatchesOnlyItsTouchFiles } from './reloading/uwsgi-watches-only-its-touch-files.ts';
import { crashLosesOnlyItsOwnRequests } from './replacement/crash-loses-only-its-own-requests.ts';
import { deathLosesOnlyItsOwnRequests } from './replacement/death-loses-only-its-own-requests.ts';
import { endedProcessIsReplaced } from './replacement/ended-process-is-replaced.ts';
import { failedScriptIsTriedAgain } from './replacement/failed-script-is-tried-again.ts';
import { failingProcessesAreNotForkedInALoop } from './replacement/failing-processes-are-not-forked-in-a-loop.ts';
import { gunicornDeadWorkerIsReplaced } from './replacement/gunicorn-dead-worker-is-replaced.ts';
import { gunicornFailedBootStopsTheServer } from './replacement/gunicorn-failed-boot-stops-the-server.ts';
import { replacementFollowsWithinASecond } from './replacement/replacement-follows-within-a-second.ts';
import { replacementWaitsForTheEnd } from './replacement/replacement-waits-for-the-end.ts';
import { scriptIsLoadedByItsFirstRequest } from './replacement/script-is-loaded-by-its-first-request.ts';
import { uwsgiMasterRespawnsWorkers } from './replacement/uwsgi-master-respawns-workers.ts';
import { uwsgiStaysWithoutItsApplication } from './replacement/uwsgi-stays-without-its-application.ts';
import { vanishedProcessNeverAnswers } from './replacement/vanished-process-never-answers.ts';
import { completionsMoveTheDeadline } from './requests/completions-move-the-deadline.ts';
import { executedAtMostOnce } from './requests/executed-at-most-once.ts';
import { gunicornWorkerEndsAtItsLimit } from './requests/gunicorn-worker-ends-at-its-limit.ts';
import { processAcceptsWhileItWaitsToEnd } from './requests/process-accepts-while-it-waits-to-end.ts';
import { processEndsAtItsLimit } from './requests/process-ends-at-its-limit.ts';
import { requestsAreCountedPerProcess } from './requests/requests-are-counted-per-process.ts';
import { responseIsItsOwn } from './requests/response-is-its-own.ts';
import { uwsgiLargeWorkerEndsAfterItsRequest } from './requests/uwsgi-large-worker-ends-after-its-request.ts';
import { uwsgiWorkerEndsAtItsLimit } from './requests/uwsgi-worker-ends-at-its-limit.ts';
import { whatIsInsideIsAnswered } from './requests/what-is-inside-is-answered.ts';
import { childLeftBehindHearsNothing } from './restarts/child-left-behind-hears-nothing.ts';
import { formerChildrenReachNoDaemon } from './restarts/former-children-reach-no-daemon.ts';
import { gracefulRestartLetsChildrenFinish } from './restarts/graceful-restart-lets-children-finish.ts';
import { gracefulStopEndsInAStop } from './restarts/graceful-stop-ends-in-a-stop.ts';
import { gracefulStopRefusesAndFinishes } from './restarts/graceful-stop-refuses-and-finishes.ts';
import { gunicornHupDoesNotLoadPreloadedCode } from './restarts/gunicorn-hup-does-not-load-preloaded-code.ts';
import { gunicornHupForgetsTtinAndTtou } from './restarts/gunicorn-hup-forgets-ttin-and-ttou.ts';
import { gunicornHupReplacesEveryWorker } from './restarts/gunicorn-hup-replaces-every-worker.ts';
import { gunicornKeepsOneWorkerAndIgnoresWinch } from './restarts/gunicorn-keeps-one-worker-and-ignores-winch.ts';
import { gunicornOldSyncWorkerMayOutliveGracefulTimeout } from './restarts/gunicorn-old-sync-worker-may-outlive-graceful-timeout.ts';
import { gunicornStopIsGracefulOrQuick } from './restarts/gunicorn-stop-is-graceful-or-quick.ts';
import { gunicornUsr2StartsASecondArbiter } from './restarts/gunicorn-usr2-starts-a-second-arbiter.ts';
import { restartReplacesEveryDaemonProcess } from './restarts/restart-replaces-every-daemon-process.ts';
import { stopClosesEveryConnection } from './restarts/stop-closes-every-connection.ts';
import { uwsgiMercyIsLimited } from './restarts/uwsgi-mercy-is-limited.ts';
import { uwsgiReloadLetsWorkersFinishFirst } from './restarts/uwsgi-reload-lets-workers-finish-first.ts';
import { uwsgiReloadMercySparesWorkers } from './restarts/uwsgi-reload-mercy-spares-workers.ts';
import { uwsgiTermReloadsAndIntStops } from './restarts/uwsgi-term-reloads-and-int-stops.ts';
import type { Rule } from './rule.ts';
import { applicationsGetFreeSignals } from './signals/applications-get-free-signals.ts';
import { embeddedProcessIgnoresItsOwnSignal } from './signals/embedded-process-ignores-its-own-signal.ts';
import { signalReplacesTheDaemonProcess } from './signals/signal-replaces-the-daemon-process.ts';
import { cpuPriorityIsTheNiceValue } from './surroundings/cpu-priority-is-the-nice-value.ts';
import { credentialsNeedADirective } from './surroundings/credentials-need-a-directive.ts';
import { displayNameIsTheTitle } from './surroundings/display-name-is-the-title.ts';
import { freeSignalsNeedTheMainThread } from './surroundings/free-signals-need-the-main-thread.ts';
import { langAndLocaleAreInTheEnvironment } from './surroundings/lang-and-locale-are-in-the-environment.ts';
import { memoryLimitsAreThoseOfTheGroup } from './surroundings/memory-limits-are-those-of-the-group.ts';
import { parentsPythonIsEverybodys } from './surroundings/parents-python-is-everybodys.ts';
import { processesBeginInTheirHome } from './surroundings/processes-begin-in-their-home.ts';
import { processesRunAsTheirAccount } from './surroundings/processes-run-as-their-account.ts';
import { pythonHomeIsTheInstallation } from './surroundings/python-home-is-the-installation.ts';
import { pythonPathComesFirst } from './surroundings/python-path-comes-first.ts';
import { restrictedSignalsAreIgnored } from './surroundings/restricted-signals-are-ignored.ts';
import { restrictedStdinIsAnError } from './surroundings/restricted-stdin-is-an-error.ts';
import { restrictedStdoutIsAnError } from './surroundings/restricted-stdout-is-an-error.ts';
import { umaskIsThatOfTheGroup } from './surroundings/umask-is-that-of-the-group.ts';

export const rules: readonly Rule[] = [
  writingProcessesMakesMultiprocess,
  threadsOptionMakesMultithread,
  plainGroupIsOneProcessOfFifteenThreads,
  runOnceNeedsOneThreadAndOneRequest,
  daemonFlagsIgnoreTheMpm,
  embeddedFlagsFollowLimitsNotChildren,
  embeddedIsNeverRunOnce,
  modulePublishesTheSizeOfTheGroup,
  multithreadTellsWhetherThreadsMeet,
  multiprocessTellsWhetherProcessesMeet,
  runOnceMeansOneCall,
  preforkHasNoThreads,
  preforkMultiprocessFollowsTheLimit,
  multithreadFollowsThreadsPerChild,
  multiprocessFollowsTheMostChildren,
  gunicornMultiprocessFollowsWorkers,
  gunicornMultiprocessIgnoresTheLiveWorkers,
  gunicornMultithreadFollowsTheWorkerClass,
  gunicornSyncWithThreadsIsGthread,
  uwsgiMultiprocessFollowsProcesses,
  uwsgiMultithreadFollowsThreads,
  workersAreNeverRunOnce,
  eachMountHasItsOwnInterpreter,
  defaultGroupIsServerPortAndMount,
  oneScriptOnTwoMountsIsTwoApplications,
  oneGroupIsOneInterpreter,
  scriptModuleIsNamedAfterItsPath,
  globalIsTheMainInterpreter,
  interpreterLivesAsLongAsItsProcess,
  interpretersShareTheProcess,
  threadLocalDataSurvives,
  processesShareNoGlobals,
  requestsOfOneProcessShareGlobals,
  threadsRunTogetherInOneInterpreter,
  importsStallTheProcess,
  countersAreLinearisable,
  gunicornLoadsInEachWorkerOrOnce,
  uwsgiGivesEachApplicationAnInterpreter,
  uwsgiLoadsBeforeTheFork,
  aliasOptionsBeatDirectives,
  aliasWithBothGroupsPreloads,
  importedScriptsRunFirst,
  failedPreloadStopsNothing,
  firstMatchingAliasDecides,
  filesReachNoApplication,
  patternsMountWhatTheyMatch,
  numberOfDaemonProcessesIsFixed,
  processWithoutThreadsRunsItsScripts,
  callableIsLookedUpByItsName,
  expansionIsTheWholeValue,
  environmentNamesAGroup,
  serverAndHostNameAGroup,
  sectionsBeatTheServer,
  lastSectionWins,
  embeddedIsTheDefault,
  undefinedGroupIsAnError,
  groupBelongsToItsVirtualHost,
  restrictedGroupsAreRefused,
  embeddedModeCanBeForbidden,
  uwsgiTooLongAQueueStopsTheStart,
  daemonProcessRunsNoMoreThanItsThreads,
  requestsNeverExceedTheWorkers,
  requestsBeyondTheWorkersWait,
  noMoreProcessesThanConfigured,
  processRunsNoMoreThanItsThreads,
  requestsBeyondTheThreadsWait,
  oneRequestInOneThread,
  uwsgiThreadsStandStillWhileIdle,
  requestsAreCountedPerProcess,
  processEndsAtItsLimit,
  processAcceptsWhileItWaitsToEnd,
  completionsMoveTheDeadline,
  gunicornWorkerEndsAtItsLimit,
  uwsgiWorkerEndsAtItsLimit,
  uwsgiLargeWorkerEndsAfterItsRequest,
  whatIsInsideIsAnswered,
  executedAtMostOnce,
  responseIsItsOwn,
  crashLosesOnlyItsOwnRequests,
  scriptIsLoadedByItsFirstRequest,
  failedScriptIsTriedAgain,
  endedProcessIsReplaced,
  replacementWaitsForTheEnd,
  replacementFollowsWithinASecond,
  failingProcessesAreNotForkedInALoop,
  gunicornFailedBootStopsTheServer,
  gunicornDeadWorkerIsReplaced,
  uwsgiStaysWithoutItsApplication,
  uwsgiMasterRespawnsWorkers,
  vanishedProcessNeverAnswers,
  deathLosesOnlyItsOwnRequests,
  touchedScriptReplacesItsProcess,
  detectingRequestIsSentAgain,
  eachProcessNoticesByItself,
  reloadEndsEveryApplicationOfTheProcess,
  embeddedScriptIsExecutedAgainInPlace,
  eachChildReloadsOnItsOwnRequest,
  importedModulesAreNotWatched,
  bodiesAreSentAgainWhole,
  reloadingCanBeSwitchedOff,
  uwsgiWatchesOnlyItsTouchFiles,
  uwsgiChainReloadIsOneByOne,
  signalReplacesTheDaemonProcess,
  embeddedProcessIgnoresItsOwnSignal,
  applicationsGetFreeSignals,
  processorTimeIsLimited,
  keptLockEndsTheProcess,
  inactivityBeginsWithTheFirstRequest,
  activityRestartsTheClock,
  monitorRunsForTwoOptions,
  eachRequestIsTimedAlone,
  requestsShareTheirTime,
  requestTimeoutRecyclesTheProcess,
  stuckRequestIsInterruptedFirst,
  hopelessRequestsAreNotWaitedFor,
  restartIntervalCountsFromTheStart,
  startupMustSucceedInTime,
  preloadingTakesItsTime,
  gunicornKillsASilentSyncWorker,
  gunicornTimeoutSparesThreads,
  uwsgiOldWorkerFinishesFirst,
  uwsgiHarakiriKillsWithoutAnAnswer,
  uwsgiHarakiriIsOneForAllThreads,
  displayNameIsTheTitle,
  processesRunAsTheirAccount,
  umaskIsThatOfTheGroup,
  cpuPriorityIsTheNiceValue,
  memoryLimitsAreThoseOfTheGroup,
  pythonHomeIsTheInstallation,
  parentsPythonIsEverybodys,
  processesBeginInTheirHome,
  pythonPathComesFirst,
  langAndLocaleAreInTheEnvironment,
  credentialsNeedADirective,
  restrictedSignalsAreIgnored,
  freeSignalsNeedTheMainThread,
  restrictedStdinIsAnError,
  restrictedStdoutIsAnError,
  evictionWaitsForRequests,
  gracefulWaitAcceptsRequests,
  graceEndsInShutdown,
  noTimeoutIsNoDeadline,
  secondEvictionIsIgnored,
  shutdownJoinsRequestsUntilItsTimeout,
  exitHandlersRunMainLast,
  threadsAreWaitedForFirst,
  forcedEndRunsNoExitHandlers,
  applicationsHearOfTheEndFirst,
  stubbornChildrenAreKilled,
  uwsgiBusyWorkerSkipsExitHandlers,
  lostDaemonGivesAGatewayError,
  queueTimeoutIsLookedAtByTheThread,
  queueOutlivesTheProcesses,
  processesCompeteForRequests,
  idleThreadsAreUsedLastInFirstOut,
  listenBacklogIsTheDepthOfTheQueue,
  connectingIsTriedUntilConnectTimeout,
  socketTimeoutBoundsTheSilence,
  longHeaderGives500,
  workersAreStartedAheadOfRequests,
  restartReplacesEveryDaemonProcess,
  gracefulRestartLetsChildrenFinish,
  stopClosesEveryConnection,
  childLeftBehindHearsNothing,
  formerChildrenReachNoDaemon,
  gracefulStopRefusesAndFinishes,
  gracefulStopEndsInAStop,
  gunicornHupReplacesEveryWorker,
  gunicornHupDoesNotLoadPreloadedCode,
  gunicornHupForgetsTtinAndTtou,
  gunicornOldSyncWorkerMayOutliveGracefulTimeout,
  gunicornUsr2StartsASecondArbiter,
  uwsgiReloadLetsWorkersFinishFirst,
  gunicornStopIsGracefulOrQuick,
  gunicornKeepsOneWorkerAndIgnoresWinch,
  uwsgiTermReloadsAndIntStops,
  uwsgiMercyIsLimited,
  uwsgiReloadMercySparesWorkers,
  startServersAreForkedAtStart,
  spareServersAreKept,
  spawnRateDoublesTo32,
  spareThreadsAreKept,
  idleConnectionsKeepNoWorker,
  childCountsConnections,
  childrenEndForKnownReasons,
  serverLimitBoundsTheChildren,
  threadsAreThoseOfTheStart,
  uwsgiCheaperFollowsTheLoad,
  environIsABuiltinDictionary,
  requiredVariablesAreThere,
  variablesAreNativeStrings,
  wsgiVariablesAreThere,
  absentValuesAreLeftOut,
  streamsHaveTheirMethods,
  inputEndsWithTheBody,
  headersWaitForTheFirstBlock,
  secondStartNeedsAnError,
  lateReplacementIsAnError,
  startMayComeWhileIterating,
  errorReplacesTheHeaders,
  lateReplacementRaisesWhatItIsGiven,
  headersAreCheckedAtStart,
  hopByHopHeadersAreRefused,
  blocksAreNotHeldBack,
  writtenBlocksComeFirst,
  contentLengthBoundsTheBody,
  textIsNotSent,
  iterationEndsWithTheContent,
  whatIsReturnedIsClosed,
  applicationErrorsBecome500,
  brokenResponsesLookBroken,
  expectationsAreMet,
  expectationsAreAnswered,
  fileWrapperIsAnIterable,
  fileWrapperBeginsWhereTheFileStands,
  theMachinesCanTakeTheTrace,
];

/** The rule with this id, or undefined. */
export const ruleById = (id: string): Rule | undefined => rules.find((rule) => rule.id === id);

"""Signals, as mod_wsgi and servers of workers treat them: most are only told to the supervisor, who decides."""
import _thread
import signal
import sys

from .wire import report


def catch_signals(is_daemon):
    def tell(number, _frame):
        report(event='signal', signal=signal.Signals(number).name)

    signal.signal(signal.SIGTERM, tell)
    signal.signal(signal.SIGUSR1, tell)
    # A child of the server ignores SIGINT; a daemon process ends by it. Source: rules RELOAD-SIGNAL-01 and -02.
    signal.signal(signal.SIGINT, tell if is_daemon else signal.SIG_IGN)
    if is_daemon:
        signal.signal(signal.SIGXCPU, tell)


def catch_signals_of_worker(told, ignored):
    def tell(number, _frame):
        report(event='signal', signal=signal.Signals(number).name)

    # The interpreter's own SIGINT would end it with a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    for name in told:
        signal.signal(getattr(signal, name), tell)
    for name in ignored:
        signal.signal(getattr(signal, name), signal.SIG_IGN)


def outlive_hangup():
    """A process that is forked while Apache runs has the handler of its parent, which does nothing in it. Source: rule SHUT-SIG-02."""
    signal.signal(signal.SIGHUP, lambda number, frame: None)


def hand_on_signals(interpreters):
    """From mod_wsgi 6 on these two are the applications'. Source: 6.0.5, wsgi_daemon.c, wsgi_signal_dispatcher_thread."""
    def tell(number, _frame):
        # A callback that takes its time must not keep the process from being told to end.
        _thread.start_new_thread(interpreters.signalled, (number,))

    for number in (signal.SIGHUP, signal.SIGUSR2):
        signal.signal(number, tell)


def catch_signals_of_service():
    """SIGTERM ends the script; nobody waits for the others. Source: mod_wsgi, wsgi_system_exit; rule CONF-DAEMON-03."""
    def leave(number, _frame):
        sys.exit()

    signal.signal(signal.SIGTERM, leave)
    for other in (signal.SIGINT, signal.SIGUSR1):
        signal.signal(other, signal.SIG_IGN)

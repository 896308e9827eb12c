"""A child that an application forks is none of the processes that the supervisor knows."""
import os
import signal
import sys

from .wire import CONTROL_FD


def attend_forks(is_main, is_daemon, connections, has_others):
    """Parts a child that an application forks from what is this process's: connections, orders, signals.

    CPython lets nobody fork in a sub-interpreter, and no child out of a process that has one; whoever waits for such a
    child is told why. Apache with mod_wsgi 4.9.4 and Python 3.11 does just the same, and says less.
    """
    def warn():
        if not is_main:
            complain_of_fork('The child ends at once: Python can only fork in its main interpreter.')
        elif has_others():
            complain_of_fork('The child hangs or aborts: Python cannot clear the sub-interpreters of this process in it.')

    os.register_at_fork(before=warn)
    if is_main:
        os.register_at_fork(after_in_child=lambda: leave_family(is_daemon, connections))


def complain_of_fork(why):
    sys.stderr.write('os.fork() was called by an application. %s Run the application in a process group of its own with '
                     'application-group=%%{GLOBAL}, or start a program with subprocess.\n' % why)


def leave_family(is_daemon, connections):
    """In the child: nothing of what it does reaches the supervisor, whose connections it has inherited."""
    for connection in connections:
        connection.close()
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, CONTROL_FD, inheritable=False)
    os.close(nowhere)
    # A signal ends it without a word. Sources: mod_wsgi 4.9.4, wsgi_signal_handler, exit(-1); httpd, prefork.c, just_die.
    signal.set_wakeup_fd(-1)
    code = 255 if is_daemon else 0
    for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGINT, signal.SIGXCPU):
        if is_daemon or number == signal.SIGTERM:
            signal.signal(number, lambda *_: os._exit(code))
    if not is_daemon:
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)

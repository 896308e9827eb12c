"""The end of an interpreter, step by step."""
import os
import sys
import threading
import traceback

from .log import flush_streams
from .wire import report


def complain(what):
    sys.stderr.write('%s\n%s' % (what, traceback.format_exc()))
    sys.stderr.flush()


def end_threads():
    """What threading._shutdown does, which waits for ever where another thread than the caller imported `threading`."""
    for call in reversed(getattr(threading, '_threading_atexits', [])):  # 3.9 and later; they end thread pools.
        call()
    while True:
        foreign = (threading.current_thread(), threading.main_thread())
        others = [
            thread for thread in threading.enumerate()
            if not thread.daemon and thread not in foreign and not isinstance(thread, threading._DummyThread)
        ]
        if not others:
            return
        for thread in others:
            thread.join()


class Life:
    """One interpreter from its first thread to its last exit handler. The process says when it takes which step."""

    def __init__(self, settings, callbacks, interrupts=None):
        self.group = settings['applicationGroup']
        self.callbacks = callbacks
        self.interrupts = interrupts
        self.running = settings['threads']
        self.lock = threading.Lock()
        self.last_has_ended = threading.Lock()
        if self.running > 0:  # A group with threads=0 takes no requests.
            self.last_has_ended.acquire()

    def thread_ended(self):
        with self.lock:
            self.running -= 1
            if self.running == 0:
                self.last_has_ended.release()

    def signalled(self, number):
        self.callbacks.signalled(int(number))

    def interrupt(self, whom):
        self.interrupts.interrupt(*map(int, whom.split()))

    def stopping(self, reason):
        """Before any thread is waited for, and whatever else is to happen. Source: wsgi_publish_process_stopping."""
        self.callbacks.stopping(reason)

    def join(self, _):
        """Waits for the requests in progress."""
        self.last_has_ended.acquire()

    def finish(self, _):
        """Waits for the application's own threads, then calls its exit handlers.

        The interpreter itself goes with the process: taking it apart under threads that still run is not safe. Sources:
        mod_wsgi 4.9.4, ShutdownInterpreter_call; CPython, Py_EndInterpreter.
        """
        import atexit
        try:
            end_threads()
        except BaseException:
            complain('Exception occurred while waiting for threads.')
        try:
            atexit._run_exitfuncs()
        except SystemExit:
            sys.stderr.write('SystemExit exception raised by exit functions ignored.\n')
        except BaseException:
            complain('Exception occurred within exit functions.')
        flush_streams()
        report(event='destroyed', group=self.group)

    def follow(self, orders):
        """Takes each step when the main thread of the process says so: in this interpreter only its own threads can."""
        while True:
            step, _, parameter = os.read(orders, 256).decode().partition(' ')
            if not step:
                return
            getattr(self, step)(parameter)
            os.write(orders, b'.')

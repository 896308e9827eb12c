"""The interpreters of this process."""
import json
import os
import socket
import sys
import threading

from .interpreter import serve_interpreter
from .program import START


class Remote:
    """The steps of a Life in another interpreter of this process: told over a socket, answered when done."""

    def __init__(self, group, orders):
        self.group = group
        self.orders = orders
        self.lock = threading.Lock()  # A signal may come in the middle of another order.

    def tell(self, step, parameter):
        with self.lock:
            os.write(self.orders, ('%s %s' % (step, parameter)).encode())
            os.read(self.orders, 1)

    def signalled(self, number):
        self.tell('signalled', number)

    def interrupt(self, whom):
        self.tell('interrupt', whom)

    def stopping(self, reason):
        self.tell('stopping', reason)

    def join(self, parameter):
        self.tell('join', parameter)

    def finish(self, parameter):
        self.tell('finish', parameter)


def shared_byte():
    """A file of one byte in memory, for all interpreters of this process; None where there is no such thing."""
    try:
        memory = os.memfd_create('wsgiscope')
    except (AttributeError, OSError):
        return None
    os.ftruncate(memory, 1)
    return memory


class Interpreters:
    """The sub-interpreters of this process, by whichever module this Python has for them."""

    def __init__(self, code):
        """@param code: of this program, as `program_code` gives it."""
        self.code = code
        try:
            import _interpreters as api
            self.create = lambda own_gil: api.create('isolated' if own_gil else 'legacy')
        except ImportError:
            import _xxsubinterpreters as api
            # Isolated interpreters may not start daemon threads or fork; mod_wsgi's may. From 3.12 on they have a GIL of
            # their own, and then mod_wsgi's may not either. 3.8 has no such option.
            can_own = sys.version_info >= (3, 12)
            shared = {'isolated': False} if sys.version_info >= (3, 9) else {}
            self.create = lambda own_gil: api.create(isolated=True) if own_gil and can_own else api.create(**shared)
        self.run_string = api.run_string
        ends = os.pipe()
        os.write(ends[1], b'.')
        self.module_lock = ends, shared_byte()
        self.ids = []
        self.main = None
        self.subs = []

    def start(self, settings):
        settings.update(moduleLock=self.module_lock, orders=None)
        if settings['applicationGroup'] == '':
            self.main = serve_interpreter(settings, has_others=lambda: bool(self.ids))
            return
        number = self.create(settings['ownGil'])
        self.ids.append(number)  # In some versions an interpreter lives only as long as this object.
        ours, theirs = socket.socketpair()
        settings.update(orders=theirs.detach())
        failure = self.run_string(number, START % {'settings': json.dumps(settings), 'code': self.code})
        if failure is not None:  # From 3.13 on a failure is returned, not raised.
            raise RuntimeError(getattr(failure, 'formatted', failure))
        self.subs.append(Remote(settings['applicationGroup'], ours.detach()))

    def stop(self, is_daemon, reason, destroys, is_service=False):
        """The orderly end, step by step; the main interpreter goes last. Sources: wsgi_daemon_main; rules SHUT-ATEXIT-01, -03.

        Only a daemon process tells its applications first: a child waits for its requests before. Interpreters that are
        not to be destroyed have no exit handlers and no threads to wait for: the process just goes. Source:
        wsgi_python_child_cleanup.
        """
        steps = ('stopping', 'join') if is_daemon else () if is_service else ('join', 'stopping')
        for step in steps + (('finish',) if destroys else ()):
            for life in self.lives():
                getattr(life, step)(reason)

    def leave(self):
        """Ends every interpreter in order without waiting for requests."""
        for life in self.lives():
            life.finish('')

    def signalled(self, number):
        for life in self.lives():
            life.signalled(number)

    def interrupt(self, group, whom):
        for life in self.lives():
            if life.group == group:
                life.interrupt(whom)

    def lives(self):
        return self.subs + ([self.main] if self.main else [])

    def rehearse(self):
        failure = self.run_string(self.create(False), 'import hashlib, json, select, socket, traceback')
        if failure is not None:
            raise RuntimeError(getattr(failure, 'formatted', failure))

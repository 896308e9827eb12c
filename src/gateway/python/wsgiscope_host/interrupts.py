"""RequestTimeout, which is raised in the thread of a request that takes too long.

Sources: mod_wsgi 6.0.5, wsgi_inject_request_timeout, wsgi_execute_script, Adapter_run; rule LIFE-REQTIME-04.
"""
import threading


class RequestTimeout(BaseException):
    """Raised in a request that has run for longer than request-timeout. No `except Exception` catches it by mistake."""


RequestTimeout.__module__ = 'mod_wsgi'


class Interrupts:
    """What each thread of an interpreter is at, so that nothing is raised in a request that is not meant."""

    def __init__(self):
        import ctypes
        self.set_exception = ctypes.pythonapi.PyThreadState_SetAsyncExc
        self.set_exception.argtypes = ctypes.c_ulong, ctypes.py_object
        self.nothing = ctypes.py_object()  # What is pending and was not raised yet is forgotten.
        self.lock = threading.Lock()
        self.current = {}

    def begin(self, request):
        """This thread is at its `request`-th request from now on."""
        with self.lock:
            self.current[threading.get_ident()] = request

    def end(self):
        """Nothing is raised in this thread any more."""
        while True:
            try:
                with self.lock:
                    self.current.pop(threading.get_ident(), None)
                    self.set_exception(threading.get_ident(), self.nothing)
                return
            except RequestTimeout:
                pass  # It came a moment before: whatever it was to end has ended.

    def interrupt(self, thread, request):
        """Only a thread of the same interpreter can do this. Python notices it between two of its instructions."""
        with self.lock:
            if self.current.get(thread) == request:
                self.set_exception(thread, RequestTimeout)

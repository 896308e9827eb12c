"""What applications subscribe to by the module mod_wsgi."""
import signal
import sys

from .life import complain


class Callbacks:
    """What the module `mod_wsgi` is asked to call when the process stops or is signalled, in the interpreter that asked.

    Sources: mod_wsgi 4.9.4, wsgi_metrics.c, wsgi_subscribe_shutdown, wsgi_publish_event; 6.0.5, wsgi_subscribe_signals.
    """

    def __init__(self, returns_callback, is_daemon):
        self.returns_callback = returns_callback  # From 6.0 on, so that a decorator leaves the function its name.
        self.of_events = []
        self.of_shutdown = []
        self.of_signals = []
        self.is_daemon = is_daemon

    def subscribe_events(self, callback):
        self.of_events.append(callback)
        return callback if self.returns_callback else None

    def subscribe_shutdown(self, callback):
        self.of_shutdown.append(callback)
        return callback if self.returns_callback else None

    def subscribe_signals(self, callback):
        if self.is_daemon:
            self.of_signals.append(callback)
        else:
            sys.stderr.write('mod_wsgi.subscribe_signals() called outside daemon mode; the callback will not be invoked.\n')
        return callback

    def stopping(self, reason):
        self.publish('process_stopping', self.of_shutdown, {'shutdown_reason': reason})

    def signalled(self, number):
        self.publish('process_signal', self.of_signals, {'signame': signal.Signals(number).name, 'signum': number})

    def publish(self, name, subscribers, event):
        for callback in self.of_events + subscribers:
            try:
                answer = callback(name, **event)
                if isinstance(answer, dict):
                    event.update(answer)
            except BaseException:
                complain('Exception occurred within event callback.')

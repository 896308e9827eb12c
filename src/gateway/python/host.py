"""The Python side of the gateway: one process that runs WSGI applications in real threads and real sub-interpreters.

Standard library only, CPython 3.8 to 3.14. It decides nothing: the supervisor on the other end of the control channel
says which interpreters to make and when to go; this process does it and reports what happened.

    control channel   file descriptor 3, JSON lines both ways: interpreters, signals, the end
    slots             one Unix socket per thread and interpreter, connected by the thread itself; frames both ways

One interpreter cannot run two `run_string` calls at once, so each sub-interpreter executes this very file and starts
threads of its own inside. The supervisor keeps the limit of busy threads of the whole process.

A frame is a length (4 bytes, big endian, of what follows the kind), a kind (1 byte) and a payload:

    to a thread     Q request: fields and environ, separated by NUL     B body block     E end of body
    from a thread   H head     B body block     E end (1 byte: flags)     W whole response: head length, head, body
                    L script loaded     A script executed again     F script failed     R script changed, take it back
                    C continue: send the body     N not there: status the server itself answers with
"""
import _thread
import hashlib
import io
import json
import os
import select
import signal
import socket
import struct
import sys
import threading
import traceback
import types

CONTROL_FD = 3
FRAME = struct.Struct('>IB')
LENGTH = struct.Struct('>I')
# An end frame's flags.
BODY_TOO_SHORT = 1
BROKEN = 2


# ---------------------------------------------------------------------------------------------------------------
# Talking to the supervisor
# ---------------------------------------------------------------------------------------------------------------

def report(**event):
    """Writes one line to the control channel; a line is short enough to be written whole."""
    try:
        os.write(CONTROL_FD, json.dumps(event).encode() + b'\n')
    except OSError:
        os._exit(70)  # Nobody supervises this process any more.


def frame(kind, payload=b''):
    return FRAME.pack(len(payload), ord(kind)) + payload


def name(field):
    """A name from the configuration; fields and environ carry its bytes, one character each."""
    return field.encode('latin-1').decode('utf-8', 'surrogateescape')


def name_bytes(text):
    return text.encode('utf-8', 'surrogateescape')


class Slot:
    """One thread's connection: whole frames in, bytes out."""

    def __init__(self, connection):
        self.connection = connection
        self.buffer = b''

    def read(self):
        """The next frame as (kind, payload), or None when the supervisor closed the connection."""
        buffer = self.buffer
        while len(buffer) < 5:
            block = self.connection.recv(65536)
            if not block:
                return None
            buffer = buffer + block if buffer else block
        size, kind = FRAME.unpack_from(buffer)
        end = 5 + size
        if len(buffer) < end:
            blocks = [buffer]
            missing = end - len(buffer)
            while missing > 0:
                block = self.connection.recv(max(65536, min(missing, 1 << 20)))
                if not block:
                    return None
                blocks.append(block)
                missing -= len(block)
            buffer = b''.join(blocks)
        self.buffer = buffer[end:]
        return chr(kind), buffer[5:end]


# ---------------------------------------------------------------------------------------------------------------
# The request body and the error stream
# ---------------------------------------------------------------------------------------------------------------

class Input(io.RawIOBase):
    """wsgi.input: body blocks as the client sends them. Reading asks the supervisor for the first one."""

    def __init__(self, slot):
        super().__init__()
        self.slot = slot
        self.pending = b''
        self.asked = False
        self.ended = False

    def readable(self):
        return True

    def readinto(self, target):
        while not self.pending and not self.ended:
            self.next_block()
        count = min(len(target), len(self.pending))
        target[:count] = self.pending[:count]
        self.pending = self.pending[count:]
        return count

    def next_block(self):
        if not self.asked:
            self.asked = True
            self.slot.connection.sendall(frame('C'))
        message = self.slot.read()
        if message is None:
            raise ConnectionError('the server went away while the request body was read')
        if message[0] == 'E':
            self.ended = True
            if message[1]:
                raise ConnectionError('the client went away before the end of the request body')
        else:
            self.pending = message[1]

    def discard(self):
        """Leaves the slot at the beginning of the next request."""
        while self.asked and not self.ended:
            try:
                self.next_block()
            except ConnectionError:
                return


class NoInput(io.BytesIO):
    def discard(self):
        pass


class Errors:
    """wsgi.errors: whole lines to the server's error log."""

    def write(self, text):
        sys.stderr.write(text)
        return len(text)

    def writelines(self, lines):
        sys.stderr.writelines(lines)

    def flush(self):
        sys.stderr.flush()


class FileWrapper:
    """wsgi.file_wrapper: reads a file-like object in blocks."""

    def __init__(self, filelike, block_size=65536):
        self.filelike = filelike
        self.block_size = block_size
        if hasattr(filelike, 'close'):
            self.close = filelike.close

    def __iter__(self):
        return self

    def __next__(self):
        block = self.filelike.read(self.block_size)
        if not block:
            raise StopIteration
        return block


# ---------------------------------------------------------------------------------------------------------------
# Scripts
# ---------------------------------------------------------------------------------------------------------------

class ScriptChanged(Exception):
    """The process runs old code and may not take this request."""


class ServerAnswer(Exception):
    """The server itself answers, without the application."""

    def __init__(self, status, log):
        super().__init__(log)
        self.status = status


class ModuleLock:
    """One lock for all interpreters of the process: a slow first import of one application stalls all others.

    A byte in a pipe, because Python's own locks belong to one interpreter. Source: mod_wsgi, wsgi_module_lock; rule
    ISO-LOCK-01.
    """

    def __init__(self, ends):
        self.taken, self.given = ends

    def __enter__(self):
        os.read(self.taken, 1)

    def __exit__(self, *failure):
        os.write(self.given, b'.')


class Scripts:
    """The scripts of one interpreter. A script is executed by the first request that needs it.

    Sources: mod_wsgi 4.9.4, wsgi_load_source, wsgi_reload_required, wsgi_module_name.
    """

    def __init__(self, lock):
        self.lock = lock
        self.modules = {}

    def module(self, script, path, watched, replaces_process, announce):
        """The module of a script; `path` is the file that holds it, which a driver may have put in its place."""
        try:
            status = os.stat(path)
        except OSError as error:
            raise ServerAnswer(404, 'Target WSGI script not found or unable to stat: %s (%s)' % (path, error.strerror))
        if (status.st_mode & 0o170000) == 0o040000:
            raise ServerAnswer(403, 'Attempt to invoke directory as WSGI application: %s' % path)
        changed_at = status.st_mtime_ns
        with self.lock:
            known = self.modules.get(script)
            if known is not None:
                if not watched or known[1] == changed_at:
                    return known[0]
                if replaces_process:
                    raise ScriptChanged()
            module = self.execute(script, path)
            self.modules[script] = (module, changed_at)
            announce('A' if known is not None else 'L')
            return module

    def execute(self, script, path):
        name = '_mod_wsgi_' + hashlib.md5(script.encode(sys.getfilesystemencoding(), 'surrogateescape')).hexdigest()
        with open(path, 'rb') as source:
            code = compile(source.read(), path, 'exec', dont_inherit=True)
        module = types.ModuleType(name)
        module.__file__ = path
        before = sys.modules.get(name)
        sys.modules[name] = module
        try:
            exec(code, module.__dict__)
        except BaseException:
            # What the script imported stays loaded; the script itself does not. Source: rule LIFE-LOAD-02.
            if before is None:
                sys.modules.pop(name, None)
            else:
                sys.modules[name] = before
            raise
        return module


# ---------------------------------------------------------------------------------------------------------------
# One request
# ---------------------------------------------------------------------------------------------------------------

class Response:
    """What the application sends, turned into as few writes as PEP 3333 allows."""

    def __init__(self, connection):
        self.connection = connection
        self.head = None
        self.head_sent = False
        self.remaining = None

    def start(self, status, headers, exc_info=None):
        if exc_info:
            try:
                if self.head_sent:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None
        elif self.head is not None:
            raise AssertionError('start_response was called a second time without exc_info')
        if type(status) is not str:
            raise TypeError('status must be a str, not %s' % type(status).__name__)
        if len(status) < 4 or not status[:3].isdigit() or status[3] != ' ':
            raise ValueError('status must be three digits, a space and a reason: %r' % status)
        if type(headers) is not list:
            raise TypeError('headers must be a list, not %s' % type(headers).__name__)
        fields = [status]
        remaining = None
        for name, value in headers:
            if type(name) is not str or type(value) is not str:
                raise TypeError('header names and values must be str: %r: %r' % (name, value))
            fields.append(name)
            fields.append(value)
            if len(name) == 14 and name.lower() == 'content-length':
                remaining = int(value)
                if remaining < 0:
                    raise ValueError('Content-Length is negative: %r' % value)
        head = '\0'.join(fields)
        if '\n' in head or '\r' in head or head.count('\0') != len(fields) - 1:
            raise ValueError('status or header with a line break or a NUL')
        self.head = head.encode('latin-1')
        self.remaining = remaining
        return self.write

    def cut(self, block):
        """No more bytes than Content-Length promised. Source: PEP 3333, "Handling the Content-Length Header"."""
        if type(block) is not bytes:
            raise TypeError('body blocks must be bytes, not %s' % type(block).__name__)
        if self.remaining is not None:
            block = block[:self.remaining]
            self.remaining -= len(block)
        return block

    def write(self, block):
        if self.head is None:
            raise AssertionError('write() before start_response()')
        block = self.cut(block)
        if not block:
            return
        if self.head_sent:
            self.connection.sendall(frame('B', block))
        else:
            self.head_sent = True
            self.connection.sendall(frame('H', self.head) + frame('B', block))

    def whole(self, block):
        """The only block of a response of which nothing was sent: one write, and its length is known."""
        block = self.cut(block)
        if self.remaining:
            self.write(block)
            self.finish()
            return
        self.head_sent = True
        self.connection.sendall(frame('W', LENGTH.pack(len(self.head)) + self.head + block))

    def finish(self):
        if self.head is None:
            raise AssertionError('the application returned without calling start_response()')
        flags = BODY_TOO_SHORT if self.remaining else 0
        end = frame('E', bytes((flags,)))
        if self.head_sent:
            self.connection.sendall(end)
        else:
            self.head_sent = True
            self.connection.sendall(frame('H', self.head) + end)


class Server:
    """Runs applications for the threads of one interpreter."""

    def __init__(self, settings):
        self.scripts = Scripts(ModuleLock(settings['moduleLock']))
        self.replaces_process = settings['processGroup'] != ''
        self.missing_callable = 500 if self.replaces_process else 404
        self.base = {
            'wsgi.version': (1, 0),
            'wsgi.multithread': settings['multithread'],
            'wsgi.multiprocess': settings['multiprocess'],
            'wsgi.run_once': settings['runOnce'],
            'wsgi.errors': Errors(),
            'wsgi.file_wrapper': FileWrapper,
            'wsgi.input_terminated': True,
            'mod_wsgi.version': tuple(settings['version']),
            'mod_wsgi.process_group': settings['processGroup'],
            'mod_wsgi.application_group': settings['applicationGroup'],
        }

    def application(self, slot, script, path, callable_name, watched):
        def announce(kind):
            slot.connection.sendall(frame(kind, name_bytes(script)))

        try:
            module = self.scripts.module(script, path, watched, self.replaces_process, announce)
        except (ScriptChanged, ServerAnswer):
            raise
        except BaseException as error:
            sys.stderr.write('Failed to execute Python script file %r.\n%s' % (path, traceback.format_exc()))
            sys.stderr.flush()
            slot.connection.sendall(frame('F', name_bytes('%s\0%s' % (script, summary(error, path)))))
            raise ServerAnswer(500, '')
        application = getattr(module, callable_name, None)
        if application is None:
            text = "Target WSGI script %r does not contain WSGI application '%s'." % (path, callable_name)
            slot.connection.sendall(frame('F', name_bytes('%s\0%s' % (script, text))))
            raise ServerAnswer(self.missing_callable, text)
        return application

    def handle(self, slot, payload):
        """Runs one request. False ends the thread: what the client was sent cannot be completed."""
        fields = payload.decode('latin-1').split('\0')
        script, path, callable_name = map(name, fields[:3])
        watched, has_body, scheme = fields[3:6]
        try:
            application = self.application(slot, script, path, callable_name, watched == '1')
        except ScriptChanged:
            slot.connection.sendall(frame('R', name_bytes(script)))
            return
        except ServerAnswer as answer:
            if str(answer):
                sys.stderr.write('%s\n' % answer)
                sys.stderr.flush()
            slot.connection.sendall(frame('N', str(answer.status).encode()))
            return
        environ = self.base.copy()
        environ.update(zip(fields[6::2], fields[7::2]))
        body = Input(slot) if has_body == '1' else NoInput()
        environ['wsgi.url_scheme'] = scheme
        environ['wsgi.input'] = io.BufferedReader(body, 65536) if has_body == '1' else body
        response = Response(slot.connection)
        result = None
        try:
            try:
                result = application(environ, response.start)
                if type(result) in (list, tuple) and len(result) == 1 and response.head is not None and not response.head_sent:
                    response.whole(result[0])
                    body.discard()
                    return
                for block in result:
                    response.write(block)
                    if response.remaining == 0 and response.head_sent:
                        break
                response.finish()
            finally:
                if hasattr(result, 'close'):
                    result.close()
        except (BrokenPipeError, ConnectionResetError):
            raise
        except BaseException:
            sys.stderr.write('Exception occurred processing WSGI script %r.\n%s' % (script, traceback.format_exc()))
            sys.stderr.flush()
            if response.head_sent:
                slot.connection.sendall(frame('E', bytes((BROKEN,))))
            else:
                slot.connection.sendall(frame('N', b'500'))
        body.discard()


def summary(error, path):
    """One line that says what is wrong with a script and where."""
    line = None
    if isinstance(error, SyntaxError) and error.filename == path:
        line = error.lineno
    else:
        for entry in traceback.extract_tb(error.__traceback__):
            if entry.filename == path:
                line = entry.lineno
    where = '%s:%s' % (path, line) if line else path
    return '%s: %s' % (where, ''.join(traceback.format_exception_only(type(error), error)).strip().split('\n')[-1])


# ---------------------------------------------------------------------------------------------------------------
# One interpreter
# ---------------------------------------------------------------------------------------------------------------

def restrict_signals():
    """signal.signal does nothing in an application. Source: mod_wsgi, WSGIRestrictSignal (on by default)."""
    def ignored(number, handler):
        sys.stderr.write('Callback registration for signal %d ignored.\n' % number)
        sys.stderr.flush()
        return handler

    signal.signal = ignored


class Callbacks:
    """What the module `mod_wsgi` is asked to call when the process stops, in the interpreter that asked.

    Source: mod_wsgi 4.9.4, wsgi_metrics.c, wsgi_subscribe_shutdown, wsgi_publish_event.
    """

    def __init__(self, returns_callback):
        self.returns_callback = returns_callback  # From 6.0 on, so that a decorator leaves the function its name.
        self.of_events = []
        self.of_shutdown = []

    def subscribe_events(self, callback):
        self.of_events.append(callback)
        return callback if self.returns_callback else None

    def subscribe_shutdown(self, callback):
        self.of_shutdown.append(callback)
        return callback if self.returns_callback else None

    def stopping(self, reason):
        event = {'shutdown_reason': reason}
        for callback in self.of_events + self.of_shutdown:
            try:
                answer = callback('process_stopping', **event)
                if isinstance(answer, dict):
                    event.update(answer)
            except BaseException:
                complain('Exception occurred within event callback.')


def publish_module(settings):
    module = types.ModuleType('mod_wsgi')
    module.version = tuple(settings['version'])
    module.process_group = settings['processGroup']
    module.application_group = settings['applicationGroup']
    module.maximum_processes = settings['maximumProcesses']
    module.threads_per_process = settings['threads']
    callbacks = Callbacks(module.version >= (6,))
    module.subscribe_events = callbacks.subscribe_events
    module.subscribe_shutdown = callbacks.subscribe_shutdown
    sys.modules['mod_wsgi'] = module
    return callbacks


def prepare_interpreter(settings):
    """Makes this interpreter what applications expect of mod_wsgi."""
    sys.argv = ['mod_wsgi']
    for directory in reversed(settings['pythonPath']):
        sys.path.insert(0, directory)
    callbacks = publish_module(settings)
    restrict_signals()
    return callbacks


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

    def __init__(self, settings, callbacks):
        self.group = settings['applicationGroup']
        self.callbacks = callbacks
        self.running = settings['threads']
        self.lock = threading.Lock()
        self.last_has_ended = threading.Lock()
        self.last_has_ended.acquire()

    def thread_ended(self):
        with self.lock:
            self.running -= 1
            if self.running == 0:
                self.last_has_ended.release()

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
        sys.stdout.flush()
        sys.stderr.flush()
        report(event='destroyed', group=self.group)

    def follow(self, orders):
        """Takes each step when the main thread of the process says so: in this interpreter only its own threads can."""
        while True:
            step, _, parameter = os.read(orders, 256).decode().partition(' ')
            if not step:
                return
            getattr(self, step)(parameter)
            os.write(orders, b'.')


def serve_interpreter(settings):
    """Starts the threads of the interpreter this runs in; each connects a slot and serves it until it is closed."""
    life = Life(settings, prepare_interpreter(settings))
    report(event='interpreter', group=settings['applicationGroup'])
    server = Server(settings)

    def run():
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.connect(settings['slots'].encode('latin-1'))
                hello = [settings['token'], settings['process'], settings['applicationGroup'], str(threading.get_ident())]
                connection.sendall('\0'.join(hello).encode() + b'\n')
                slot = Slot(connection)
                while True:
                    message = slot.read()
                    if message is None:
                        break
                    server.handle(slot, message[1])
        except OSError:
            pass  # The supervisor closed the connection: the client is gone, or the process is to end.
        finally:
            life.thread_ended()

    for script, path in settings['preloads']:
        preload(server, settings, script, path)
    # Foreign threads, as those of mod_wsgi are: `threading` does not wait for them at the end.
    for _ in range(settings['threads']):
        _thread.start_new_thread(run, ())
    if settings['orders'] is not None:
        _thread.start_new_thread(life.follow, (settings['orders'],))
    return life


def preload(server, settings, script, path):
    """Runs a script before the first request; one that fails is tried again by a request. Source: rule CONF-IMPORT-02."""
    group = settings['applicationGroup']
    try:
        server.scripts.module(script, path, False, False, lambda kind: report(event='loaded', group=group, script=script))
    except ServerAnswer as answer:
        report(event='failed', group=group, script=script, error=str(answer))
    except BaseException as error:
        sys.stderr.write('Failed to execute Python script file %r.\n%s' % (path, traceback.format_exc()))
        sys.stderr.flush()
        report(event='failed', group=group, script=script, error=summary(error, path))


# ---------------------------------------------------------------------------------------------------------------
# The process: the main thread of the main interpreter only supervises
# ---------------------------------------------------------------------------------------------------------------

START = '''
import json
_host = {'__name__': 'wsgiscope_host'}
with open(%(file)r) as _source:
    exec(compile(_source.read(), %(file)r, 'exec'), _host)
_host['serve_interpreter'](json.loads(%(settings)r))
'''


class Remote:
    """The steps of a Life in another interpreter of this process: told over a socket, answered when done."""

    def __init__(self, orders):
        self.orders = orders

    def tell(self, step, parameter):
        os.write(self.orders, ('%s %s' % (step, parameter)).encode())
        os.read(self.orders, 1)

    def stopping(self, reason):
        self.tell('stopping', reason)

    def join(self, parameter):
        self.tell('join', parameter)

    def finish(self, parameter):
        self.tell('finish', parameter)


class Interpreters:
    """The sub-interpreters of this process, by whichever module this Python has for them."""

    def __init__(self):
        try:
            import _interpreters as api
            self.create = lambda: api.create('legacy')
        except ImportError:
            import _xxsubinterpreters as api
            # Isolated interpreters may not start daemon threads or fork; mod_wsgi's may. 3.8 has no such option.
            self.create = (lambda: api.create(isolated=False)) if sys.version_info >= (3, 9) else api.create
        self.run_string = api.run_string
        self.module_lock = os.pipe()
        os.write(self.module_lock[1], b'.')
        self.ids = []
        self.main = None
        self.subs = []

    def start(self, settings):
        settings.update(moduleLock=self.module_lock, orders=None)
        if settings['applicationGroup'] == '':
            self.main = serve_interpreter(settings)
            return
        number = self.create()
        self.ids.append(number)  # In some versions an interpreter lives only as long as this object.
        ours, theirs = socket.socketpair()
        settings.update(orders=theirs.detach())
        failure = self.run_string(number, START % {'file': __file__, 'settings': json.dumps(settings)})
        if failure is not None:  # From 3.13 on a failure is returned, not raised.
            raise RuntimeError(getattr(failure, 'formatted', failure))
        self.subs.append(Remote(ours.detach()))

    def stop(self, is_daemon, reason):
        """The orderly end, step by step; the main interpreter goes last. Sources: wsgi_daemon_main; rules SHUT-ATEXIT-01, -03.

        Only a daemon process tells its applications first: a child waits for its requests before.
        """
        lives = self.subs + ([self.main] if self.main else [])
        steps = ('stopping', 'join', 'finish') if is_daemon else ('join', 'stopping', 'finish')
        for step in steps:
            for life in lives:
                getattr(life, step)(reason)


def die_with_supervisor(supervisor):
    """Asks the kernel to end this process with its supervisor, even if a C extension never lets go of the GIL."""
    try:
        import ctypes
        ctypes.CDLL(None).prctl(1, 9, 0, 0, 0)  # PR_SET_PDEATHSIG, SIGKILL
    except Exception:
        return  # Not Linux: the end of the control channel does it.
    if os.getppid() != supervisor:
        os._exit(70)  # It was gone before the kernel was asked.


def catch_signals(is_daemon):
    def tell(number, _frame):
        report(event='signal', signal=signal.Signals(number).name)

    signal.signal(signal.SIGTERM, tell)
    signal.signal(signal.SIGUSR1, tell)
    # A child of the server ignores SIGINT; a daemon process ends by it. Source: rules RELOAD-SIGNAL-01 and -02.
    signal.signal(signal.SIGINT, tell if is_daemon else signal.SIG_IGN)
    if is_daemon:
        signal.signal(signal.SIGXCPU, tell)


def orders():
    """The lines of the control channel. A signal wakes the wait, whichever thread the kernel gave it to."""
    wake, waker = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(waker, False)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    poll = select.poll()
    poll.register(CONTROL_FD, select.POLLIN)
    poll.register(wake, select.POLLIN)
    pending = b''
    while True:
        ready = [number for number, _ in poll.poll()]
        if wake in ready:
            os.read(wake, 4096)
        if CONTROL_FD in ready:
            block = os.read(CONTROL_FD, 65536)
            if not block:
                os._exit(70)  # The supervisor is gone.
            *lines, pending = (pending + block).split(b'\n')
            for line in lines:
                yield json.loads(line)


def main():
    os.set_inheritable(CONTROL_FD, False)
    lines = orders()
    settings = next(lines)
    catch_signals(settings['processGroup'] != '')
    interpreters = Interpreters()
    report(event='started', python=list(sys.version_info[:3]))
    die_with_supervisor(settings['supervisor'])
    for order in lines:
        if order['do'] == 'interpreter':
            group = order['settings']['applicationGroup']
            try:
                interpreters.start(dict(settings, **order['settings']))
                report(event='preloaded', group=group)
            except BaseException as error:
                traceback.print_exc()
                report(event='interpreter-failed', group=group, error=str(error))
        elif order['do'] == 'shutdown':
            interpreters.stop(settings['processGroup'] != '', order['reason'])
            sys.stdout.flush()
            sys.stderr.flush()
            # Not sys.exit: applications' daemon threads may still run, and finalizing under them is not safe.
            os._exit(0)


def check():
    """Executes one script as a process of its group would, and says on standard output whether its application is there."""
    answer = os.dup(1)
    os.dup2(2, 1)  # What the script prints is not the answer.
    settings = json.load(sys.stdin)
    die_with_supervisor(settings['supervisor'])
    prepare_interpreter(settings)
    script = settings['script']
    try:
        module = Scripts(threading.Lock()).module(script, script, False, False, lambda kind: None)
        found = hasattr(module, settings['callable'])
        verdict = {'kind': 'loaded' if found else 'no-callable'}
    except ServerAnswer as refusal:
        verdict = {'kind': 'missing', 'error': str(refusal)}
    except BaseException as error:
        verdict = {'kind': 'raised', 'error': summary(error, script)}
    os.write(answer, json.dumps(verdict).encode())
    os._exit(0)  # Threads that the script started have no say.


if __name__ == '__main__':
    check() if sys.argv[1:] == ['--check'] else main()

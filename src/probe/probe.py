"""The wsgiscope probe: a WSGI application that reports where it runs and does what the request's headers tell it.

It is used as the script file itself, and several copies of it may stand in one interpreter. It needs nothing but the
standard library of CPython 3.8 or later, and unless it is told to it touches neither signal handlers nor the standard
streams: under mod_wsgi those belong to the server.

Request headers:
  X-Wsgiscope-Request      what the report calls this request
  X-Wsgiscope-Hold         path of a Unix socket (@ begins an abstract one): report there first, then go on when a byte
                           or the end arrives
  X-Wsgiscope-Signal-Self  name of a signal to send to this process before answering
  X-Wsgiscope-Exit         exit code with which to end this process instead of answering
  X-Wsgiscope-Hold-Gil     keep Python's global lock, as a C extension might that waits for ever
  X-Wsgiscope-Burn-Cpu     use the processor until this process has reached its limit of processor time, if it has one
  X-Wsgiscope-Run-On       execute Python code for so many ms before answering, unless something is raised in it
  X-Wsgiscope-Change-Directory  make this the working directory of the process, before reporting
  X-Wsgiscope-Start-Thread      start a thread that counts every 20 ms for as long as the process lives
  X-Wsgiscope-Register-Signal   register a handler for SIGURG, take it back, and report what became of it

  X-Wsgiscope-Read-Body    read the request's body, and report how long it was
  X-Wsgiscope-Long-Header  length of a line to have among the headers of the answer

  X-Wsgiscope-At-Exit      path of such a socket to report to when this interpreter ends
  X-Wsgiscope-Closing-Thread    start a thread that is no daemon, and that ends and reports there a moment after mod_wsgi has
                           told of the end
  X-Wsgiscope-Program      name of a program of programs.py, which then stands behind this text: it is performed instead of
                           the answer, after the report at X-Wsgiscope-Hold, and tells there what it finds

The answer is the report, in JSON: what the request is called, and an Observation as defined in spec/trace.ts.
"""

import atexit
import json
import os
import signal
import socket
import sys
import threading
import time
import types
from importlib.machinery import SourceFileLoader

CONTENT_TYPE = 'application/vnd.wsgiscope.observation+json'


class Tally:
    """Counts entries into one set of globals; the token tells that set from every other one."""

    def __init__(self):
        self.token = os.urandom(8).hex()
        self.lock = threading.Lock()
        self.of_thread = threading.local()
        self.entered = 0
        self.inside = 0
        self.ticks = None

    def enter(self):
        with self.lock:
            self.entered += 1
            self.inside += 1
            return self.entered, self.inside

    def enter_thread(self):
        self.of_thread.entered = getattr(self.of_thread, 'entered', 0) + 1
        return self.of_thread.entered

    def leave(self):
        with self.lock:
            self.inside -= 1

    def start_thread(self):
        """It sleeps without Python's global lock, and needs the lock to count."""
        def count():
            while True:
                time.sleep(0.02)
                self.ticks += 1

        self.ticks = self.ticks or 0
        threading.Thread(target=count, daemon=True).start()


def tally_of_interpreter():
    """The tally in a module that all copies of the probe in this interpreter import.

    It is put into sys.modules instead of being found on sys.path, so that it exists wherever the script lies.
    setdefault is one step: of two threads that load two copies at once, one wins and both use its module.
    """
    module = types.ModuleType('wsgiscope_probe_shared')
    module.tally = Tally()
    return sys.modules.setdefault(module.__name__, module).tally


def mod_wsgi_attribute(name):
    try:
        import mod_wsgi
    except ImportError:
        return None
    value = getattr(mod_wsgi, name, None)
    return value if isinstance(value, int) else None


def start_time(stat):
    """When the process or thread of this /proc file began, in clock ticks since boot; '' where there is no /proc."""
    try:
        with open(stat, 'rb') as file:
            # The second field is the command name in parentheses, and may itself hold spaces and parentheses.
            return file.read().rpartition(b')')[2].split()[19].decode('ascii')
    except OSError:
        return ''


def process_mark():
    return '{}@{}'.format(os.getpid(), start_time('/proc/self/stat'))


def thread_mark(process):
    native = threading.get_native_id()
    return '{}/{}@{}'.format(process, native, start_time('/proc/self/task/{}/stat'.format(native)))


def title():
    try:
        with open('/proc/self/cmdline', 'rb') as file:
            return os.fsdecode(file.read().partition(b'\0')[0]).rstrip(' ')
    except OSError:
        return None


def umask():
    """Read where the kernel tells it: to ask the process is to change it."""
    try:
        with open('/proc/self/status', encoding='ascii', errors='replace') as file:
            return next((line.split()[1] for line in file if line.startswith('Umask:')), None)
    except OSError:
        return None


def started_by():
    try:
        return os.stat('/proc/{}'.format(os.getppid())).st_uid
    except OSError:
        return None


def account():
    user, group = os.geteuid(), os.getegid()
    return {
        'user': {'id': user, 'name': name_of('pwd', 'getpwuid', user)},
        'group': group_entry(group),
        'groups': [group_entry(number) for number in os.getgroups()],
    }


def group_entry(number):
    return {'id': number, 'name': name_of('grp', 'getgrgid', number)}


def name_of(module, function, number):
    """None where the machine knows no name for it, or this interpreter cannot have the module."""
    try:
        return getattr(__import__(module), function)(number)[0]
    except (ImportError, KeyError):
        return None


def soft_limit(title):
    """As the kernel tells it, in bytes; not by the module `resource`, which not every interpreter can have."""
    try:
        with open('/proc/self/limits', encoding='ascii', errors='replace') as file:
            words = next((line[len(title):].split() for line in file if line.startswith(title)), [])
    except OSError:
        return None
    return int(words[0]) if words and words[0].isdigit() else None


def is_restricted(stream, attribute):
    try:
        getattr(stream, attribute, None)
    except OSError:
        return True
    return False


def registration():
    def handler(number, frame):
        pass

    try:
        before = signal.signal(signal.SIGURG, handler)
    except ValueError:
        return 'refused'
    if before is handler:
        return 'ignored'
    signal.signal(signal.SIGURG, before)
    return 'taken'


def make_application():
    """Each execution of the script makes its own: a request inside an older loading keeps that loading's tally."""
    loaded_by = process_mark()
    script = Tally()
    imported = tally_of_interpreter()

    def application(environ, start_response):
        script_count, _ = script.enter()
        module_count, inside = imported.enter()
        try:
            seen = observe(environ, script_count, module_count, inside)
            report = {'request': environ.get('HTTP_X_WSGISCOPE_REQUEST', ''), 'seen': seen}
            obey(environ, report)
            if environ.get('HTTP_X_WSGISCOPE_START_THREAD'):
                imported.start_thread()
            program = environ.get('HTTP_X_WSGISCOPE_PROGRAM')
            if program:
                return perform(program, environ, start_response)
            body = json.dumps(report).encode('ascii')
            headers = [('Content-Type', CONTENT_TYPE), ('Content-Length', str(len(body)))]
            start_response('200 OK', headers + long_header(environ))
            return [body]
        finally:
            imported.leave()
            script.leave()

    def observe(environ, script_count, module_count, inside):
        directory = environ.get('HTTP_X_WSGISCOPE_CHANGE_DIRECTORY')
        if directory:
            os.chdir(directory)
        # Every mark holds the process: what a fork copied is the same token, but not the same object.
        process = process_mark()
        return {
            'process': process,
            'pid': os.getpid(),
            'thread': thread_mark(process),
            'interpreter': '{}/{:x}'.format(process, id(sys.modules)),
            'scriptGlobals': '{}/{}'.format(process, script.token),
            'importedModule': '{}/{}'.format(process, imported.token),
            'loadedBy': loaded_by,
            'scriptCount': script_count,
            'moduleCount': module_count,
            'threadCount': imported.enter_thread(),
            'inside': inside,
            'processGroup': environ.get('mod_wsgi.process_group'),
            'applicationGroup': environ.get('mod_wsgi.application_group'),
            'multithread': bool(environ['wsgi.multithread']),
            'multiprocess': bool(environ['wsgi.multiprocess']),
            'runOnce': bool(environ['wsgi.run_once']),
            'scriptName': environ.get('SCRIPT_NAME', ''),
            'pathInfo': environ.get('PATH_INFO', ''),
            'moduleName': __name__,
            'maximumProcesses': mod_wsgi_attribute('maximum_processes'),
            'threadsPerProcess': mod_wsgi_attribute('threads_per_process'),
            'title': title(),
            'workingDirectory': os.getcwd(),
            'restrictsStdin': is_restricted(sys.stdin, 'read'),
            'restrictsStdout': is_restricted(sys.stdout, 'write'),
            'bodyLength': len(environ['wsgi.input'].read()) if environ.get('HTTP_X_WSGISCOPE_READ_BODY') else None,
            'registration': registration() if environ.get('HTTP_X_WSGISCOPE_REGISTER_SIGNAL') else None,
            'ticks': imported.ticks,
            'hasCredentials': 'HTTP_AUTHORIZATION' in environ,
            'given': {
                'umask': umask(),
                'lang': os.environ.get('LANG'),
                'locale': os.environ.get('LC_ALL'),
                'modulePath': [str(entry) for entry in sys.path],
                'pythonPrefix': sys.prefix,
                'startedBy': started_by(),
                'account': account(),
                'priority': os.getpriority(os.PRIO_PROCESS, 0),
                'dataLimit': soft_limit('Max data size'),
                'addressSpaceLimit': soft_limit('Max address space'),
            },
        }

    return application


def long_header(environ):
    length = environ.get('HTTP_X_WSGISCOPE_LONG_HEADER')
    name = 'X-Wsgiscope-Long'
    return [(name, 'x' * (int(length) - len(name + ': ')))] if length else []


def obey(environ, report):
    hold = environ.get('HTTP_X_WSGISCOPE_HOLD')
    if hold:
        wait_at(hold, report)
    at_exit = environ.get('HTTP_X_WSGISCOPE_AT_EXIT')
    if at_exit:
        has_thread = bool(environ.get('HTTP_X_WSGISCOPE_CLOSING_THREAD'))
        tell_at_exit(at_exit, environ.get('HTTP_X_WSGISCOPE_REQUEST'), has_thread)
    name = environ.get('HTTP_X_WSGISCOPE_SIGNAL_SELF')
    if name:
        os.kill(os.getpid(), getattr(signal, name))
    code = environ.get('HTTP_X_WSGISCOPE_EXIT')
    if code:
        os._exit(int(code))
    if environ.get('HTTP_X_WSGISCOPE_HOLD_GIL'):
        hold_gil()
    if environ.get('HTTP_X_WSGISCOPE_BURN_CPU'):
        burn_cpu()
    run_on = environ.get('HTTP_X_WSGISCOPE_RUN_ON')
    if run_on:
        run_on_for(int(run_on) / 1000)


def hold_gil():
    """Waits in a C function called with the lock held. Bounded, so that a server that never notices is not stuck for ever."""
    import ctypes
    ctypes.PyDLL(None).sleep(120)


def burn_cpu():
    import resource
    limit, _ = resource.getrlimit(resource.RLIMIT_CPU)
    # The kernel tells the process at the limit; a little later it surely has.
    while limit != resource.RLIM_INFINITY and time.process_time() < limit + 0.1:
        pass


def run_on_for(seconds):
    """Each call is short: what another thread raises in this one is raised when it returns."""
    import time
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.01)


def tell_at_exit(path, request, has_thread):
    """Registers with Python and, where there is one, with mod_wsgi."""
    told, passed = threading.Event(), threading.Event()

    def at_exit():
        wait_at(path, {'request': request, 'handler': 'atexit'})
        passed.set()

    def on_shutdown(name, **event):
        wait_at(path, {'request': request, 'handler': 'subscribe_shutdown'})
        told.set()

    def last():
        """A server that does not wait for it calls the exit handler meanwhile. Bounded, because it holds its process."""
        told.wait(30)
        passed.wait(1)
        wait_at(path, {'request': request, 'handler': 'thread'})

    atexit.register(at_exit)
    try:
        from mod_wsgi import subscribe_shutdown
    except ImportError:
        return
    subscribe_shutdown(on_shutdown)
    if has_thread:
        threading.Thread(target=last, daemon=False).start()


def wait_at(path, report):
    """Reports and waits. A driver that is gone holds nobody: every failure lets the request go on."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as gate:
            gate.connect('\0' + path[1:] if path.startswith('@') else path)
            gate.sendall(json.dumps(report).encode('ascii') + b'\n')
            gate.recv(1)
    except OSError:
        pass


def import_neighbour():
    """Executes the module that lies beside this script, where one does, as an import would."""
    path = __file__ + '.module.py'
    if os.path.exists(path):
        module = types.ModuleType('wsgiscope_probe_neighbour')
        sys.modules.setdefault(module.__name__, module)
        SourceFileLoader(module.__name__, path).exec_module(module)


import_neighbour()
application = make_application()

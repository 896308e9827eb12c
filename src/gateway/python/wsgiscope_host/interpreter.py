"""One interpreter: what it is made to be, and the threads that serve in it."""
import _thread
import os
import socket
import sys
import threading
import traceback
import types

from . import surroundings
from .callbacks import Callbacks
from .forks import attend_forks
from .interrupts import Interrupts, RequestTimeout
from .life import Life
from .log import open_log
from .program import hide_program
from .scripts import ServerAnswer
from .server import Server, summary
from .slots import Seat, Slot
from .wire import report


def publish_module(settings):
    module = types.ModuleType('mod_wsgi')
    module.version = tuple(settings['version'])
    module.process_group = settings['processGroup']
    module.application_group = settings['applicationGroup']
    module.maximum_processes = settings['maximumProcesses']
    module.threads_per_process = settings['threads']
    callbacks = Callbacks(module.version >= (6,), settings['processGroup'] != '')
    module.subscribe_events = callbacks.subscribe_events
    module.subscribe_shutdown = callbacks.subscribe_shutdown
    if module.version >= (6,):
        module.subscribe_signals = callbacks.subscribe_signals
        module.RequestTimeout = RequestTimeout
    sys.modules['mod_wsgi'] = module
    return callbacks


def prepare_interpreter(settings):
    """Makes this interpreter what applications expect of mod_wsgi, or of a server of workers."""
    hide_program()  # From 3.13 on a sub-interpreter begins with the path of the program as well.
    surroundings.furnish(settings['given'])
    if settings['worker'] is not None:
        sys.argv = [settings['worker']['program']]
        return Callbacks(False, False)
    return publish_module(settings)


def serve_interpreter(settings, has_others=lambda: False):
    """Starts the threads of the interpreter this runs in; each connects a slot and serves it until it is closed."""
    log = open_log(settings)
    interrupts = Interrupts() if settings['interrupts'] else None
    life = Life(settings, prepare_interpreter(settings), interrupts)
    report(event='interpreter', group=settings['applicationGroup'])
    server = Server(settings, log, interrupts)

    process = os.getpid()
    connections = set()
    attend_forks(settings['orders'] is None, settings['processGroup'] != '', connections, has_others)

    def connect(seat):
        if os.getpid() != process:
            os._exit(0)  # A child that an application forked came back from the application: this is not its work.
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.connect(settings['slots'].encode('utf-8'))
        hello = [settings['token'], settings['process'], settings['applicationGroup'], str(threading.get_ident())]
        connection.sendall('\0'.join(hello).encode() + b'\n')
        connections.add(connection)
        return Slot(connection, seat, connections)

    def serve(seat):
        slot = connect(seat)
        try:
            return server.serve(slot)
        finally:
            connections.discard(slot.connection)

    def run():
        seat = Seat()
        try:
            while serve(seat):
                pass
        except OSError as error:
            server.say('A thread ends because it cannot connect: %s' % error)
        finally:
            life.thread_ended()

    for script, path in settings['preloads']:
        preload(server, settings, script, path)
    # Foreign to `threading`, as those of mod_wsgi are: what applications start from a request is a daemon thread by default.
    with surroundings.stack_size(settings['given']['stackSize']):
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
        if settings['threads'] == 0 and isinstance(error, SystemExit):
            return  # How a service comes to its end. Source: mod_wsgi, wsgi_load_source, ignore_system_exit.
        sys.stderr.write('Failed to execute Python script file %r.\n%s' % (path, traceback.format_exc()))
        sys.stderr.flush()
        report(event='failed', group=group, script=script, error=summary(error, path))

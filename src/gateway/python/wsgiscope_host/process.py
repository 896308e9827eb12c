"""The process: the main thread of the main interpreter only supervises."""
import _thread
import os
import signal
import sys
import traceback

from . import surroundings
from .interpreters import Interpreters
from .log import flush_streams
from .orders import orders
from .program import hide_program, program_code
from .signals import (catch_signals, catch_signals_of_service, catch_signals_of_worker, hand_on_signals,
                      outlive_hangup)
from .wire import CONTROL_FD, report


def die_with_supervisor(supervisor):
    """Asks the kernel to end this process with its supervisor, even if a C extension never lets go of the GIL."""
    try:
        import ctypes
        ctypes.CDLL(None).prctl(1, 9, 0, 0, 0)  # PR_SET_PDEATHSIG, SIGKILL
    except Exception:
        return  # Not Linux: the end of the control channel does it.
    if os.getppid() != supervisor:
        os._exit(70)  # It was gone before the kernel was asked.


def run_service(lines, settings, interpreters):
    """Runs each import script on the main thread, where signals arrive, and ends when the last of them has returned."""
    try:
        for _ in range(settings['services']):
            order = next(lines)
            while order['do'] != 'interpreter':
                order = next(lines)
            start_interpreter(interpreters, settings, order)
    except SystemExit:
        pass  # It was told to end between two scripts.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    interpreters.stop(False, '', settings['destroyInterpreter'], is_service=True)
    flush_streams()
    os._exit(0)


def start_interpreter(interpreters, settings, order):
    group = order['settings']['applicationGroup']
    try:
        interpreters.start(dict(settings, **order['settings']))
        report(event='preloaded', group=group)
    except Exception as error:
        traceback.print_exc()
        report(event='interpreter-failed', group=group, error=str(error))


def choose_gil():
    """Begins anew where this Python can run without a GIL and has not been told whether to.

    Left alone, such a Python gives up its GIL until some extension module wants it back; mod_wsgi keeps it unless
    WSGIFreeThreading says otherwise. Source: mod_wsgi 6.0.5, wsgi_python_init, enable_gil.
    """
    wanted = '0' if '--free-threading' in sys.argv else '1'
    if 't' in sys.abiflags and os.environ.get('PYTHON_GIL') != wanted:
        os.environ['PYTHON_GIL'] = wanted
        os.execv(sys.executable, [sys.executable] + sys.orig_argv[1:])


def tell_of_python():
    """What an early process is asked, whatever it will be. Without sub-interpreters it is of no use, and ends."""
    try:
        import _interpreters
    except ImportError:
        import _xxsubinterpreters
    report(event='python', version='%d.%d.%d' % sys.version_info[:3], abiFlags=sys.abiflags, executable=sys.executable)


def main():
    choose_gil()
    os.set_inheritable(CONTROL_FD, False)
    lines = orders()
    if '--early' in sys.argv:
        tell_of_python()
    settings = next(lines)
    code = program_code()
    hide_program()
    try:
        surroundings.enter(settings['given'])
    except surroundings.Misfit as misfit:
        surroundings.log('This process is not what it was to be: %s. To mend it, %s.' % misfit.args)
        os._exit(1)
    if settings['threads'] == 0:
        catch_signals_of_service()
    elif settings['worker'] is not None:
        catch_signals_of_worker(**settings['worker']['signals'])
    else:
        catch_signals(settings['processGroup'] != '')
    if settings['processGroup'] != '' and settings['outlivesHangup']:
        outlive_hangup()
    surroundings.limit_resources(settings['given']['limits'])
    interpreters = Interpreters(code)
    if settings['processGroup'] != '' and settings['version'][0] >= 6:
        hand_on_signals(interpreters)
    report(event='started', python=list(sys.version_info[:3]))
    die_with_supervisor(settings['supervisor'])
    if settings['threads'] == 0:
        run_service(lines, settings, interpreters)
    for order in lines:
        if order['do'] == 'interpreter':
            start_interpreter(interpreters, settings, order)
        elif order['do'] == 'take-lock':
            report(event='lock-taken')  # Whoever can answer has the global lock of the main interpreter.
        elif order['do'] == 'interrupt':
            # An interpreter with a lock of its own may not get it: this thread must not wait for that.
            _thread.start_new_thread(interpreters.interrupt, (order['group'], order['whom']))
        elif order['do'] == 'leave':
            if order['callsExitHandlers']:
                interpreters.leave()
            flush_streams()
            os._exit(order['code'])
        elif order['do'] == 'shutdown':
            interpreters.stop(settings['processGroup'] != '', order['reason'], settings['destroyInterpreter'])
            flush_streams()
            # Not sys.exit: applications' daemon threads may still run, and finalizing under them is not safe.
            os._exit(0)

"""Trials before the start: whether a script loads, and whether a process can be what it is to be."""
import json
import os
import sys
import threading
import traceback

from . import surroundings
from .interpreter import prepare_interpreter
from .interpreters import Interpreters
from .process import die_with_supervisor
from .program import hide_program
from .scripts import Scripts, ServerAnswer
from .server import summary


def check():
    """Executes one script as a process of its group would, and says on standard output whether its application is there."""
    answer = os.dup(1)
    os.dup2(2, 1)  # What the script prints is not the answer.
    settings = json.load(sys.stdin)
    hide_program()
    script = settings['script']
    try:
        surroundings.enter(settings['given'])
    except surroundings.Misfit as misfit:
        os.write(answer, json.dumps({'kind': 'raised', 'error': '%s; %s' % misfit.args}).encode())
        os._exit(0)
    die_with_supervisor(settings['supervisor'])
    prepare_interpreter(settings)
    try:
        names = settings['worker']['modules'] if settings['worker'] is not None else {}
        module = Scripts(threading.Lock(), names).module(script, script, False, False, lambda kind: None)
        found = hasattr(module, settings['callable'])
        verdict = {'kind': 'loaded' if found else 'no-callable'}
    except ServerAnswer as refusal:
        verdict = {'kind': 'missing', 'error': str(refusal)}
    except BaseException as error:
        verdict = {'kind': 'raised', 'error': summary(error, script)}
    os.write(answer, json.dumps(verdict).encode())
    os._exit(0)  # Threads that the script started have no say.


def rehearse():
    """Becomes what a process of its group becomes, makes an interpreter, and says what stood in the way of it."""
    answer = os.dup(1)
    os.dup2(2, 1)
    settings = json.load(sys.stdin)
    hide_program()
    verdict = {'kind': 'fit'}
    try:
        surroundings.enter(settings['given'])
        surroundings.limit_resources(settings['given']['limits'])
        Interpreters(b'').rehearse()
        done = threading.Event()
        threads = [threading.Thread(target=done.wait) for _ in range(settings['threads'])]
        with surroundings.stack_size(settings['given']['stackSize']):
            try:
                for thread in threads:
                    thread.start()
            finally:
                done.set()
    except surroundings.Misfit as misfit:
        verdict = {'kind': 'misfit', 'what': misfit.args[0], 'fix': misfit.args[1]}
    except BaseException as error:
        verdict = {'kind': 'misfit', 'what': ''.join(traceback.format_exception_only(type(error), error)).strip()}
    os.write(answer, json.dumps(verdict).encode())
    os._exit(0)

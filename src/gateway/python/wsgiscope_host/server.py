"""Serves the requests that come to the threads of one interpreter."""
import io
import threading
import time
import traceback

from .interrupts import RequestTimeout
from .response import has_body, Response
from .scripts import ModuleLock, ScriptChanged, Scripts, ServerAnswer
from .streams import Errors, FileWrapper, Input
from .wire import ClientGone, frame, name, name_bytes


class Server:
    """Runs applications for the threads of one interpreter."""

    def __init__(self, settings, log, interrupts):
        self.log = log
        self.interrupts = interrupts  # None where no request is interrupted.
        # Of this interpreter; mod_wsgi counts for all of its process together.
        self.lock = threading.Lock()
        self.threads_used = 0
        self.served = 0
        self.is_worker = settings['worker'] is not None
        names = settings['worker']['modules'] if self.is_worker else {}
        self.scripts = Scripts(ModuleLock(*settings['moduleLock']), names)
        self.replaces_process = settings['processGroup'] != ''
        self.missing_callable = 500 if self.replaces_process or self.is_worker else 404
        self.base = {
            'wsgi.version': (1, 0),
            'wsgi.multithread': settings['multithread'],
            'wsgi.multiprocess': settings['multiprocess'],
            'wsgi.run_once': settings['runOnce'],
            'wsgi.errors': Errors(log),
            'wsgi.file_wrapper': FileWrapper,
            'wsgi.input_terminated': True,
        }
        if not self.is_worker:
            self.base.update({
                'apache.version': tuple(settings['apacheVersion']),
                'mod_wsgi.version': tuple(settings['version']),
                'mod_wsgi.process_group': settings['processGroup'],
                'mod_wsgi.application_group': settings['applicationGroup'],
            })

    def say(self, text):
        """A few lines for the error log, together."""
        self.log.write(text.encode('utf-8', 'backslashreplace') + b'\n')

    def application(self, slot, script, path, callable_name, watched):
        def announce(kind):
            slot.send(frame(kind, name_bytes(script)))

        if self.is_worker and script not in self.scripts.modules:
            # It was tried when the worker started, and is not tried again. Source: uWSGI 2.0, uwsgi_request_wsgi.
            raise ServerAnswer(500, 'No application: %r could not be imported.' % path)
        try:
            module = self.scripts.module(script, path, watched, self.replaces_process, announce)
        except (ScriptChanged, ServerAnswer, ClientGone):
            raise
        except BaseException as error:
            self.say('Failed to execute Python script file %r.\n%s' % (path, traceback.format_exc()))
            slot.send(frame('F', name_bytes('%s\0%s' % (script, summary(error, path)))))
            raise ServerAnswer(500, '')
        application = getattr(module, callable_name, None)
        if application is None:
            text = "Target WSGI script %r does not contain WSGI application '%s'." % (path, callable_name)
            slot.send(frame('F', name_bytes('%s\0%s' % (script, text))))
            raise ServerAnswer(self.missing_callable, text)
        return application

    def serve(self, slot):
        """Serves the requests of one connection. False when the supervisor wants no more of this thread."""
        is_fresh = True
        try:
            while True:
                message = slot.read()
                if message is None:
                    # Whoever is not even let in is not wanted: a thread must not knock for ever.
                    return not is_fresh
                if message[0] == 'X':
                    return False
                is_fresh = False
                if message[0] == 'P':
                    slot.route = self.route(message[1])
                else:
                    self.handle(slot, message[1])
        except ClientGone:
            return True
        except BaseException:
            self.say('Exception occurred between requests.\n%s' % traceback.format_exc())
            return True
        finally:
            slot.close()

    def route(self, payload):
        """What all requests of a route have in common, as the supervisor tells it before the first of them."""
        fields = payload.decode('latin-1').split('\0')
        script, path, callable_name = map(name, fields[:3])
        watched, scheme = fields[3:5]
        environ = self.base.copy()
        environ['wsgi.url_scheme'] = scheme
        environ.update(zip(fields[5::2], fields[6::2]))
        return script, path, callable_name, watched == '1', environ

    def account(self, environ, seat, began):
        """Times in microseconds, and what this thread and the others have done before. Source: mod_wsgi 4.9.4, Adapter_run."""
        if seat.number == 0:
            with self.lock:
                self.threads_used += 1
                seat.number = self.threads_used
        if self.replaces_process:
            environ['mod_wsgi.daemon_start'] = str(began // 1000)
        environ['mod_wsgi.script_start'] = str(time.time_ns() // 1000)
        environ['mod_wsgi.total_requests'] = self.served
        environ['mod_wsgi.thread_id'] = seat.number
        environ['mod_wsgi.thread_requests'] = seat.served

    def handle(self, slot, payload):
        """Runs one request of the route that was told last.

        Raises ClientGone when its client went away; close() was called all the same.
        """
        if self.interrupts is None:
            self.run(slot, payload)
            return
        slot.requests += 1
        self.interrupts.begin(slot.requests)
        try:
            self.run(slot, payload)
        except RequestTimeout:
            # It came between two steps of this program: nobody can tell what was sent.
            raise ClientGone('the request was interrupted') from None
        finally:
            self.interrupts.end()

    def run(self, slot, payload):
        script, path, callable_name, watched, of_route = slot.route
        began = time.time_ns()
        fields = payload.decode('latin-1').split('\0')
        has_body = fields.pop()
        try:
            application = self.application(slot, script, path, callable_name, watched)
        except ScriptChanged:
            slot.send(frame('R', name_bytes(script)))
            return
        except ServerAnswer as answer:
            if str(answer):
                self.say(str(answer))
            slot.send(frame('N', str(answer.status).encode()))
            return
        environ = of_route.copy()
        environ.update(zip(fields[::2], fields[1::2]))
        if not self.is_worker:
            self.account(environ, slot.seat, began)
        body = Input(slot) if has_body == '1' else None
        environ['wsgi.input'] = io.BytesIO() if body is None else io.BufferedReader(body, 65536)
        response = Response(slot, environ['REQUEST_METHOD'], script, self.say, body)
        result = gone = None
        try:
            last, block = None, b''
            result = application(environ, response.start)
            if response.head is not None and not response.head_sent:
                kind = type(result)
                if (kind is list or kind is tuple) and len(result) < 2:
                    last, block = response.whole(result[0] if result else b'')
                elif kind is FileWrapper and response.file(result):
                    last = response.end()
            if last is None:
                for each in result:
                    if not response.pass_on(each):
                        break
                last = response.end()
        except ClientGone as failure:
            gone = failure
        except RequestTimeout:
            last, gone = self.interrupted(slot, response, body)
        except BaseException:
            self.say('Exception occurred processing WSGI script %r.\n%s' % (script, traceback.format_exc()))
            last, block = response.broken(), b''
        # The response is over only after close(): until then the thread is not free. Source: PEP 3333; mod_wsgi 4.9.4,
        # Adapter_run.
        if hasattr(result, 'close'):
            try:
                result.close()
            except RequestTimeout:
                pass  # Source: mod_wsgi 6.0.5, Adapter_run.
            except BaseException:
                self.say('Exception occurred closing the response of WSGI script %r.\n%s' % (script, traceback.format_exc()))
        if self.interrupts is not None:
            self.interrupts.end()
        if self.log.begun:
            self.log.end_line()
        with self.lock:
            self.served += 1
        slot.seat.served += 1
        # A thread of the application that still holds these must not reach into the next request.
        response.finish()
        if body is not None:
            body.finish()
        if gone is not None:
            raise gone
        slot.send_before(last, block)
        if body is not None:
            body.discard(slot)

    def interrupted(self, slot, response, body):
        """The last frames of a request in which RequestTimeout was raised; or what ends the connection of the thread.

        It may have come in the middle of a frame of the response, or of one of the request.
        """
        end = ClientGone('the request was interrupted')
        if response.head_sent:
            self.say('Request interrupted by RequestTimeout after headers sent; response truncated.')
            return b'', end
        self.say('Request interrupted by RequestTimeout; thread recovered.')
        answer = frame('N', b'504')
        if body is None or not body.asked or body.ended:
            return answer, None
        slot.send(answer)
        return b'', end


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

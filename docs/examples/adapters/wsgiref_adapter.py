"""An adapter for wsgiref, Python's own server. It speaks the adapter protocol of wsgiscope by standard input and output."""
import json
import platform
import signal
import subprocess
import sys

# The server itself: it imports the application, takes a free port, says which, and serves.
SERVER = """
import importlib, sys
from wsgiref.simple_server import WSGIRequestHandler, make_server

class Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        pass

directory, module, name = sys.argv[1:]
sys.path.insert(0, directory)
application = getattr(importlib.import_module(module), name)
server = make_server('127.0.0.1', 0, application, handler_class=Quiet)
print(server.server_port, flush=True)
server.serve_forever()
"""


class Adapter:
    def __init__(self):
        self.server = None

    def hello(self, question):
        return {'ok': {
            'protocol': 1,
            'name': 'wsgiref',
            'version': platform.python_version(),
            'python': platform.python_version(),
            'homepage': 'https://docs.python.org/3/library/wsgiref.html',
            'issues': 'https://github.com/python/cpython/issues',
            # It has one process with one thread, and neither replaces it nor reloads. Its process can be listed.
            'says': ['observe'],
        }}

    def start(self, question):
        application = question['application']
        self.server = subprocess.Popen(
            [sys.executable, '-c', SERVER, application['importedFrom'], application['module'], application['callable']],
            cwd=question['folder'], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        port = self.server.stdout.readline().strip()
        if not port:
            return {'fail': 'the server ended with code %s before it listened' % self.server.wait()}
        return {'ok': {'port': int(port)}}

    def observe(self, question):
        if self.server is None:
            return {'fail': 'no server was started'}
        return {'ok': {'pids': [] if self.server.poll() is not None else [self.server.pid]}}

    def act(self, question):
        if self.server is None:
            return {'fail': 'no server was started'}
        self.server.send_signal(getattr(signal, question['act']['signal']))
        try:
            # Most signals end it. One that does not has done all that it will.
            self.server.wait(timeout=1)
        except subprocess.TimeoutExpired:
            pass
        return {'ok': {}}

    def stop(self, question):
        if self.server is not None:
            self.server.kill()
            self.server.wait()
        return {'ok': {}}


def main():
    adapter = Adapter()
    for line in sys.stdin:
        question = json.loads(line)
        answer_to = {
            'hello': adapter.hello, 'start': adapter.start, 'observe': adapter.observe,
            'act': adapter.act, 'stop': adapter.stop,
        }.get(question['do'])
        answer = answer_to(question) if answer_to else {'unknown': 'there is no %s here' % question['do']}
        print(json.dumps({'seq': question['seq'], **answer}), flush=True)
    adapter.stop(None)


if __name__ == '__main__':
    main()

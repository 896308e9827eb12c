"""The programs of the probe: exchanges that it performs when X-Wsgiscope-Program names one; see spec/programs.ts.

This text stands behind that of probe.py in one file, and uses its names. What a program finds it tells at the gate, and
goes on when it has been heard: so the order in which things are told is that in which they happened.
"""

import io
import tempfile

LENGTH_OF_BLOCK = 8

FEW = 4

# RFC 3875, section 4.1.
CGI_VARIABLES = frozenset((
    'AUTH_TYPE', 'CONTENT_LENGTH', 'CONTENT_TYPE', 'GATEWAY_INTERFACE', 'PATH_INFO', 'PATH_TRANSLATED', 'QUERY_STRING',
    'REMOTE_ADDR', 'REMOTE_HOST', 'REMOTE_IDENT', 'REMOTE_USER', 'REQUEST_METHOD', 'SCRIPT_NAME', 'SERVER_NAME',
    'SERVER_PORT', 'SERVER_PROTOCOL', 'SERVER_SOFTWARE'))


def perform(name, environ, start_response):
    exchange = Exchange(environ, start_response)
    return getattr(exchange, name.replace('-', '_'))()


class Exchange:
    """One performance of one program. Its methods are the programs."""

    def __init__(self, environ, start_response):
        self.environ = environ
        self.start_response = start_response
        self.gate = environ['HTTP_X_WSGISCOPE_HOLD']
        self.request = environ['HTTP_X_WSGISCOPE_REQUEST']

    def tell(self, what, **more):
        wait_at(self.gate, {'request': self.request, 'told': dict(more, what=what)})

    def attempt(self, call, function, *arguments, given=None):
        """Calls it, and tells what came of that; what it raised is returned, or else what it returned."""
        try:
            value = function(*arguments)
        except Exception as error:
            self.tell('tried', call=call, outcome={
                'kind': 'raised', 'type': type_name(error), 'message': str(error), 'isGiven': error is given})
            return None, error
        self.tell('tried', call=call, outcome={
            'kind': 'returned', 'type': type_name(value), 'shows': shown(value), 'is': {
                'callable': callable(value),
                'iterable': hasattr(value, '__iter__') or hasattr(value, '__getitem__'),
                'closable': callable(getattr(value, 'close', None))}})
        return value, None

    def start(self, status='200 OK', *headers, call='start_response', exc_info=None):
        """Calls start_response, and tells what came of that. An error is the server's answer, and is passed on to it."""
        arguments = (status, [('Content-Type', 'text/plain'), *headers]) + ((exc_info,) if exc_info else ())
        write, error = self.attempt(call, self.start_response, *arguments, given=exc_info and exc_info[1])
        if error:
            raise error
        return write

    def returns(self, blocks, awaits=False):
        """An iterable that tells when it is asked and closed; blocks are values, or functions that are called for one."""
        self.tell('returning', of='iterable')
        return Blocks(self, blocks, awaits)

    def describes_environ(self):
        self.tell('environ', environ=described(self.environ))

        def change():
            self.environ['wsgiscope.mark'] = 'changed'
            del self.environ['wsgiscope.mark']
        self.attempt('environ[key] = value', change)
        self.start()
        return self.returns([b'described'])

    def uses_both_streams(self):
        stream, errors = self.environ['wsgi.input'], self.environ['wsgi.errors']
        self.attempt('input.read(2)', lambda: stream.read(2))
        self.attempt('input.readline()', lambda: stream.readline())
        self.attempt('next(iter(input))', lambda: next(iter(stream)))
        # Python reads on until it has more than this, and no further: the end of the body is another program's question.
        rest = len('third\nfourth\n') - 1
        self.attempt('input.readlines()', lambda: stream.readlines(rest))
        self.attempt('errors.write(text)', lambda: errors.write('wsgiscope writes a line\n'))
        self.attempt('errors.writelines(texts)', lambda: errors.writelines(['wsgiscope writes ', 'another\n']))
        self.attempt('errors.flush()', lambda: errors.flush())
        self.start()
        return self.returns([b'used'])

    def reads_past_the_end(self):
        stream = self.environ['wsgi.input']
        self.attempt('input.read(10)', lambda: stream.read(10))
        self.attempt('input.read()', lambda: stream.read())
        self.attempt('input.read(1)', lambda: stream.read(1))
        self.start()
        return self.returns([b'read'])

    def reads_after_continue(self):
        length = int(self.environ['CONTENT_LENGTH'])
        body, _ = self.attempt('input.read(10)', lambda: self.environ['wsgi.input'].read(length))
        self.start()
        return self.returns([body or b'nothing'])

    def changes_its_mind_before_output(self):
        self.start('200 OK', ('X-Wsgiscope-First', '1'))

        def replace():
            try:
                raise ProgramError('on purpose')
            except ProgramError:
                self.start('503 Replaced', ('X-Wsgiscope-Second', '1'),
                           call='start_response again', exc_info=sys.exc_info())
            return b'replaced'
        return self.returns([b'', replace])

    def changes_its_mind_after_output(self):
        self.start('200 OK', ('X-Wsgiscope-First', '1'))

        def replace():
            try:
                raise ProgramError('on purpose')
            except ProgramError:
                self.start('503 Replaced', ('X-Wsgiscope-Second', '1'),
                           call='start_response again', exc_info=sys.exc_info())
            return b'replaced'
        return self.returns([block(1), replace], awaits=True)

    def starts_twice(self):
        self.start('200 First')
        self.start('200 Second', call='start_response again')
        return self.returns([b'started twice'])

    def starts_while_iterating(self):
        def first():
            self.start()
            return b'started'
        return self.returns([first])

    def never_starts(self):
        return self.returns([b'never started'])

    def has_a_line_end_in_a_header(self):
        self.start('200 OK', ('X-Wsgiscope-Bad', 'one\r\nX-Wsgiscope-Injected: two'))
        return self.returns([b'sent'])

    def has_a_header_beyond_latin_1(self):
        self.start('200 OK', ('X-Wsgiscope-Bad', '\u0416'))
        return self.returns([b'sent'])

    def has_a_hop_by_hop_header(self):
        self.start('200 OK', ('Keep-Alive', 'timeout=99'))
        return self.returns([b'sent'])

    def awaits_receipts(self):
        self.start()
        return self.returns([block(1), block(2), block(3)], awaits=True)

    def awaits_receipts_of_what_it_writes(self):
        write = self.start()
        for number in (1, 2, 3):
            self.tell('asked', block=number, awaits=(number - 1) * LENGTH_OF_BLOCK)
            write(block(number))
        return self.returns([])

    def writes_then_yields(self):
        write = self.start()
        self.attempt('write', write, b'written;')
        return self.returns([b'yielded'])

    def yields_too_much(self):
        self.start('200 OK', ('Content-Length', '3'))
        return self.returns([b'abc', b'def', b'ghi'])

    def yields_too_little(self):
        self.start('200 OK', ('Content-Length', '9'))
        return self.returns([b'abc'])

    def yields_text(self):
        self.start()
        return self.returns(['text'])

    def raises_before_starting(self):
        raise ProgramError('on purpose')

    def raises_before_its_first_block(self):
        self.start()
        return self.returns([fail])

    def raises_after_its_first_block(self):
        self.start()
        return self.returns([block(1), fail], awaits=True)

    def outlives_its_client(self):
        self.start()
        # More than the buffers between both hold: sooner or later the server must notice.
        return self.returns([block(1)] + [b'x' * 65536] * 256, awaits=True)

    def wraps_a_file(self):
        return self.returns_wrapped(tempfile.TemporaryFile())

    def wraps_no_descriptor(self):
        return self.returns_wrapped(io.BytesIO())

    def drops_its_wrapper(self):
        self.start()
        self.wrap(io.BytesIO())
        return self.returns([b'dropped'])

    def returns_wrapped(self, file):
        self.start()
        wrapped = self.wrap(file)
        if wrapped is None:
            return self.returns([b'no wrapper'])
        self.tell('returning', of='file')
        return wrapped

    def wrap(self, file):
        """What wsgi.file_wrapper makes of a file that is not at its beginning; None where there is no wrapper."""
        file.write(b'before;after')
        file.seek(len(b'before;'))
        wrapper = self.environ.get('wsgi.file_wrapper')
        if wrapper is None:
            return None
        wrapped, error = self.attempt('file_wrapper(file, size)', wrapper, Watched(self, file), 8192)
        if error:
            raise error
        return wrapped


class ProgramError(Exception):
    pass


def fail():
    raise ProgramError('on purpose')


class Blocks:
    """What a program returns: an iterator without a length, that tells what the server does with it."""

    def __init__(self, exchange, blocks, awaits):
        self.exchange = exchange
        self.blocks = blocks
        self.awaits = awaits
        self.asked = 0
        self.sent = 0

    def __iter__(self):
        return self

    def __next__(self):
        if self.asked >= len(self.blocks):
            raise StopIteration
        item = self.blocks[self.asked]
        self.asked += 1
        # Many blocks are for the client's sake, and nobody asks which of them it was.
        if self.asked <= FEW:
            self.exchange.tell('asked', block=self.asked, awaits=self.sent if self.awaits else None)
        item = item() if callable(item) else item
        self.sent += len(item)
        return item

    def close(self):
        self.exchange.tell('closed', of='iterable')


class Watched:
    """A file that tells when it is closed. A real one keeps its descriptor, which servers may send by themselves."""

    def __init__(self, exchange, file):
        self.exchange = exchange
        self.file = file

    def __getattr__(self, name):
        return getattr(self.file, name)

    def close(self):
        self.file.close()
        self.exchange.tell('closed', of='file')


def block(number):
    return 'block-{};'.format(number).encode('ascii')


def type_name(value):
    kind = type(value)
    return kind.__name__ if kind.__module__ == 'builtins' else '{}.{}'.format(kind.__module__, kind.__name__)


def shown(value):
    if isinstance(value, list) and all(isinstance(item, bytes) for item in value):
        value = b''.join(value)
    return value.decode('latin-1') if isinstance(value, bytes) else None


def described(environ):
    return {
        'type': type_name(environ),
        'variables': {name: {
            'type': type_name(value),
            'isEmpty': value == '',
            'fitsLatin1': not isinstance(value, str) or all(ord(character) < 256 for character in value),
        } for name, value in environ.items() if name in CGI_VARIABLES or name.startswith('HTTP_')},
        'wsgi': {name: type_name(value) for name, value in environ.items() if name.startswith('wsgi.')},
        'version': repr(environ['wsgi.version']) if 'wsgi.version' in environ else None,
        'urlScheme': str(environ['wsgi.url_scheme']) if 'wsgi.url_scheme' in environ else None,
    }

"""The Python side of the gateway: one process that runs WSGI applications in real threads and real sub-interpreters.

What the process is given before that stands in surroundings.py. Standard library only, CPython 3.8 to 3.14. It decides nothing: the supervisor on the other end of the control channel
says which interpreters to make and when to go; this process does it and reports what happened.

    control channel   file descriptor 3, JSON lines both ways: interpreters, signals, the end; and descriptors, as Node sends them
    slots             one Unix socket per thread and interpreter, connected by the thread itself; frames both ways

One interpreter cannot run two `run_string` calls at once, so each sub-interpreter executes this very file and starts
threads of its own inside. The supervisor keeps the limit of busy threads of the whole process.

A frame is a length (4 bytes, big endian, of what follows the kind), a kind (1 byte) and a payload:

    to a thread     P route of the requests that follow: fields and environ, separated by NUL
                    Q request: environ, and whether there is a body     B body block     E end of body     X go home
                    T take the client's connection: descriptor, chunked or not, timeout     K keep to this one instead
    from a thread   H head     B body block     E end (1 byte: flags)     W whole response: head length, head, body
                    L script loaded     A script executed again     F script failed     R script changed, take it back
                    C continue: send the body     N not there: status the server itself answers with
                    D the client's connection is wanted, for the rest of the body     S sent on it so far, in bytes

When a client goes away the supervisor closes the connection of the thread that serves it: whatever the thread does next
with that client fails at once, also in the middle of a write. The thread then connects anew.
"""
import _thread
import errno
import io
import json
import mmap
import os
import re
import select
import signal
import socket
import struct
import sys
import threading
import time
import traceback
import types

try:
    from _md5 import md5  # hashlib would load OpenSSL: 5 ms and 3 MB in every interpreter.
except ImportError:
    from hashlib import md5


def sources():
    """The files of this program, read before the process may become a user who cannot read them."""
    texts = {}
    for path in (os.path.abspath(__file__), os.path.join(os.path.dirname(os.path.abspath(__file__)), 'surroundings.py')):
        with open(path, encoding='utf-8') as file:
            texts[os.path.basename(path)] = (path, file.read())
    return texts


# In a sub-interpreter they are here already.
SOURCES = globals().get('SOURCES') or sources()


def part(name):
    """Another file of this program, as a module that no application can import."""
    path, text = SOURCES[name + '.py']
    module = types.ModuleType('wsgiscope_' + name)
    exec(compile(text, path, 'exec'), module.__dict__)
    return module


surroundings = part('surroundings')

CONTROL_FD = 3
FRAME = struct.Struct('>IB')
LENGTH = struct.Struct('>I')
DESCRIPTOR = struct.Struct('@i')
BODY = ord('B')
WHOLE = ord('W')
# An end frame's flags.
BODY_TOO_SHORT = 1
BROKEN = 2
# Sizes in bytes: what is cheaper to copy behind its header than to send in two parts; what one frame holds at most; what
# is read from a file at once; what a line of the log has at most, as in Apache's; what the log's socket takes as one.
COPIED_BLOCK = 16384
LARGEST_BLOCK = 1 << 30
FILE_BLOCK = 1 << 18
LONGEST_LINE = 8192
LONGEST_WRITE = 16384
# From how many bytes of body on it pays to write them to the client's own connection, and how often the supervisor is
# told how far that is, in seconds.
LARGE_BODY = 1 << 18
PROGRESS = 0.1
# What sendfile says of the file, not of the connection.
FILE_ERRORS = errno.EINVAL, errno.ENOSYS, errno.EIO


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


class ClientGone(ConnectionError):
    """The client of this request is gone: it sends nothing more, and nothing can be sent to it."""


def client_gone():
    return ClientGone('the client went away before the end of the response')


class Seat:
    """A thread that takes requests, as applications are told of it: numbered when it has the first one."""

    def __init__(self):
        self.number = 0
        self.served = 0


class Slot:
    """One thread's connection: whole frames in, bytes out."""

    def __init__(self, connection, seat, open_connections):
        self.connection = connection
        self.seat = seat
        self.open_connections = open_connections  # of all threads: what a forked child closes
        self.buffer = b''
        self.route = None

    def read(self):
        """The next frame as (kind, payload), or None when the supervisor closed the connection."""
        try:
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
        except OSError:
            return None
        self.buffer = buffer[end:]
        return chr(kind), buffer[5:end]

    def send(self, data):
        try:
            self.connection.sendall(data)
        except OSError:
            raise client_gone() from None

    def send_body(self, head, block):
        """A body frame behind the frames of `head`. A large block is not copied."""
        if len(block) > LARGEST_BLOCK:
            for start in range(0, len(block), LARGEST_BLOCK):
                self.send_body(head if start == 0 else b'', block[start:start + LARGEST_BLOCK])
            return
        self.send_before(head + FRAME.pack(len(block), BODY), block)

    def send_before(self, head, block):
        """Sends two parts as one: a large block is not copied."""
        if len(block) < COPIED_BLOCK:
            self.send(head + block)
            return
        try:
            sent = self.connection.sendmsg((head, block))
        except OSError:
            raise client_gone() from None
        if sent < len(head) + len(block):
            self.send(head[sent:])
            self.send(memoryview(block)[max(0, sent - len(head)):])

    def borrow_client(self, head):
        """The client's own connection; None where the supervisor keeps it. Nothing else may be on its way to this thread."""
        self.send(head + frame('D'))
        answer = self.read()
        if answer is None:
            raise client_gone()
        kind, terms = answer
        if kind != 'T':
            return None
        client = Client(self, terms)
        self.open_connections.add(client)
        return client

    def give_back(self, client):
        self.open_connections.discard(client)
        client.close()

    # The body of a request is read straight into what the application gave for it. Nothing is buffered then: the
    # supervisor sends nothing between a request and the order to send its body.

    def frame_header(self):
        """The size and the kind of the next frame, whose payload is still to be read."""
        header = bytearray(5)
        self.fill(memoryview(header))
        size, kind = FRAME.unpack(header)
        return size, chr(kind)

    def fill(self, target):
        while target:
            target = target[self.read_into(target):]

    def read_into(self, target):
        """At least one byte of a payload, and no more than there is room for."""
        try:
            count = self.connection.recv_into(target)
        except OSError:
            count = 0
        if not count:
            raise ClientGone('the client went away before the end of the request body')
        return count


# ---------------------------------------------------------------------------------------------------------------
# Talking to the client itself
# ---------------------------------------------------------------------------------------------------------------

class Client:
    """The client's own connection, lent for the body of one response.

    The supervisor has written the head and writes nothing more before it hears of the end. It still reads from the
    connection, which therefore never blocks, and tells that the client is gone by closing the slot.
    """

    def __init__(self, slot, terms):
        descriptor, is_chunked, timeout = terms.split()
        self.slot = slot
        self.descriptor = int(descriptor)
        self.is_chunked = is_chunked == b'1'
        self.timeout = int(timeout) or None  # in ms
        self.poll = None
        self.sent = self.told = 0
        self.told_at = time.monotonic()

    def send(self, block):
        """Sends a block and waits until the kernel has all of it."""
        parts, taken = (block,), 0
        if self.is_chunked:
            parts = b'%x\r\n' % len(block), block, b'\r\n'
            taken = self.attempt(os.writev, parts)
        for part in parts:
            while taken < len(part):
                part = memoryview(part)[taken:]
                taken = self.attempt(os.write, part)
            taken -= len(part)
        self.count(len(block))

    def send_file(self, source, offset, size):
        """Sends a part of a file without reading it; returns how much of it there was."""
        left = size
        while left:
            taken = self.attempt(os.sendfile, source, offset, left)
            if not taken:
                break  # The file has become shorter.
            offset += taken
            left -= taken
            self.count(taken)
        return size - left

    def attempt(self, write, *what):
        while True:
            try:
                return write(self.descriptor, *what)
            except BlockingIOError:
                self.wait()
            except OSError as error:
                if write is os.sendfile and error.errno in FILE_ERRORS:
                    raise
                raise client_gone() from None

    def wait(self):
        """Waits until the client takes more, as long as Timeout says."""
        self.tell()
        if self.poll is None:
            self.poll = select.poll()
            self.poll.register(self.descriptor, select.POLLOUT)
            self.poll.register(self.slot.connection, select.POLLIN)
        ready = self.poll.poll(self.timeout)
        if not ready or any(number != self.descriptor for number, _ in ready):
            raise client_gone()

    def count(self, size):
        self.sent += size
        if time.monotonic() - self.told_at > PROGRESS:
            self.tell()

    def tell(self):
        """The supervisor watches for silence, and counts what was sent."""
        if self.sent > self.told:
            self.slot.send(self.progress())
        self.told_at = time.monotonic()

    def progress(self):
        self.told = self.sent
        return frame('S', b'%d' % self.sent)

    def close(self):
        """Gives the connection back; for a forked child, its copy of it."""
        descriptor, self.descriptor = self.descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


# ---------------------------------------------------------------------------------------------------------------
# The request body and the error stream
# ---------------------------------------------------------------------------------------------------------------

class Input(io.RawIOBase):
    """wsgi.input: the body as the client sends it. Reading asks the supervisor for it; until then nothing is sent."""

    def __init__(self, slot):
        super().__init__()
        self.slot = slot
        self.left = 0  # of the block that is being read
        self.asked = False
        self.ended = False

    def readable(self):
        return True

    def readinto(self, target):
        if not self.left and not self.next_block():
            return 0
        with memoryview(target) as view:
            count = self.slot.read_into(view[:self.left] if len(view) > self.left else view)
        self.left -= count
        return count

    def readall(self):
        blocks = []
        while self.left or self.next_block():
            block = bytearray(self.left)
            self.slot.fill(memoryview(block))
            self.left = 0
            blocks.append(block)
        return b''.join(blocks)

    def next_block(self):
        """False at the end of the body."""
        if self.ended:
            return False
        if self.slot is None:
            raise RuntimeError('wsgi.input was read after the end of its request')
        if not self.asked:
            self.asked = True
            self.slot.send(frame('C'))
        self.left, kind = self.slot.frame_header()
        if kind == 'E':
            self.ended = True
        return not self.ended

    def finish(self):
        """Nobody reads from it any more: the slot's next bytes are for the next request."""
        slot, self.slot = self.slot, None
        return slot

    def discard(self, slot):
        """Leaves the slot at the beginning of the next request: the supervisor ends a body that nobody wants."""
        waste = bytearray(65536)
        while self.asked and not self.ended:
            while self.left:
                self.left -= slot.read_into(memoryview(waste)[:self.left])
            self.left, kind = slot.frame_header()
            self.ended = kind == 'E'


class Log:
    """Lines for the error log, each marked with its interpreter, whole however many threads write parts of lines."""

    def __init__(self, application_group):
        self.mark = b'\0' + application_group.encode('utf-8', 'backslashreplace') + b'\0'
        self.begun = {}  # by thread: a line whose end is still to come

    def write(self, data):
        thread = threading.get_ident()
        lines = (self.begun.pop(thread, b'') + data).split(b'\n')
        rest = lines.pop()
        if rest:
            self.begun[thread] = rest
        if lines:
            self.write_lines(lines)

    def end_line(self):
        """What has no end by now is a line all the same. Source: mod_wsgi 4.9.4, Log_flush and Log_close."""
        rest = self.begun.pop(threading.get_ident(), None)
        if rest:
            self.write_lines([rest])

    def write_lines(self, lines):
        """As few writes as keep lines whole and together: other threads and interpreters write to the same socket."""
        batch = b''
        for line in lines:
            line = line.replace(b'\0', b'\\0')  # A NUL would look like a mark.
            for start in range(0, len(line) or 1, LONGEST_LINE):
                piece = self.mark + line[start:start + LONGEST_LINE] + b'\n'
                if len(batch) + len(piece) > LONGEST_WRITE:
                    self.put(batch)
                    batch = b''
                batch += piece
        self.put(batch)

    def put(self, batch):
        try:
            os.write(2, batch)
        except OSError:
            pass  # Nobody reads the log any more.


class LogFile(io.RawIOBase):
    """The log as the file under sys.stdout and sys.stderr."""

    def __init__(self, log):
        super().__init__()
        self.log = log

    def writable(self):
        return True

    def fileno(self):
        return 2

    def write(self, data):
        data = bytes(data)
        self.log.write(data)
        return len(data)

    def flush(self):
        self.log.end_line()


class Errors:
    """wsgi.errors: whole lines to the server's error log."""

    def __init__(self, log):
        self.log = log

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError('wsgi.errors takes str, not %s' % type(text).__name__)
        self.log.write(text.encode('utf-8', 'backslashreplace'))
        return len(text)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def flush(self):
        self.log.end_line()


class FileWrapper:
    """wsgi.file_wrapper: reads a file-like object in blocks."""

    def __init__(self, filelike, block_size=8192):
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

    A byte in a pipe, because Python's own locks belong to one interpreter. A byte in shared memory says whether somebody
    holds it, so that a request that has nothing to load need not wait for the pipe. Source: mod_wsgi, wsgi_module_lock;
    rule ISO-LOCK-01.
    """

    def __init__(self, ends, memory):
        self.taken, self.given = ends
        self.held = bytearray(1) if memory is None else mmap.mmap(memory, 1)
        self.is_known = memory is not None

    def may_be_held(self):
        return self.held[0] or not self.is_known

    def __enter__(self):
        os.read(self.taken, 1)
        self.held[0] = 1

    def __exit__(self, *failure):
        self.held[0] = 0
        os.write(self.given, b'.')


class Scripts:
    """The scripts of one interpreter. A script is executed by the first request that needs it.

    Sources: mod_wsgi 4.9.4, wsgi_load_source, wsgi_reload_required, wsgi_module_name.
    """

    def __init__(self, lock, names):
        self.lock = lock
        self.names = names  # Of a worker's modules, by script.
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
        known = self.modules.get(script)
        if known is not None and (not watched or known[1] == changed_at) and not self.lock.may_be_held():
            return known[0]
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
        if script in self.names:
            return import_as(path=path, **self.names[script])
        name = '_mod_wsgi_' + md5(script.encode(sys.getfilesystemencoding(), 'surrogateescape')).hexdigest()
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


def import_as(name, path, isOwn):
    """Imports the module of a worker's application; what stands in for it is executed under its name, and alone."""
    import importlib.machinery
    import importlib.util
    if isOwn and '.' in name:
        importlib.import_module(name.rpartition('.')[0])
    # Whatever the file is called: what stands in for a module has a name of its own.
    loader = importlib.machinery.SourceFileLoader(name, path)
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module


# ---------------------------------------------------------------------------------------------------------------
# One request
# ---------------------------------------------------------------------------------------------------------------

# What may stand in a status, a name and a value: what the supervisor's own HTTP server would refuse never gets that far.
# Source: Node, lib/_http_common.js, checkIsHttpToken and checkInvalidHeaderChar. Text outside Latin-1 matches nothing.
STATUS = re.compile('[2-9][0-9][0-9] [\t -~\x80-\xff]*').fullmatch
HEADER_NAME = re.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch
FIELDS = re.compile('[\0\t -~\x80-\xff]*').fullmatch

# An application may not speak of the connection. Source: PEP 3333, "Other HTTP Features"; RFC 2616, 13.5.1.
HOP_BY_HOP = frozenset((
    'connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'te', 'trailer', 'trailers',
    'transfer-encoding', 'upgrade',
))

# What was found good, by its text. Applications may make names up: neither grows with them.
HAS_BODY = {}
IS_CONTENT_LENGTH = {}
REMEMBERED = 500


def has_body(status):
    """Whether responses with this status have a body. 1xx is no answer to a request; see RFC 9110, 15.2."""
    if not isinstance(status, str):
        raise TypeError('status must be a str, not %s' % type(status).__name__)
    if not STATUS(status):
        raise ValueError('status must be a number from 200 to 999, a space and a reason: %r' % status)
    answer = status[:3] not in ('204', '304')
    if len(HAS_BODY) < REMEMBERED:
        HAS_BODY[status] = answer
    return answer


def is_content_length(name):
    if not isinstance(name, str):
        raise TypeError('header names must be str: %r' % (name,))
    if not HEADER_NAME(name):
        raise ValueError('not the name of a header: %r' % name)
    lower = name.lower()
    if lower in HOP_BY_HOP:
        raise ValueError('%s is a hop-by-hop header, and those are the server\'s' % name)
    answer = lower == 'content-length'
    if len(IS_CONTENT_LENGTH) < REMEMBERED:
        IS_CONTENT_LENGTH[name] = answer
    return answer


def content_length(value, earlier):
    """A length that two readers cannot read in two ways."""
    if not isinstance(value, str) or not value.isascii() or not value.isdigit():
        raise ValueError('invalid Content-Length: %r' % (value,))
    if earlier is not None and earlier != int(value):
        raise ValueError('Content-Length is both %d and %s' % (earlier, value))
    return int(value)


class Response:
    """What the application sends, turned into as few writes as PEP 3333 allows.

    Blocks go out before the next one is asked for; the head goes out with the first block that is not empty, or with the
    end. What is more than Content-Length is cut off. Source: PEP 3333, "Buffering and Streaming", "Handling the
    Content-Length Header".
    """

    def __init__(self, slot, method, script, say, body):
        self.slot = slot
        self.body = body
        self.script = script
        self.say = say
        self.head = None
        self.head_sent = False
        self.is_head = method == 'HEAD'
        self.has_body = True
        self.length = None
        self.remaining = None
        self.client = None
        self.may_borrow = True
        self.passed_on = 0

    def start(self, status, headers, exc_info=None):
        if exc_info:
            try:
                if self.head_sent:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None
        elif self.head is not None:
            raise AssertionError('start_response was called a second time without exc_info')
        has_content = HAS_BODY.get(status)
        if has_content is None:
            has_content = has_body(status)
        if not isinstance(headers, list):
            raise TypeError('headers must be a list, not %s' % type(headers).__name__)
        fields = [status]
        length = None
        for name, value in headers:
            is_length = IS_CONTENT_LENGTH.get(name)
            if is_length is None:
                is_length = is_content_length(name)
            if is_length:
                again = length is not None
                length = content_length(value, length)
                # Twice the same is once; a response that cannot have a body has no length.
                # Source: httpd 2.4, ap_http_header_filter, "204/304 responses don't have content related headers".
                if again or not has_content:
                    continue
            fields.append(name)
            fields.append(value)
        try:
            head = '\0'.join(fields)
        except TypeError:
            raise TypeError('header values must be str: %r' % (headers,)) from None
        if not FIELDS(head) or head.count('\0') != len(fields) - 1:
            raise ValueError('a header has a control character or one outside Latin-1: %r' % (headers,))
        self.head = head
        self.has_content = has_content
        self.has_body = has_content and not self.is_head
        self.length = self.remaining = length
        return self.write

    def write(self, block):
        if self.slot is None:
            raise RuntimeError('write() was called after the end of its request')
        self.pass_on(block)

    def pass_on(self, block):
        """Sends a block, as much of it as belongs to the response. False when no more blocks are wanted."""
        if not isinstance(block, bytes):
            raise TypeError('body blocks must be bytes, not %s' % type(block).__name__)
        if not block:
            return True
        if self.head is None:
            raise AssertionError('a body without a call of start_response()')
        if not self.has_body:
            return False
        is_cut = False
        if self.remaining is not None:
            is_cut = len(block) > self.remaining
            if is_cut:
                self.mismatch('more than that')
                self.has_body = False
                block = block[:self.remaining]
            self.remaining -= len(block)
        if block:
            self.passed_on += len(block)
            if self.borrows_client(self.remaining or 0):
                self.client.send(block)
            else:
                self.slot.send_body(self.take_head(), block)
        return not is_cut

    def borrows_client(self, still_to_come):
        """Whether the body is written to the client's own connection, from now on if it has turned out to be large."""
        if self.client is None and self.may_borrow and self.passed_on + still_to_come >= LARGE_BODY:
            self.may_borrow = False
            # What is still to be read of the request comes over the slot, in between.
            if self.body is None or self.body.ended:
                self.client = self.slot.borrow_client(self.take_head())
        return self.client is not None

    def take_head(self):
        """The frame of the head the first time, then nothing."""
        if self.head_sent:
            return b''
        self.head_sent = True
        return frame('H', self.head.encode('latin-1'))

    def whole(self, block):
        """The end of a response whose only block is known before anything was sent: its length is known with it.

        Returns the last frames, and the block where that is to be sent behind them.
        """
        if not isinstance(block, bytes):
            raise TypeError('body blocks must be bytes, not %s' % type(block).__name__)
        size = len(block)
        if self.remaining is None and (self.has_body or (size and self.has_content)):
            self.head += '\0Content-Length\0%d' % size
            self.remaining = size
        if size >= LARGE_BODY or self.remaining != size or not self.has_body:
            self.pass_on(block)
            return self.end(), b''
        self.head_sent = True
        head = self.head.encode('latin-1')
        return FRAME.pack(LENGTH.size + len(head) + size, WHOLE) + LENGTH.pack(len(head)) + head, block

    def file(self, wrapper):
        """Sends the rest of a regular file in blocks as large as the connection takes, whatever was asked for.

        Source: mod_wsgi 4.9.4, Adapter_process_file_wrapper: without a Content-Length it is the file's. Other objects
        with a descriptor are left alone: what they read may be something else than what their file holds.
        """
        source = wrapper.filelike
        if type(source) not in (io.BufferedReader, io.BufferedRandom, io.FileIO) or not self.has_body:
            return False
        try:
            status = os.fstat(source.fileno())
            if (status.st_mode & 0o170000) != 0o100000:
                return False
            left = max(0, status.st_size - source.tell())
        except OSError:
            return False
        if self.remaining is None:
            self.head += '\0Content-Length\0%d' % left
            self.length = self.remaining = left
        if self.borrows_client(self.remaining):
            try:
                self.remaining -= self.client.send_file(source.fileno(), source.tell(), min(self.remaining, left))
                return True
            except OSError as error:
                if self.client.sent or error.errno not in FILE_ERRORS:
                    raise
        while self.remaining:
            block = source.read(min(self.remaining, FILE_BLOCK))
            if not block:
                break
            self.pass_on(block)
        return True

    def end(self):
        """The last frames of a response whose blocks were all sent."""
        if self.head is None:
            raise AssertionError('the application returned without calling start_response()')
        is_short = self.has_body and self.remaining
        if is_short:
            self.mismatch(self.length - self.remaining)
        return self.take_head() + self.last_frames(BODY_TOO_SHORT if is_short else 0)

    def broken(self):
        """The last frames of a response that the application did not bring to its end."""
        return self.last_frames(BROKEN) if self.head_sent else frame('N', b'500')

    def last_frames(self, flags):
        return (b'' if self.client is None else self.client.progress()) + frame('E', bytes((flags,)))

    def finish(self):
        """Nothing more is sent."""
        slot, self.slot = self.slot, None
        if self.client is not None:
            slot.give_back(self.client)

    def mismatch(self, generated):
        # In the words of mod_wsgi 4.9.4, Adapter_run.
        self.say('Content length mismatch, expected %d, response generated %s: %s' % (self.length, generated, self.script))


class Server:
    """Runs applications for the threads of one interpreter."""

    def __init__(self, settings, log):
        self.log = log
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
            slot.connection.close()

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
        except BaseException:
            self.say('Exception occurred processing WSGI script %r.\n%s' % (script, traceback.format_exc()))
            last, block = response.broken(), b''
        # The response is over only after close(): until then the thread is not free. Source: PEP 3333; mod_wsgi 4.9.4,
        # Adapter_run.
        if hasattr(result, 'close'):
            try:
                result.close()
            except BaseException:
                self.say('Exception occurred closing the response of WSGI script %r.\n%s' % (script, traceback.format_exc()))
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
        if self.running > 0:  # A group with threads=0 takes no requests.
            self.last_has_ended.acquire()

    def thread_ended(self):
        with self.lock:
            self.running -= 1
            if self.running == 0:
                self.last_has_ended.release()

    def signalled(self, number):
        self.callbacks.signalled(int(number))

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
        flush_streams()
        report(event='destroyed', group=self.group)

    def follow(self, orders):
        """Takes each step when the main thread of the process says so: in this interpreter only its own threads can."""
        while True:
            step, _, parameter = os.read(orders, 256).decode().partition(' ')
            if not step:
                return
            getattr(self, step)(parameter)
            os.write(orders, b'.')


def open_log(settings):
    """What the applications of this interpreter print goes to the error log. Source: mod_wsgi 4.9.4, newInterpreterObject."""
    log = Log(settings['applicationGroup'])
    sys.stdout, sys.stderr = (
        io.TextIOWrapper(LogFile(log), 'utf-8', 'backslashreplace', write_through=True) for _ in '12'
    )
    return log


def serve_interpreter(settings):
    """Starts the threads of the interpreter this runs in; each connects a slot and serves it until it is closed."""
    log = open_log(settings)
    life = Life(settings, prepare_interpreter(settings))
    report(event='interpreter', group=settings['applicationGroup'])
    server = Server(settings, log)

    process = os.getpid()
    connections = set()
    attend_forks(settings['orders'] is None, settings['processGroup'] != '', connections)

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


def attend_forks(is_main, is_daemon, connections):
    """Parts a child that an application forks from what is this process's: connections, orders, signals.

    CPython lets nobody fork in a sub-interpreter, and no child out of a process that has one; whoever waits for such a
    child is told why. Apache with mod_wsgi 4.9.4 and Python 3.11 does just the same, and says less.
    """
    def warn():
        if not is_main:
            complain_of_fork('The child ends at once: Python can only fork in its main interpreter.')
        elif Interpreters.made:
            complain_of_fork('The child hangs or aborts: Python cannot clear the sub-interpreters of this process in it.')

    os.register_at_fork(before=warn)
    if is_main:
        os.register_at_fork(after_in_child=lambda: leave_family(is_daemon, connections))


def complain_of_fork(why):
    sys.stderr.write('os.fork() was called by an application. %s Run the application in a process group of its own with '
                     'application-group=%%{GLOBAL}, or start a program with subprocess.\n' % why)


def leave_family(is_daemon, connections):
    """In the child: nothing of what it does reaches the supervisor, whose connections it has inherited."""
    for connection in connections:
        connection.close()
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, CONTROL_FD, inheritable=False)
    os.close(nowhere)
    # A signal ends it without a word. Sources: mod_wsgi 4.9.4, wsgi_signal_handler, exit(-1); httpd, prefork.c, just_die.
    signal.set_wakeup_fd(-1)
    code = 255 if is_daemon else 0
    for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGINT, signal.SIGXCPU):
        if is_daemon or number == signal.SIGTERM:
            signal.signal(number, lambda *_: os._exit(code))
    if not is_daemon:
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)


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


# ---------------------------------------------------------------------------------------------------------------
# The process: the main thread of the main interpreter only supervises
# ---------------------------------------------------------------------------------------------------------------

START = '''
def _start(settings, sources):
    import json
    path, text = sources['host.py']
    host = {'__name__': 'wsgiscope_host', '__file__': path, 'SOURCES': sources}
    exec(compile(text, path, 'exec'), host)
    host['serve_interpreter'](json.loads(settings))

_start(%(settings)r, %(sources)r)
del _start
'''


class Remote:
    """The steps of a Life in another interpreter of this process: told over a socket, answered when done."""

    def __init__(self, orders):
        self.orders = orders
        self.lock = threading.Lock()  # A signal may come in the middle of another order.

    def tell(self, step, parameter):
        with self.lock:
            os.write(self.orders, ('%s %s' % (step, parameter)).encode())
            os.read(self.orders, 1)

    def signalled(self, number):
        self.tell('signalled', number)

    def stopping(self, reason):
        self.tell('stopping', reason)

    def join(self, parameter):
        self.tell('join', parameter)

    def finish(self, parameter):
        self.tell('finish', parameter)


def shared_byte():
    """A file of one byte in memory, for all interpreters of this process; None where there is no such thing."""
    try:
        memory = os.memfd_create('wsgiscope')
    except (AttributeError, OSError):
        return None
    os.ftruncate(memory, 1)
    return memory


class Interpreters:
    """The sub-interpreters of this process, by whichever module this Python has for them."""

    made = False  # Whether there is one.

    def __init__(self):
        try:
            import _interpreters as api
            self.create = lambda own_gil: api.create('isolated' if own_gil else 'legacy')
        except ImportError:
            import _xxsubinterpreters as api
            # Isolated interpreters may not start daemon threads or fork; mod_wsgi's may. From 3.12 on they have a GIL of
            # their own, and then mod_wsgi's may not either. 3.8 has no such option.
            can_own = sys.version_info >= (3, 12)
            shared = {'isolated': False} if sys.version_info >= (3, 9) else {}
            self.create = lambda own_gil: api.create(isolated=True) if own_gil and can_own else api.create(**shared)
        self.run_string = api.run_string
        ends = os.pipe()
        os.write(ends[1], b'.')
        self.module_lock = ends, shared_byte()
        self.ids = []
        self.main = None
        self.subs = []

    def start(self, settings):
        settings.update(moduleLock=self.module_lock, orders=None)
        if settings['applicationGroup'] == '':
            self.main = serve_interpreter(settings)
            return
        number = self.create(settings['ownGil'])
        Interpreters.made = True
        self.ids.append(number)  # In some versions an interpreter lives only as long as this object.
        ours, theirs = socket.socketpair()
        settings.update(orders=theirs.detach())
        failure = self.run_string(number, START % {'settings': json.dumps(settings), 'sources': SOURCES})
        if failure is not None:  # From 3.13 on a failure is returned, not raised.
            raise RuntimeError(getattr(failure, 'formatted', failure))
        self.subs.append(Remote(ours.detach()))

    def stop(self, is_daemon, reason, destroys, is_service=False):
        """The orderly end, step by step; the main interpreter goes last. Sources: wsgi_daemon_main; rules SHUT-ATEXIT-01, -03.

        Only a daemon process tells its applications first: a child waits for its requests before. Interpreters that are
        not to be destroyed have no exit handlers and no threads to wait for: the process just goes. Source:
        wsgi_python_child_cleanup.
        """
        steps = ('stopping', 'join') if is_daemon else () if is_service else ('join', 'stopping')
        for step in steps + (('finish',) if destroys else ()):
            for life in self.lives():
                getattr(life, step)(reason)

    def leave(self):
        """Ends every interpreter in order without waiting for requests."""
        for life in self.lives():
            life.finish('')

    def signalled(self, number):
        for life in self.lives():
            life.signalled(number)

    def lives(self):
        return self.subs + ([self.main] if self.main else [])

    def rehearse(self):
        failure = self.run_string(self.create(False), 'import hashlib, json, select, socket, traceback')
        if failure is not None:
            raise RuntimeError(getattr(failure, 'formatted', failure))


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


def catch_signals_of_worker(told, ignored):
    def tell(number, _frame):
        report(event='signal', signal=signal.Signals(number).name)

    # The interpreter's own SIGINT would end it with a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    for name in told:
        signal.signal(getattr(signal, name), tell)
    for name in ignored:
        signal.signal(getattr(signal, name), signal.SIG_IGN)


def outlive_hangup():
    """A process that is forked while Apache runs has the handler of its parent, which does nothing in it. Source: rule SHUT-SIG-02."""
    signal.signal(signal.SIGHUP, lambda number, frame: None)


def hand_on_signals(interpreters):
    """From mod_wsgi 6 on these two are the applications'. Source: 6.0.5, wsgi_daemon.c, wsgi_signal_dispatcher_thread."""
    def tell(number, _frame):
        # A callback that takes its time must not keep the process from being told to end.
        _thread.start_new_thread(interpreters.signalled, (number,))

    for number in (signal.SIGHUP, signal.SIGUSR2):
        signal.signal(number, tell)


def catch_signals_of_service():
    """SIGTERM ends the script; nobody waits for the others. Source: mod_wsgi, wsgi_system_exit; rule CONF-DAEMON-03."""
    def leave(number, _frame):
        sys.exit()

    signal.signal(signal.SIGTERM, leave)
    for other in (signal.SIGINT, signal.SIGUSR1):
        signal.signal(other, signal.SIG_IGN)


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


def orders():
    """The lines of the control channel. A signal wakes the wait, whichever thread the kernel gave it to."""
    control = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, CONTROL_FD)
    descriptors = Descriptors()
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
            block = descriptors.read(control)
            if not block:
                os._exit(70)  # The supervisor is gone.
            *lines, pending = (pending + block).split(b'\n')
            for line in lines:
                order = json.loads(line)
                if not descriptors.take(order):
                    yield order


class Descriptors:
    """Descriptors that come over the control channel, for threads that asked the supervisor for them.

    The supervisor sends the next one only when the last one was acknowledged. Source: Node, lib/internal/child_process.js,
    setupChannel, NODE_HANDLE.
    """

    def __init__(self):
        self.arrived = []

    def read(self, control):
        """A block of the channel; keeps the descriptor that came with it."""
        try:
            block, ancillary, _, _ = control.recvmsg(65536, socket.CMSG_SPACE(DESCRIPTOR.size))
        except OSError:
            return b''
        for level, kind, data in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS and len(data) >= DESCRIPTOR.size:
                number, = DESCRIPTOR.unpack_from(data)
                os.set_inheritable(number, False)
                self.arrived.append(number)
        return block

    def take(self, order):
        """Whether the line was about a descriptor: one that came, or one that nobody wants any more."""
        if order.get('cmd') == 'NODE_HANDLE':
            report(cmd='NODE_HANDLE_ACK')
            # None came where this process may open no more files.
            report(event='descriptor', key=order['msg']['key'], descriptor=self.arrived.pop(0) if self.arrived else None)
        elif order.get('do') == 'close-descriptor':
            os.close(order['descriptor'])
        else:
            return False
        return True


def hide_program():
    """Applications find nothing of this program: neither its folder on the path nor what it needed to start."""
    folder = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != folder]
    for name in ('PYTHONCOERCECLOCALE', 'NODE_CHANNEL_FD', 'NODE_CHANNEL_SERIALIZATION_MODE'):
        os.environ.pop(name, None)


def flush_streams():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            pass  # Restricted, or closed by an application.


def main():
    choose_gil()
    os.set_inheritable(CONTROL_FD, False)
    lines = orders()
    settings = next(lines)
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
    interpreters = Interpreters()
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
        Interpreters().rehearse()
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


if __name__ == '__main__':
    {'--check': check, '--rehearse': rehearse}.get(sys.argv[1] if len(sys.argv) > 1 else '', main)()

"""One response: what the application says goes out as PEP 3333 wants it, or not at all."""
import io
import os
import re
import struct

from .client import FILE_ERRORS
from .wire import frame, FRAME, name

LENGTH = struct.Struct('>I')
WHOLE = ord('W')
# An end frame's flags.
BODY_TOO_SHORT = 1
BROKEN = 2
# In bytes: what is read from a file at once; from how large a body on it pays to write to the client's own connection.
FILE_BLOCK = 1 << 18
LARGE_BODY = 1 << 18


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

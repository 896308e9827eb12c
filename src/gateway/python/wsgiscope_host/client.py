"""The client's own connection, lent to the thread that writes a large body to it, or reads one from it."""
import errno
import os
import select
import time

from .wire import client_gone, frame

# How often the supervisor is told how far the body is, in seconds.
PROGRESS = 0.1
# What sendfile says of the file, not of the connection.
FILE_ERRORS = errno.EINVAL, errno.ENOSYS, errno.EIO


class Client:
    """A connection that the supervisor has open as well: it never blocks, and a closed slot tells that the client is gone."""

    body = 'the response'

    def __init__(self, slot, descriptor):
        self.slot = slot
        self.descriptor = int(descriptor)
        self.poll = None
        self.told_at = time.monotonic()

    def wait(self, event, timeout):
        """Waits, for so many ms, until the client takes or sends more; False where that has not come."""
        if self.poll is None:
            self.poll = select.poll()
            self.poll.register(self.descriptor, event)
            self.poll.register(self.slot.connection, select.POLLIN)
        ready = self.poll.poll(timeout)
        if any(number != self.descriptor for number, _ in ready):
            raise client_gone(self.body)
        return bool(ready)

    def close(self):
        """Gives the connection back; for a forked child, its copy of it."""
        descriptor, self.descriptor = self.descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


class Recipient(Client):
    """Lent for the body of one response: the supervisor has written the head and writes nothing before it hears of the end."""

    def __init__(self, slot, terms):
        descriptor, is_chunked, timeout = terms.split()
        super().__init__(slot, descriptor)
        self.is_chunked = is_chunked == b'1'
        self.timeout = int(timeout) or None  # in ms
        self.sent = self.told = 0

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
                self.tell()
                if not self.wait(select.POLLOUT, self.timeout):
                    raise client_gone() from None
            except OSError as error:
                if write is os.sendfile and error.errno in FILE_ERRORS:
                    raise
                raise client_gone() from None

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


class Sender(Client):
    """Lent for the rest of the body of one request: the supervisor reads nothing before it has the connection back."""

    body = 'the request body'

    def __init__(self, slot, terms):
        descriptor, left = terms.split()
        super().__init__(slot, descriptor)
        self.left = int(left)
        self.read = 0
        self.is_awaited = False

    def read_into(self, target):
        """At least one byte. None where there are no more: what that means is for the supervisor to find out."""
        while True:
            try:
                count = os.readv(self.descriptor, (target,))
            except BlockingIOError:
                if not self.wait(select.POLLIN, PROGRESS * 1000):
                    self.tell(True)
                    self.wait(select.POLLIN, None)
            except OSError:
                return 0
            else:
                self.read += count
                self.left -= count
                if self.is_awaited or time.monotonic() - self.told_at > PROGRESS:
                    self.tell(False)
                return count

    def tell(self, is_awaited):
        """The supervisor watches for silence, and for clients that send too slowly what is waited for."""
        self.is_awaited = is_awaited
        self.slot.send(frame('V', b'%d %d' % (self.read, is_awaited)))
        self.told_at = time.monotonic()

    def end(self):
        """What the supervisor is told with the connection: how much it need not read."""
        return frame('U', b'%d' % self.read)

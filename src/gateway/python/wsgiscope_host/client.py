"""The client's own connection, lent to the thread that writes a large body to it."""
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

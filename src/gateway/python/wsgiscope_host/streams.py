"""What an application is given to read and to write: its request body, its errors, a wrapper of files."""
import io

from .wire import frame

# How much of what a sender announced is taken for one block, in bytes: memory is taken for what comes.
LENT_BLOCK = 1 << 20


class Input(io.RawIOBase):
    """wsgi.input: the body as the client sends it. Reading asks the supervisor for it; until then nothing is sent.

    It comes over the slot, or what is large from the client's own connection.
    """

    def __init__(self, slot):
        super().__init__()
        self.slot = slot
        self.sender = None
        self.left = 0  # of the block that is being read
        self.asked = False
        self.ended = False

    def readable(self):
        return True

    def readinto(self, target):
        with memoryview(target) as view:
            while self.left or self.next_block():
                count = self.take(view[:self.left] if len(view) > self.left else view)
                if count:
                    return count
        return 0

    def readall(self):
        blocks = []
        while self.left or self.next_block():
            block = bytearray(self.left)
            blocks.append(block[:self.fill(memoryview(block))])
        return b''.join(blocks)

    def fill(self, target):
        """Takes the rest of the block that is being read, or what of it is still to be had from the sender."""
        filled = 0
        while self.left:
            filled += self.take(target[filled:])
        return filled

    def take(self, target):
        """At least one byte of the block that is being read; none where the sender's connection has to go back."""
        if self.sender is None:
            count = self.slot.read_into(target)
            self.left -= count
            return count
        count = self.sender.read_into(target)
        self.left -= count
        if not count or not self.sender.left:
            self.give_back()
        return count

    def next_block(self):
        """False at the end of the body."""
        if self.ended:
            return False
        if self.slot is None:
            raise RuntimeError('wsgi.input was read after the end of its request')
        if not self.asked:
            self.asked = True
            self.slot.send(frame('C'))
        if self.sender is None:
            self.left, kind = self.slot.frame_header()
            if kind == 'E':
                self.ended = True
            elif kind == 'G':
                self.sender = self.lent_by(self.slot)
        if self.sender is not None:
            self.left = min(self.sender.left, LENT_BLOCK)
        return not self.ended

    def lent_by(self, slot):
        terms = bytearray(self.left)
        slot.fill(memoryview(terms))
        return slot.borrow_sender(terms)

    def give_back(self):
        """The sender's connection goes back to the supervisor, which sends what is still to come, if anything is."""
        sender, self.sender = self.sender, None
        self.left = 0
        self.ended = not sender.left
        self.slot.give_back(sender)
        self.slot.send(sender.end())

    def finish(self):
        """Nobody reads from it any more: the slot's next bytes are for the next request."""
        if self.sender is not None:
            self.give_back()
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
            if kind == 'G':  # It was not waited for.
                slot.give_back(self.lent_by(slot))
                self.left = 0


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

"""What an application is given to read and to write: its request body, its errors, a wrapper of files."""
import io

from .wire import frame


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

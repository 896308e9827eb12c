"""The error log, as an interpreter writes to it: whole lines that say whose they are."""
import io
import os
import sys
import threading

# In bytes: what a line has at most, as in Apache's log; what the socket of the log takes as one.
LONGEST_LINE = 8192
LONGEST_WRITE = 16384


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


def open_log(settings):
    """What the applications of this interpreter print goes to the error log. Source: mod_wsgi 4.9.4, newInterpreterObject."""
    log = Log(settings['applicationGroup'])
    sys.stdout, sys.stderr = (
        io.TextIOWrapper(LogFile(log), 'utf-8', 'backslashreplace', write_through=True) for _ in '12'
    )
    return log


def flush_streams():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            pass  # Restricted, or closed by an application.

"""A thread that serves: its seat in the process, and its slot, the connection by which the supervisor gives it requests."""
from .client import Recipient, Sender
from .wire import client_gone, frame, FRAME

BODY = ord('B')
# In bytes: what is cheaper to copy behind its header than to send in two parts; what one frame holds at most.
COPIED_BLOCK = 16384
LARGEST_BLOCK = 1 << 30


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
        self.borrowed = set()  # What this thread has of clients' own connections.
        self.buffer = b''
        self.route = None
        self.requests = 0

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
        return self.borrow(Recipient(self, terms))

    def borrow_sender(self, terms):
        """The client's own connection, as the supervisor lends it for the rest of a request's body."""
        return self.borrow(Sender(self, terms))

    def borrow(self, client):
        self.borrowed.add(client)
        self.open_connections.add(client)
        return client

    def give_back(self, client):
        self.borrowed.discard(client)
        self.open_connections.discard(client)
        client.close()

    def close(self):
        """Nothing is left of it, wherever its last request was interrupted."""
        for client in list(self.borrowed):
            self.give_back(client)
        self.connection.close()

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
            raise client_gone('the request body')
        return count

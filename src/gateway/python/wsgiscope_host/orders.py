"""The orders of the supervisor, and the descriptors that come with them."""
import json
import os
import select
import signal
import socket
import struct

from .wire import CONTROL_FD, report

DESCRIPTOR = struct.Struct('@i')


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

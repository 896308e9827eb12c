"""What the supervisor is told: lines on the control channel, frames on the connection of a thread."""
import json
import os
import struct

CONTROL_FD = 3
FRAME = struct.Struct('>IB')


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


def client_gone(of='the response'):
    return ClientGone('the client went away before the end of %s' % of)

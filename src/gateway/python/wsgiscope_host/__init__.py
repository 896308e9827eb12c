"""The Python side of the gateway: one process that runs WSGI applications in real threads and real sub-interpreters.

Standard library only, CPython 3.8 to 3.14. It decides nothing: the supervisor on the other end of the control channel
says which interpreters to make and when to go; this process does it and reports what happened.

    control channel   file descriptor 3, JSON lines both ways: interpreters, signals, the end; and descriptors, as Node sends them
    slots             one Unix socket per thread and interpreter, connected by the thread itself; frames both ways

One interpreter cannot run two `run_string` calls at once, so each sub-interpreter imports this very program and starts
threads of its own inside. The supervisor keeps the limit of busy threads of the whole process.

A frame is a length (4 bytes, big endian, of what follows the kind), a kind (1 byte) and a payload:

    to a thread     P route of the requests that follow: fields and environ, separated by NUL
                    Q request: environ, and whether there is a body     B body block     E end of body     X go home
                    T take the client's connection: descriptor, chunked or not, timeout     K keep to this one instead
                    G get the rest of the body from the client's connection: descriptor, bytes
    from a thread   H head     B body block     E end (1 byte: flags)     W whole response: head length, head, body
                    L script loaded     A script executed again     F script failed     R script changed, take it back
                    C continue: send the body     N not there: status the server itself answers with
                    D the client's connection is wanted, for the rest of the body     S sent on it so far, in bytes
                    V read from it so far, in bytes, and whether more is awaited     U given back: bytes read from it

When a client goes away the supervisor closes the connection of the thread that serves it: whatever the thread does next
with that client fails at once, also in the middle of a write. The thread then connects anew.
"""

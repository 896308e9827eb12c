"""Sends the request's own body back in capitals, a line at a time; without a body, the alphabet."""
import string
import sys


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    sent = 0
    try:
        if environ["REQUEST_METHOD"] == "POST":
            # A line at a time, both ways: the client may still be sending.
            for line in environ["wsgi.input"]:
                yield line.upper()
                sent += 1
        else:
            for letter in string.ascii_uppercase:
                yield letter.encode()
                sent += 1
    finally:
        print(f"{sent} blocks were sent", file=environ.get("wsgi.errors", sys.stderr))

"""generator.conf under the validator of the standard library, from both ends."""
import io
import sys
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

from through import Through

application = validator(Through(int(sys.argv[1])))


def ask(method, body=b""):
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": "/letters",
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": "text/plain",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
    }
    setup_testing_defaults(environ)
    heads = []

    def start_response(status, fields, exc_info=None):
        heads.append(status)
        return lambda block: None

    blocks = application(environ, start_response)
    try:
        text = b"".join(blocks)
    finally:
        blocks.close()
    return heads, text


assert ask("GET") == (["200 OK"], b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")
lines = b"".join(b"line %d\n" % number for number in range(20_000))
assert ask("POST", lines) == (["200 OK"], lines.upper())
assert ask("HEAD") == (["200 OK"], b"")

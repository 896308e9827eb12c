/** What every contestant runs: one application, a path for each kind of work. */

/** @param edition - A number that `/edition` answers with, so that new code can be told from old. */
export const applicationText = (edition: number): string => `
import json, time

EDITION = b'${edition}'
ROWS = json.dumps([{'id': n, 'name': 'row %d' % n, 'tags': ['a', 'b']} for n in range(1300)]).encode()[:65536]
BLOCK = b'x' * 65536


def hello(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', '14')])
    return [b'Hello, world!\\n']


def rows(environ, start_response):
    start_response('200 OK', [('Content-Type', 'application/json'), ('Content-Length', str(len(ROWS)))])
    return [ROWS]


def stream(environ, start_response):
    start_response('200 OK', [('Content-Type', 'application/octet-stream'), ('Content-Length', str(160 * len(BLOCK)))])
    return (BLOCK for _ in range(160))


def upload(environ, start_response):
    body, size = environ['wsgi.input'], 0
    left = int(environ.get('CONTENT_LENGTH') or 0)
    while left:
        block = body.read(min(left, 65536))
        if not block:
            break
        size += len(block)
        left -= len(block)
    text = b'%d\\n' % size
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', str(len(text)))])
    return [text]


def sleeper(environ, start_response):
    time.sleep(0.05)
    return hello(environ, start_response)


def edition(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', str(len(EDITION)))])
    return [EDITION]


PATHS = {'/hello': hello, '/json': rows, '/stream': stream, '/upload': upload, '/sleep': sleeper, '/edition': edition}


def application(environ, start_response):
    return PATHS[environ['PATH_INFO']](environ, start_response)
`;

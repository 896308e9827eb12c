/** The application that servers run while their profile is measured: each request says in X-Do what it shall do. */

/** The names of the module and of its callable. */
export const applicationModule = 'quirks';
export const applicationCallable = 'application';

/** The file beside the application in which it notes what no response can tell. */
export const notesFile = 'notes';

/** Python of the standard library only. */
export const applicationText = `import os, platform, sys, threading, time

folder = os.path.dirname(os.path.abspath(__file__))


def text(*more):
    # A new list each time: a server may change the one that it is given.
    return [('Content-Type', 'text/plain'), *more]


def note(line):
    with open(os.path.join(folder, '${notesFile}'), 'a') as notes:
        notes.write(line + '\\n')


class Noted:
    """Blocks whose close() is noted, and how many were asked for before."""

    def __init__(self, blocks):
        self.blocks, self.given = iter(blocks), 0

    def __iter__(self):
        return self

    def __next__(self):
        block = next(self.blocks)
        self.given += 1
        return block

    def close(self):
        note('closed')


def answer(start_response, said):
    said = said.encode('latin-1', 'replace')
    start_response('200 OK', text(('Content-Length', str(len(said)))))
    return [said]


def shown(environ, name):
    return '%s = %r\\n' % (name, environ[name]) if name in environ else name + ' is absent\\n'


def hello(environ, start_response):
    return answer(start_response, 'hello\\n')


def process(environ, start_response):
    return answer(start_response, '%d %s' % (os.getpid(), platform.python_version()))


def show(environ, start_response, *names):
    return answer(start_response, ''.join(shown(environ, name) for name in names))


def fail(environ, start_response):
    raise ValueError('on purpose')


def start_and_fail(environ, start_response):
    start_response('200 OK', text())
    raise ValueError('on purpose')


def fail_amid_body(environ, start_response):
    start_response('200 OK', text())
    def blocks():
        yield b'first block\\n'
        raise ValueError('on purpose')
    return blocks()


def never_start(environ, start_response):
    return Noted([b'hello\\n'])


def start_twice(environ, start_response):
    start_response('200 First', text(('X-Start', 'first')))
    start_response('200 Second', text(('X-Start', 'second')))
    return [b'hello\\n']


def leave(environ, start_response):
    sys.exit()


def say(environ, start_response, word):
    print(word)
    sys.stdout.flush()
    return answer(start_response, 'printed\\n')


def complain(environ, start_response, word):
    environ['wsgi.errors'].write(word + '\\n')
    environ['wsgi.errors'].flush()
    return answer(start_response, 'written\\n')


def one_block(environ, start_response):
    start_response('200 OK', text())
    return [b'hello\\n']


def blocks(environ, start_response):
    start_response('200 OK', text())
    return (block for block in (b'first\\n', b'second\\n'))


def sized(environ, start_response, size):
    start_response('200 OK', text(('Content-Length', size)))
    return [b'hello\\n']


def name_server(environ, start_response):
    start_response('200 OK', text(('Server', 'of-the-application'), ('Content-Length', '6')))
    return [b'hello\\n']


def read(environ, start_response, wait='0'):
    time.sleep(float(wait))
    body = environ['wsgi.input'].read()
    return answer(start_response, 'read() = %r\\n' % body + shown(environ, 'CONTENT_LENGTH') + shown(environ, 'wsgi.input_terminated'))


def read_counted(environ, start_response, wait='0'):
    time.sleep(float(wait))
    try:
        said = 'read(CONTENT_LENGTH) = %r\\n' % environ['wsgi.input'].read(int(environ['CONTENT_LENGTH']))
    except (KeyError, ValueError):
        said = 'read() = %r\\n' % environ['wsgi.input'].read()
    return answer(start_response, said + shown(environ, 'CONTENT_LENGTH'))


def never_end(environ, start_response):
    start_response('200 OK', text())
    def blocks():
        for _ in range(700):
            time.sleep(0.01)
            yield b'x' * 65536
        note('all blocks given')
    return Noted(blocks())


def sleep(environ, start_response, seconds):
    time.sleep(float(seconds))
    return answer(start_response, 'slept\\n')


def start_thread(environ, start_response, seconds):
    def work():
        time.sleep(float(seconds))
        note('thread done')
    threading.Thread(target=work).start()
    return answer(start_response, str(os.getpid()))


def application(environ, start_response):
    action, *words = environ.get('HTTP_X_DO', 'hello').split()
    return globals()[action](environ, start_response, *words)
`;

/**
 * The small programs that start servers which are libraries: each takes where to listen, how many threads there are, and
 * the application, and says so when connections are taken.
 */

/** Servers that come as a Python module and have no command line of their own, or none that is enough. */
export const plainServers = ['waitress', 'cheroot', 'werkzeug', 'wsgiref'] as const;
export type PlainServer = (typeof plainServers)[number];

/** What a runner says when the server takes connections. */
export const readyLine = 'wsgiscope: ready';

const beginning = `import importlib, sys
host, port, threads, name, callable_name = sys.argv[1:]
port, threads = int(port), int(threads)
application = getattr(importlib.import_module(name), callable_name)

def ready():
    print('${readyLine}', flush=True)
`;

/** Source: of each, its manual and the module named in its import. */
const servers: Readonly<Record<PlainServer, string>> = {
  waitress: `from waitress.server import create_server
server = create_server(application, host=host, port=port, threads=threads)
ready()
server.run()
`,
  cheroot: `from cheroot.wsgi import Server
server = Server((host, port), application, numthreads=threads)
server.prepare()
ready()
server.serve()
`,
  // Threads are made as requests come, without a limit, or there is none.
  werkzeug: `import logging
from werkzeug.serving import make_server
logging.getLogger('werkzeug').setLevel(logging.WARNING)
server = make_server(host, port, application, threaded=threads > 1)
ready()
server.serve_forever()
`,
  wsgiref: `from wsgiref.simple_server import WSGIRequestHandler, make_server

class Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        pass

server = make_server(host, port, application, handler_class=Quiet)
ready()
server.serve_forever()
`,
};

export const runnerOf = (server: PlainServer): string => beginning + servers[server];

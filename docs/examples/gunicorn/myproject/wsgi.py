"""Counts the requests of its process, and says who imported it: the worker that answers, or the arbiter before it."""
import os
import threading

imported_by = os.getpid()
requests = 0
counting = threading.Lock()


def application(environ, start_response):
    global requests
    with counting:
        requests += 1
        mine = requests
    importer = "itself" if imported_by == os.getpid() else "another process"
    body = (
        f"request {mine} in process {os.getpid()}, imported by {importer}, "
        f"multithread {environ['wsgi.multithread']}, multiprocess {environ['wsgi.multiprocess']}\n"
    ).encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]

"""Counts the requests that this loading of the script has seen, and says under which flags."""
import os
import threading

requests = 0
counting = threading.Lock()


def application(environ, start_response):
    global requests
    with counting:
        requests += 1
        mine = requests
    body = (
        f"request {mine} in process {os.getpid()}, "
        f"multithread {environ['wsgi.multithread']}, multiprocess {environ['wsgi.multiprocess']}\n"
    ).encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]

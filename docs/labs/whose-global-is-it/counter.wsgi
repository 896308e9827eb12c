"""One global, one lock, and one question: whose is it?"""
import os
import threading
import time
from urllib.parse import parse_qs

visits = 0
counting = threading.Lock()


def application(environ, start_response):
    global visits
    with counting:
        visits += 1
        mine = visits
    # ?sleep=1 keeps the thread busy for a second, so that the next request needs another one.
    time.sleep(float(parse_qs(environ["QUERY_STRING"]).get("sleep", ["0"])[0]))
    body = f"visit {mine} in process {os.getpid()}\n".encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]

"""Works for as long as it is told, and says how often its process has been asked."""
import itertools
import os
import time
from urllib.parse import parse_qs

count = itertools.count(1)


def application(environ, start_response):
    mine = next(count)
    asked = parse_qs(environ["QUERY_STRING"])
    if "crash" in asked:
        os._exit(3)
    time.sleep(float(asked.get("sleep", ["0"])[0]))
    body = f"request {mine} of process {os.getpid()}\n".encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]

"""Does with its process what the query string says, then names it."""
import ctypes
import os
import time
from urllib.parse import parse_qsl

process = os.getpid()


def sleep(seconds):
    time.sleep(float(seconds))


def burn(seconds):
    """Uses the processor for so long."""
    end = time.process_time() + float(seconds)
    while time.process_time() < end:
        pass


def hold(seconds):
    """Sleeps and keeps Python's global lock meanwhile, as an extension module may that never gives it up."""
    ctypes.PyDLL(None).sleep(int(seconds))


deeds = {"sleep": sleep, "burn": burn, "hold": hold}


def application(environ, start_response):
    for deed, value in parse_qsl(environ["QUERY_STRING"]):
        deeds[deed](value)
    body = f"process {process}\n".encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]

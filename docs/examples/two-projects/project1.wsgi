"""Project 1: counts the requests that this loading of the script has seen."""
import os
import threading

requests = 0
counting = threading.Lock()


def application(environ, start_response):
    global requests
    with counting:
        requests += 1
        mine = requests
    body = f"project 1: request {mine} in process {os.getpid()}\n".encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]

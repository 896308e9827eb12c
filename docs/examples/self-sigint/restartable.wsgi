"""Counts its requests; asked with ?restart, it ends its own process if that is a daemon process."""
import os
import signal
import threading

requests = 0
counting = threading.Lock()


def application(environ, start_response):
    global requests
    with counting:
        requests += 1
        mine = requests
    said = f"request {mine} in process {os.getpid()}"
    if environ["QUERY_STRING"] == "restart":
        # The key is absent under other servers, and empty in embedded mode, where the process is Apache's own.
        if environ.get("mod_wsgi.process_group", "") != "":
            os.kill(os.getpid(), signal.SIGINT)
            said += ", which is its last"
        else:
            said += ", which is not mine to end"
    body = f"{said}\n".encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]

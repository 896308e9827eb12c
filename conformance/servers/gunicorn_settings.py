"""Answers what gunicorn itself makes of arguments, environment and settings file: one line of JSON for each line.

Each question is answered by a child of its own, because gunicorn reads the environment when it is imported.
"""

import argparse
import importlib.metadata
import json
import logging.config
import os
import ssl
import sys

# What gunicorn imports and is no part of it is imported once: each child then starts faster.
try:
    import pkg_resources
except ImportError:
    pass


def settings_of(question):
    os.chdir(question["directory"])
    os.environ.clear()
    os.environ.update(question["environment"])
    sys.argv = ["gunicorn"] + question["words"]
    sys.path.insert(0, os.path.dirname(sys.argv[0]) or "/usr/bin")
    from gunicorn.app.wsgiapp import WSGIApplication

    app = WSGIApplication("%(prog)s [OPTIONS] [APP_MODULE]", prog="gunicorn")
    cfg = app.cfg
    worker_class = cfg.worker_class
    address = []
    for one in cfg.address:
        if isinstance(one, int):
            address.append(["fd", one])
        elif isinstance(one, str):
            address.append(["unix", one])
        else:
            if not 0 <= one[1] <= 65535:
                raise OverflowError("port must be 0-65535")
            address.append(list(one))
    if cfg.threads == 0 and worker_class.__name__ == "ThreadWorker":
        raise ValueError("max_workers must be greater than 0")
    # The arbiter writes it to the log.
    "%s" % cfg.worker_class_str
    return {
        "verdict": "accepted",
        "application": app.app_uri,
        "workers": cfg.workers,
        "workerClass": worker_class.__name__,
        "threads": cfg.threads,
        "workerConnections": cfg.worker_connections,
        "backlog": cfg.backlog,
        "maxRequests": cfg.max_requests,
        "maxRequestsJitter": cfg.max_requests_jitter,
        "timeout": cfg.timeout,
        "gracefulTimeout": cfg.graceful_timeout,
        "keepAlive": cfg.keepalive,
        "preloadApp": bool(cfg.preload_app),
        "reload": bool(cfg.reload),
        "daemon": bool(cfg.daemon),
        "directory": os.path.realpath(cfg.chdir),
        "procName": cfg.settings["proc_name"].get(),
        "address": address,
        "scriptName": cfg.env.get("SCRIPT_NAME", os.environ.get("SCRIPT_NAME", "")),
    }


def answer(question):
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        silence = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(silence, descriptor)
        try:
            found = settings_of(question)
        except SystemExit as end:
            found = {"verdict": "refused" if end.code else "exits"}
        except BaseException as error:
            found = {"verdict": "refused", "why": repr(error)}
        os.write(writer, json.dumps(found).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return text


for line in sys.stdin:
    sys.stdout.write(answer(json.loads(line)) + "\n")
    sys.stdout.flush()

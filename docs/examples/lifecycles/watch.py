#!/usr/bin/env python3
"""Runs one of these configurations with `wsgiscope serve`, does to it what it is about, and tells what its processes do.

Usage: watch.py NAME [OPTION OF wsgiscope serve]...

NAME is a configuration in this folder, without .conf. What is said of processes stands in the trace that the gateway
writes. Nothing here waits for a length of time: it waits for what is to happen.
"""
import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading

here = os.path.dirname(os.path.abspath(__file__))
program = os.path.join(here, "..", "..", "..", "dist", "src", "cli", "main.js")
# Longer than anything here takes, however slow the machine.
patience = 120


def main(name="", *options):
    if name not in stories:
        sys.exit(f"{__doc__}\nThere are: {', '.join(stories)}.")
    with tempfile.TemporaryDirectory() as folder:
        gateway = Gateway(name, options, os.path.join(folder, "trace.ndjson"))
        try:
            stories[name](gateway)
        finally:
            gateway.stop()


class Gateway:
    """A gateway on a free port, what its trace tells, and clients."""

    def __init__(self, name, options, trace):
        command = ["node", program, "serve", os.path.join(here, name + ".conf"), "--port", "8021=0", "--trace", trace]
        self._process = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        started = self._process.stdout.readline()
        if not started:
            sys.exit("this does not start, and says why: " + " ".join([*command, *options]))
        self._port = int(started.split()[0].rstrip("/").rsplit(":", 1)[1])
        self._events = []
        self._told = 0
        self._news = threading.Condition()
        self._tail = subprocess.Popen(["tail", "-n", "+2", "-f", trace], stdout=subprocess.PIPE, text=True)
        threading.Thread(target=self._listen, daemon=True).start()
        # That processes are started at first needs no telling.
        self._told = self._find(0, lambda event: event["kind"] == "process.ready") + 1

    def _listen(self):
        for line in self._tail.stdout:
            with self._news:
                self._events.append(json.loads(line))
                self._news.notify_all()

    def _find(self, start, is_it):
        """The place of the first such event from `start` on, when it has happened."""
        with self._news:
            at = start
            while True:
                while at < len(self._events):
                    if is_it(self._events[at]):
                        return at
                    at += 1
                if not self._news.wait(patience):
                    sys.exit("it did not happen; this did: " + json.dumps(self._events[start:]))

    def until(self, *wanted):
        """Tells what happens to processes until these kinds of things have happened, in this order."""
        for kind in wanted:
            at = self._find(self._told, lambda event: event["kind"] == kind)
            for event in self._events[self._told : at + 1]:
                tell(event)
            self._told = at + 1

    def ask(self, path="/"):
        """A request and its answer."""
        print(self._answer(path))

    def begin(self, path, becomes="request.accepted"):
        """A request that takes its time; a thread of a process has it when this returns. Calling the result awaits the answer."""
        answers = []
        client = threading.Thread(target=lambda: answers.append(self._answer(path)), daemon=True)
        start = len(self._events)
        client.start()
        self._find(start, lambda event: event["kind"] == becomes)
        print(f"GET {path} {'is in progress' if becomes == 'request.accepted' else 'waits for a thread'}")

        def finish():
            client.join(patience)
            print(*answers)

        return finish

    def _answer(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=patience)
        try:
            connection.request("GET", path, headers={"Connection": "close"})
            response = connection.getresponse()
            words = response.read().decode().split()
        except (http.client.HTTPException, OSError):
            return f"GET {path}: no answer"
        finally:
            connection.close()
        if response.status != 200:
            return f"GET {path}: {response.status}"
        at = self._find(0, lambda event: event.get("pid") == int(words[1]))
        return f"GET {path}: 200 from {self._events[at]['process']}"

    def signal(self, number):
        """To the gateway, as to the parent process of Apache."""
        self._process.send_signal(number)
        print(f"{number.name} to the server")

    def signal_process(self, number):
        """To the first process of the group, from outside."""
        os.kill(self._events[self._find(0, lambda event: event["kind"] == "process.spawned")]["pid"], number)
        print(f"{number.name} to the process")

    def stop(self):
        self._process.send_signal(signal.SIGTERM)
        self._process.wait()
        self._tail.kill()
        self._tail.wait()


def tell(event):
    kind, process = event["kind"], event.get("process")
    if kind == "process.spawned":
        print(f"  {process} is started")
    elif kind == "process.draining":
        print(f"  {process} is to end when its requests are done: {event['because']}")
    elif kind == "process.stopping":
        print(f"  {process} is told to end: {event['because']}")
    elif kind == "process.exited":
        how = event["exit"]
        words = f"exit code {how['code']}" if how["kind"] == "returned" else f"killed by {how['by']}"
        print(f"  {process} is gone: {event['because']}, {words}")


replaced = ("process.exited", "process.ready")


def maximum_requests(gateway):
    gateway.ask()
    gateway.ask()
    gateway.until(*replaced)
    gateway.ask()


def inactivity_timeout(gateway):
    gateway.ask()
    gateway.until(*replaced)
    gateway.ask()


def request_timeout(gateway):
    finish = gateway.begin("/?sleep=600")
    gateway.until(*replaced)
    finish()


def deadlock_timeout(gateway):
    finish = gateway.begin("/?hold=600")
    gateway.until(*replaced)
    finish()


def startup_timeout(gateway):
    gateway.ask()
    gateway.until(*replaced)


def cpu_time_limit(gateway):
    gateway.ask("/?burn=1")
    gateway.ask("/?burn=2")
    gateway.until(*replaced)


def restart_interval(gateway):
    gateway.until(*replaced)


def script_touched(gateway):
    gateway.ask()
    os.utime(os.path.join(here, "touched.wsgi"))
    print("touch touched.wsgi")
    gateway.ask()
    gateway.until(*replaced)


def ended_by_signal(gateway):
    finish = gateway.begin("/?sleep=600")
    gateway.signal_process(signal.SIGTERM)
    gateway.until(*replaced)
    finish()


def graceful_restart(gateway):
    embedded = gateway.begin("/embedded?sleep=5")
    daemon = gateway.begin("/daemon?sleep=600")
    gateway.signal(signal.SIGUSR1)
    daemon()
    embedded()
    gateway.ask("/daemon")


def service_script(gateway):
    gateway.until(*replaced)


def queue_timeout(gateway):
    first = gateway.begin("/?sleep=3")
    second = gateway.begin("/", becomes="request.queued")
    first()
    second()


stories = {
    "maximum-requests": maximum_requests,
    "inactivity-timeout": inactivity_timeout,
    "request-timeout": request_timeout,
    "deadlock-timeout": deadlock_timeout,
    "startup-timeout": startup_timeout,
    "cpu-time-limit": cpu_time_limit,
    "restart-interval": restart_interval,
    "script-touched": script_touched,
    "signal": ended_by_signal,
    "graceful-restart": graceful_restart,
    "service-script": service_script,
    "queue-timeout": queue_timeout,
}

if __name__ == "__main__":
    main(*sys.argv[1:])

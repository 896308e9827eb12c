"""Requests leave jobs in a queue; one thread per process does them."""
import atexit
import os
import queue
import threading

jobs = queue.Queue()
done = []


def work():
    while True:
        job = jobs.get()
        if job is None:
            return
        done.append(job[::-1])
        jobs.task_done()


# Started by the loading of the script: once in each process and interpreter that runs it.
worker = threading.Thread(target=work, name="worker", daemon=True)
worker.start()


@atexit.register
def finish():
    """Lets the worker do what is still in the queue before the process goes."""
    jobs.put(None)
    worker.join()
    print(f"worker of process {os.getpid()} ended, {len(done)} jobs done", flush=True)


def application(environ, start_response):
    if environ["REQUEST_METHOD"] == "POST":
        jobs.put(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode())
        jobs.join()
    body = f"process {os.getpid()}, done {done}, workers {sum(t.name == 'worker' for t in threading.enumerate())}\n".encode()
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]

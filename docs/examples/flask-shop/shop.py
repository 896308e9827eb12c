"""A shop with one page and one global."""
import os
import threading

from flask import Flask

app = Flask(__name__)
visits = 0
counting = threading.Lock()


@app.get("/")
def front():
    global visits
    with counting:
        visits += 1
        mine = visits
    return f"visit {mine} in process {os.getpid()}\n", {"Content-Type": "text/plain"}

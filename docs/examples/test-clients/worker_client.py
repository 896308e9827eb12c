"""background-worker.conf with nothing but the standard library: one worker in each process, and its own jobs."""
import http.client
import re
import sys

port = int(sys.argv[1])


def ask(method, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request(method, "/jobs", body, {"Host": "localhost:8001"})
    page = connection.getresponse().read().decode()
    connection.close()
    return re.match(r"process (\d+), done (.*), workers (\d+)", page).groups()


done = {}
for job in ("abc", "def", "ghi", "jkl"):
    process, listed, workers = ask("POST", job)
    assert workers == "1", workers
    done.setdefault(process, []).append(job[::-1])
    assert listed == str(done[process]), (listed, done)

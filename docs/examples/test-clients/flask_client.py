"""flask.conf under Werkzeug's test client, the one that Flask's is made of."""
import re
import sys

from through import Through
from werkzeug.test import Client

client = Client(Through(int(sys.argv[1])))

visits = [int(re.match(r"visit (\d+) ", client.get("/").get_data(as_text=True)).group(1)) for _ in range(3)]
assert visits == [1, 2, 3], visits

head = client.head("/")
assert (head.status_code, head.data) == (200, b""), head
assert int(head.headers["Content-Length"]) > 0

assert client.get("/nothing-here").status_code == 404
refused = client.post("/", data={"a": "b"})
assert refused.status_code == 405, refused
assert set(refused.allow) >= {"GET", "HEAD"}, refused.allow

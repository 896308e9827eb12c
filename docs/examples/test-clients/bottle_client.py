"""bottle.conf under WebTest, which the documentation of Bottle recommends; it checks every answer with its own validator."""
import sys

from through import Through
from webtest import TestApp

app = TestApp(Through(int(sys.argv[1])))

assert app.get("/notes/").text == ""
created = app.post("/notes/", {"text": "Grüße"}, status=201)
assert created.json == {"notes": 1}, created
large = "x" * 300_000
assert app.post("/notes/", large, content_type="text/plain", status=201).json == {"notes": 2}
assert app.get("/notes/").text == f"Grüße\n{large}\n"
app.post("/notes/", "", status=400)
app.get("/notes/missing", status=404)
assert app.head("/notes/").body == b""

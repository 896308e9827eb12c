"""django.conf under Django's test client."""
import os
import re
import sys

from through import Through

os.environ["DJANGO_SETTINGS_MODULE"] = "mysite.settings"
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "django-site"))

import django
from django.http import HttpResponse
from django.test import Client
from django.test.client import ClientHandler

django.setup()


class ThroughHandler(ClientHandler):
    """Django's handler for tests, with a server in the place of the project."""

    through = Through(int(sys.argv[1]))

    def get_response(self, request):
        head = {}

        def start_response(status, fields):
            head.update(status=status, fields=fields)

        body = b"".join(self.through(request.environ, start_response))
        response = HttpResponse(body, status=int(head["status"][:3]))
        for name, value in head["fields"]:
            response[name] = value
        response.resolver_match = None
        return response


client = Client()
client.handler = ThroughHandler()

pages = [client.get("/").content.decode() for _ in range(4)]
# Two processes, each with a counter of its own.
visits = {}
for page in pages:
    number, process = re.match(r"visit (\d+) in process (\d+)", page).groups()
    visits.setdefault(process, []).append(int(number))
assert all(seen == list(range(1, len(seen) + 1)) for seen in visits.values()), visits

assert client.get("/nothing-here").status_code == 404
head = client.head("/")
assert (head.status_code, head.content) == (200, b""), head
posted = client.post("/", {"name": "Grüße"})
assert posted.status_code == 200, posted

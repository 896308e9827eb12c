"""Notes in a list: posted as a form or as a body of any length, read back as text."""
import threading

from bottle import Bottle, HTTPError, request, response

application = Bottle()
notes = []
writing = threading.Lock()


@application.get("/")
def read():
    response.content_type = "text/plain; charset=utf-8"
    return "".join(f"{note}\n" for note in notes)


@application.post("/")
def write():
    is_form = request.content_type.startswith("application/x-www-form-urlencoded")
    text = request.forms.getunicode("text") if is_form else request.body.read().decode()
    if not text:
        raise HTTPError(400, "a note needs a text")
    with writing:
        notes.append(text)
        response.status = 201
        return {"notes": len(notes)}

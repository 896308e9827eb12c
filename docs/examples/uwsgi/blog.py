"""Names itself, and what URL it believes to be mounted on."""


def application(environ, start_response):
    body = f"the blog, mounted on '{environ['SCRIPT_NAME']}'\n".encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]

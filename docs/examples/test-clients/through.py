"""A WSGI application that is a real server: what a test client asks of it goes over HTTP, and the answer comes back.

So the test clients of the frameworks, which call an application in their own process, drive one that runs elsewhere.
"""
import http.client

NOT_SENT_ON = {"connection", "transfer-encoding", "keep-alive"}


class Through:
    def __init__(self, port):
        self.port = port

    def __call__(self, environ, start_response):
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        target = (environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")).encode("latin-1")
        path = "".join(chr(byte) if chr(byte) in UNRESERVED else f"%{byte:02X}" for byte in target)
        if environ.get("QUERY_STRING"):
            path += "?" + environ["QUERY_STRING"]
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length) if length else None
        connection.request(environ["REQUEST_METHOD"], path, body, headers(environ))
        response = connection.getresponse()
        fields = [(name, value) for name, value in response.getheaders() if name.lower() not in NOT_SENT_ON]
        start_response(f"{response.status} {response.reason}", fields)
        try:
            while True:
                block = response.read(65536)
                if not block:
                    return
                yield block
        finally:
            connection.close()


UNRESERVED = "/abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"


def headers(environ):
    found = {
        name[5:].replace("_", "-").title(): value
        for name, value in environ.items()
        if name.startswith("HTTP_") and name != "HTTP_HOST" and value
    }
    if environ.get("CONTENT_TYPE"):
        found["Content-Type"] = environ["CONTENT_TYPE"]
    return {"Host": "localhost:8001", **found}

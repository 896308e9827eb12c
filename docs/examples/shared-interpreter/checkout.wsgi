"""The checkout takes 2 from the stock."""
import os

import stock


def application(environ, start_response):
    left = stock.take(2)
    body = f"checkout: {left} pieces left in process {os.getpid()}\n".encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]

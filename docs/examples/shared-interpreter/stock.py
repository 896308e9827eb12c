"""What both applications import: there is one of it in each interpreter."""
import threading

_pieces = 100
_changing = threading.Lock()


def take(pieces):
    """Takes pieces out of the stock and returns how many are left."""
    global _pieces
    with _changing:
        _pieces -= pieces
        return _pieces

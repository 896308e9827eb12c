"""What mod_wsgi loads: the application itself is an ordinary module beside it."""
from shop import app  # noqa: F401

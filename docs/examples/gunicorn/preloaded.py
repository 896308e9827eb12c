# The application is imported once, by the arbiter; the workers are copies of it.
#
# Teaches: what preload_app changes: who runs the top level of the module, and what SIGHUP does not do.
# Expect: every worker says that another process imported it; SIGHUP brings no new code (HAZ141).

wsgi_app = "myproject.wsgi:application"
bind = "127.0.0.1:8001"
workers = 3
preload_app = True


def post_fork(server, worker):
    """The place for what must not be shared: connections, threads, generators of random numbers."""

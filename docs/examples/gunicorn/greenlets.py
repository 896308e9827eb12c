# One worker that runs up to 200 requests at once, in greenlets; needs gevent.
#
# Teaches: worker_connections is the limit here, and threads is not (HAZ102).
# Expect: one counter; multithread True, multiprocess False.

wsgi_app = "myproject.wsgi:application"
bind = "127.0.0.1:8001"
worker_class = "gevent"
worker_connections = 200
threads = 4

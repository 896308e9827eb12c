# Nothing but an address: one worker, one request at a time.
#
# Teaches: what gunicorn does where nothing is said.
# Expect: one counter; multithread False, multiprocess False, even while two workers overlap at SIGHUP (HAZ112).

wsgi_app = "myproject.wsgi:application"
bind = "127.0.0.1:8001"

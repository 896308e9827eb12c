# Two workers with four threads each.
#
# Teaches: what threads change. Requests of one worker share its globals at the same moment, and timeout bounds none of them.
# Expect: two counters; multithread True, multiprocess True.

wsgi_app = "myproject.wsgi:application"
bind = "127.0.0.1:8001"
worker_class = "gthread"
workers = 2
threads = 4

# The same with the usual mistake.
#
# Teaches: without jitter all workers reach the limit at about the same time (HAZ131), and with threads timeout bounds no
# request (HAZ121), but it does bound the time that a worker has to finish its requests (HAZ123).
# Expect: two counters up to 500; multithread True, multiprocess True.

wsgi_app = "myproject.wsgi:application"
bind = "127.0.0.1:8001"
worker_class = "gthread"
workers = 2
threads = 4
max_requests = 500
timeout = 10
graceful_timeout = 60

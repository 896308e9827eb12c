# Workers that are replaced: after as many requests as each has drawn, and when one gives no sign of life.
#
# Teaches: every limit that ends a worker, and what its requests get.
# Expect: each worker ends after 1000 to 1100 requests; a request of more than 30 s is lost with its worker.

wsgi_app = "myproject.wsgi:application"
bind = "127.0.0.1:8001"
workers = 3
max_requests = 1000
max_requests_jitter = 100
timeout = 30
graceful_timeout = 20

# A settings file is a program, and wsgiscope runs it: apart, with limits, and without network.
#
# Teaches: numbers that depend on the environment. SHOP_WORKERS=5 makes five workers of it.
# Expect: three workers where nothing is set, with two threads each.

import os

wsgi_app = "myproject.wsgi:application"
bind = "127.0.0.1:8001"
worker_class = "gthread"
workers = int(os.environ.get("SHOP_WORKERS", "3"))
threads = max(2, workers - 1) if workers > 3 else 2

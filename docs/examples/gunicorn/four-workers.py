# Four workers, as "gunicorn -w 4 myproject.wsgi:application" starts them.
#
# Teaches: the workers are there before any request, and each imports the application for itself.
# Expect: four counters; multithread False, multiprocess True; one request at a time in each worker.
# From: "Django WSGI多进程与多线程指南", 2.2.1, which prints the command line.

wsgi_app = "myproject.wsgi:application"
bind = "127.0.0.1:8001"
workers = 4

# Settings that look right and are none: a settings file is Python, and other names are variables of its own.
#
# Teaches: the name of a flag is not always that of its setting (HAZ154).
# Expect: one worker, that imports for itself, and connections that are closed: nothing below bind counts.

wsgi_app = "myproject.wsgi:application"
bind = "127.0.0.1:8001"
worker = 4
preload = True
keep_alive = 5

"""One page that counts its visits."""
import os
import threading

from django.http import HttpResponse
from django.urls import path

visits = 0
counting = threading.Lock()


def front(request):
    global visits
    with counting:
        visits += 1
        mine = visits
    return HttpResponse(f"visit {mine} in process {os.getpid()}\n", content_type="text/plain")


urlpatterns = [path("", front)]

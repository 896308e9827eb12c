"""A service without requests: it works for a moment and returns, so that its process ends and another one begins."""
import time

time.sleep(1)
print("the work is done", flush=True)

"""Starts a process of the gateway. All that it does stands in wsgiscope_host; this file, which Python compiles anew each time, is short."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

asked = sys.argv[1] if len(sys.argv) > 1 else ''
if asked in ('--check', '--rehearse'):
    from wsgiscope_host.check import check, rehearse
    (check if asked == '--check' else rehearse)()
else:
    from wsgiscope_host.process import main
    main()

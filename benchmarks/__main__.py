"""All benchmarks: exit with 1 when a limit does not hold."""

import subprocess
import sys

from benchmarks import render

if __name__ == "__main__":
    renders_fast = render.measure()
    service = subprocess.run([sys.executable, "-m", "benchmarks.service", "--check"])
    sys.exit(service.returncode or not renders_fast)

"""`python -m examples.demo_company [FOLDER]` writes the six departments' data, by default into `demo-data`."""

import sys
from pathlib import Path

from examples.demo_company.build import build

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "demo-data")
print(build(folder))

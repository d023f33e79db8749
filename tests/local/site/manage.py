"""Stands in for the product's management commands: notes what was called and writes the accounts."""

import json
import os
import sys
from pathlib import Path

state = Path(os.environ["GRIDWORK_STATE"])
with (state / "calls.txt").open("a") as calls:
    calls.write(sys.argv[1] + "\n")

if sys.argv[1] == "collectstatic":
    (state / "static").mkdir(exist_ok=True)

if sys.argv[1] == "load_demo":
    account = {"role": "社区工作者", "unit": "北街社区", "username": "worker1", "password": "secret-1", "token": "gw_1"}
    accounts = Path(sys.argv[sys.argv.index("--accounts-file") + 1])
    accounts.write_text(json.dumps({"address": "", "district": os.environ["DISTRICT"], "accounts": [account]}))

"""A function's process as Lambda runs it: asks the Runtime API for invocations and answers them, one after the other.

Stands in for AWS's runtime client for Python, which does the same in more code: so a start with it takes no less.
"""
import http.client
import importlib
import json
import os
import sys
import traceback

INVOCATION = "/2018-06-01/runtime/invocation/"


def main():
    module, function = os.environ["_HANDLER"].rsplit(".", 1)
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    handle = getattr(importlib.import_module(module), function)
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    while True:
        api.request("GET", INVOCATION + "next")
        invocation = api.getresponse()
        event = json.loads(invocation.read())
        request_id = invocation.headers["Lambda-Runtime-Aws-Request-Id"]
        try:
            outcome, answer = "/response", handle(event, None)
        except Exception as e:
            traceback.print_exc()
            outcome, answer = "/error", {"errorType": type(e).__name__, "errorMessage": str(e)}
        api.request("POST", INVOCATION + request_id + outcome, json.dumps(answer))
        api.getresponse().read()


main()

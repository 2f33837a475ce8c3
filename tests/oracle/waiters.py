"""Scripted answers for every waiter and acceptor, and what botocore's own waiters make of them.

Writes a JSON list: service, waiter, script (answers), verdict, polls. `tests/it/waiters.rs` drives
ours over the same scripts. Needs botocore, of the version in codegen/models/SOURCE.toml.
"""

import io
import json
import sys
from unittest import mock

import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import WaiterError

ITEMS = ["a", "b"]

# For paths that are more than a path: answers by hand.
BY_HAND = {
    "ServicesStable": [
        {"services": [{"deployments": [{}], "runningCount": 1, "desiredCount": 1}]},
        {"services": [{"deployments": [{}, {}], "runningCount": 1, "desiredCount": 1}]},
        {"services": [{"deployments": [{}], "runningCount": 0, "desiredCount": 1}]},
        {"services": [{"deployments": [], "runningCount": 1, "desiredCount": 1}]},
        {"services": [{"deployments": [{}]}]},
        {"services": [{"deployments": [{}], "runningCount": None, "desiredCount": 1}]},
        {
            "services": [
                {"deployments": [{}], "runningCount": 1, "desiredCount": 1},
                {"deployments": [{}], "runningCount": 2, "desiredCount": 1},
            ]
        },
        {"services": []},
        {"services": [{"status": "ACTIVE", "deployments": [{}], "runningCount": 1, "desiredCount": 1}]},
    ],
}

REQUIRED = {"string": "x" * 3, "list": ["x"], "integer": 1}


def body(path, values):
    """An answer with these values at a path: `tasks[].lastStatus` or `daemon.status`."""
    head, _, rest = path.partition(".")
    if head.endswith("[]"):
        return {head[:-2]: [body(rest, [value]) if value is not ... else {} for value in values]}
    if not rest:
        return {head: values[0]}
    return {head: body(rest, values)}


def merged(one, other):
    return {**one, **other}


def scripts(name, acceptors):
    """Answers that meet each acceptor, nearly meet it, and have nothing where it looks."""
    answers = list(BY_HAND.get(name, []))
    for acceptor in acceptors:
        path, expected = acceptor.get("argument", ""), acceptor["expected"]
        if acceptor["matcher"] == "error":
            answers.append({"__error__": expected})
            answers.append({"__error__": expected + "X"})
        elif "(" not in path:
            for values in (
                [expected],
                [expected, expected],
                [expected, "OTHER"],
                ["OTHER", expected],
                ["OTHER"],
                [None],
                [expected, None],
                [expected, ...],
                [...],
                [],
            ):
                if values in ([], [...]) and "[]" not in path:
                    values = [None]
                answers.append(body(path, values))
    answers.append({})
    for answer in answers:
        yield [answer]
        yield [{}, answer]
        yield [answer, {}, answer]
    # Two acceptors met at once: the first of them counts.
    plain = [a for a in acceptors if a["matcher"] != "error" and "(" not in a["argument"]]
    for one in plain:
        for other in plain:
            first, second = body(one["argument"], [one["expected"]]), body(other["argument"], [other["expected"]])
            if one is not other:
                yield [merged(first, second)]


def run(client, waiter, parameters, script):
    """Verdict and polls of botocore's waiter over a script whose last answer repeats."""
    polls = 0

    def answer(request, **_):
        nonlocal polls
        step = script[min(polls, len(script) - 1)]
        polls += 1
        status, content = 200, step
        if "__error__" in step:
            status, content = 400, {"__type": step["__error__"], "message": "scripted"}
        raw = io.BytesIO(json.dumps(content).encode())
        raw.stream = lambda **_: iter([raw.read()])
        return AWSResponse(request.url, status, {"content-type": "application/x-amz-json-1.1"}, raw)

    client.meta.events.register("before-send", answer)
    try:
        with mock.patch("time.sleep"):
            client.get_waiter(waiter).wait(**parameters)
        return "success", polls
    except WaiterError as error:
        if "Max attempts exceeded" in str(error):
            return "deadline", polls
        return ("failure" if "terminal failure state" in str(error) else "call"), polls
    finally:
        client.meta.events.unregister("before-send", answer)


def main():
    session = botocore.session.Session()
    cases = []
    for service in ("ecs", "sagemaker"):
        client = session.create_client(
            service,
            region_name="us-east-1",
            aws_access_key_id="a",
            aws_secret_access_key="b",
            config=Config(retries={"total_max_attempts": 1}),
        )
        config = session.get_waiter_model(service)
        for name in config.waiter_names:
            waiter = config.get_waiter(name)
            model = client.meta.service_model.operation_model(waiter.operation)
            shape = model.input_shape
            parameters = {m: REQUIRED[shape.members[m].type_name] for m in shape.required_members}
            acceptors = [
                {"matcher": a.matcher, "argument": a.argument or "", "expected": a.expected, "state": a.state}
                for a in waiter.acceptors
            ]
            python_name = botocore.xform_name(name)
            for script in scripts(name, acceptors):
                try:
                    verdict, polls = run(client, python_name, parameters, script)
                except Exception as error:  # a JMESPath type error, say
                    print(f"{name}: {json.dumps(script)}: {error!r}", file=sys.stderr)
                    continue
                cases.append(
                    {
                        "service": service,
                        "waiter": name,
                        "parameters": parameters,
                        "script": script,
                        "verdict": verdict,
                        "polls": polls,
                    }
                )
    json.dump(cases, sys.stdout)


main()

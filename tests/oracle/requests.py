"""What botocore sends for every operation with every member set.

Writes a JSON list: service, operation, headers, body. `tests/round_trips` takes each body to our
request type and back. Needs botocore, of the version in codegen/models/SOURCE.toml.
"""

import datetime
import json
import sys

import botocore.serialize
import botocore.session

DEPTH = 6
AT = datetime.datetime(2026, 1, 2, 3, 4, 5, 250000, tzinfo=datetime.timezone.utc)
SERVICES = {
    "ecs": None,
    "sagemaker": None,
    "sqs": ["ChangeMessageVisibility", "DeleteMessage", "ReceiveMessage", "SendMessage"],
    "logs": ["DescribeLogStreams", "FilterLogEvents", "GetLogEvents"],
}


def value(shape, depth):
    """A value for a shape, in Python's types."""
    kind = shape.type_name
    if kind == "structure":
        if getattr(shape, "is_document_type", False):
            return {"a": [1, None, "x"]}
        members = list(shape.members.items())
        if getattr(shape, "is_tagged_union", False):
            members = members[:1]
        return {name: value(member, depth + 1) for name, member in members if depth < DEPTH}
    if kind == "list":
        return [value(shape.member, depth + 1)] if depth < DEPTH else []
    if kind == "map":
        return {"a key": value(shape.value, depth + 1)} if depth < DEPTH else {}
    if kind == "string":
        return shape.enum[0] if getattr(shape, "enum", None) else 'a "text" with ünïcode'
    return {
        "boolean": True,
        "integer": -7,
        "long": 1234567890123,
        "float": 0.5,
        "double": -2.25,
        "timestamp": AT,
        "blob": b"bytes",
    }[kind]


def main():
    session = botocore.session.Session()
    cases = []
    for service, wanted in SERVICES.items():
        model = session.get_service_model(service)
        serializer = botocore.serialize.create_serializer(model.protocol, include_validation=False)
        for name in wanted or model.operation_names:
            operation = model.operation_model(name)
            shape = operation.input_shape
            parameters = value(shape, 0) if shape else {}
            request = serializer.serialize_to_request(parameters, operation)
            cases.append(
                {
                    "service": service,
                    "operation": name,
                    "headers": dict(request["headers"]),
                    "body": json.loads(request["body"]),
                }
            )
    json.dump(cases, sys.stdout)


main()

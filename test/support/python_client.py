"""A gRPC client nobody here wrote (C-core), without generated code: it knows the contract from descriptor.binpb.

usage: python_client.py DESCRIPTOR_SET TARGET < requests.json

Reads a JSON list of {method, request, metadata, deadline} and prints a JSON list of what came back for each.
"""
import json
import sys

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format

try:
    from google.protobuf.message_factory import GetMessageClass
except ImportError:  # protobuf < 4.22
    from google.protobuf.message_factory import MessageFactory

    GetMessageClass = MessageFactory().GetPrototype


def load(path):
    pool = descriptor_pool.DescriptorPool()
    files = descriptor_pb2.FileDescriptorSet()
    with open(path, "rb") as binary:
        files.ParseFromString(binary.read())
    for file in files.file:
        pool.Add(file)
    return pool


def message_class(pool, name):
    return GetMessageClass(pool.FindMessageTypeByName(name))


def details_of(pool, error):
    found = [value for key, value in error.trailing_metadata() if key == "grpc-status-details-bin"]
    if not found:
        return []
    status = message_class(pool, "google.rpc.Status").FromString(found[0])
    details = []
    for packed in status.details:
        name = packed.type_url.rsplit("/", 1)[1]
        message = message_class(pool, name).FromString(packed.value)
        details.append({"type": name, **json_format.MessageToDict(message)})
    return details


def ask(pool, channel, asked):
    service, name = asked["method"].split("/")
    method = pool.FindServiceByName(service).FindMethodByName(name)
    request = json_format.ParseDict(
        asked["request"], message_class(pool, method.input_type.full_name)(), descriptor_pool=pool
    )
    response = message_class(pool, method.output_type.full_name)
    call = channel.unary_stream(
        "/" + asked["method"], request_serializer=lambda m: m.SerializeToString(), response_deserializer=response.FromString
    )
    answers = []
    try:
        for message in call(request, timeout=asked.get("deadline", 10), metadata=list(asked.get("metadata", {}).items())):
            answers.append(json_format.MessageToDict(message))
    except grpc.RpcError as error:
        return {"code": error.code().name, "message": error.details(), "details": details_of(pool, error), "answers": answers}
    return {"code": "OK", "answers": answers}


def main():
    pool = load(sys.argv[1])
    with grpc.insecure_channel(sys.argv[2]) as channel:
        print(json.dumps([ask(pool, channel, asked) for asked in json.load(sys.stdin)]))


main()

"""Makes the compact form of a published API description that the tests read.

    python3 compact.py DESCRIPTION.json COMMON.json > VERSION.json

DESCRIPTION is the platform's published description of Call Automation (Swagger 2.0) of one api-version, COMMON the file of common
types that it refers to. Kept: operations (method, path, names of query and header parameters, schemas of bodies by status) and
definitions, without prose. A definition that lists its properties takes no others, in a request as in a response: what neither
names is a mistake of ours.
"""

import json
import sys

KEPT = {"type", "properties", "required", "items", "enum", "format", "allOf", "additionalProperties", "$ref"}


def reference(text):
    return "#/definitions/" + text.rsplit("/", 1)[1]


def schema(node):
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return {"$ref": reference(node["$ref"])}
    kept = {}
    for key, value in node.items():
        if key not in KEPT:
            continue
        if key == "properties":
            value = {name: schema(child) for name, child in value.items()}
        elif key in ("items", "additionalProperties"):
            value = schema(value)
        elif key == "allOf":
            value = [schema(child) for child in value]
        elif key == "format" and value not in ("date-time", "uuid", "int32", "int64"):
            continue
        kept[key] = value
    if kept.get("additionalProperties") is False:
        del kept["additionalProperties"]
    return kept


def flatten(name, definitions, seen=()):
    """Draws what a definition inherits into it; closes it when it lists its properties."""
    found = dict(definitions[name])
    for parent in found.pop("allOf", []):
        above = flatten(parent["$ref"].rsplit("/", 1)[1], definitions, (*seen, name))
        found["properties"] = {**above.get("properties", {}), **found.get("properties", {})}
        found["required"] = sorted({*above.get("required", []), *found.get("required", [])})
    return found


def operations(description):
    for path, methods in {**description["paths"], **description.get("x-ms-paths", {})}.items():
        for method, operation in methods.items():
            if method == "parameters":
                continue
            parameters = operation.get("parameters", []) + methods.get("parameters", [])
            body = next((p for p in parameters if p.get("in") == "body"), None)
            names = lambda place: sorted(p["name"] for p in parameters if p.get("in") == place)
            yield {
                "operation": operation["operationId"],
                "method": method.upper(),
                "path": path,
                "query": names("query"),
                "headers": names("header"),
                "body": schema(body["schema"]) if body else None,
                "responses": {
                    status: schema(answer["schema"]) if "schema" in answer else None
                    for status, answer in operation["responses"].items()
                },
            }


def main():
    description = json.load(open(sys.argv[1], encoding="utf-8"))
    common = json.load(open(sys.argv[2], encoding="utf-8")) if len(sys.argv) > 2 else {"definitions": {}}
    raw = {name: schema(node) for name, node in common["definitions"].items()}
    for name, node in description["definitions"].items():
        # A name that only points at the common type of that name is the common type.
        if schema(node) != {"$ref": "#/definitions/" + name}:
            raw[name] = schema(node)
    bases = {
        parent["$ref"].rsplit("/", 1)[1]
        for node in raw.values()
        for parent in node.get("allOf", [])
    }
    definitions = {}
    for name in sorted(raw):
        node = flatten(name, raw)
        if "properties" in node and "additionalProperties" not in node and name not in bases:
            node["additionalProperties"] = False
        definitions[name] = node
    for base in bases:
        # Whoever refers to a base means one of its kinds.
        kinds = [n for n in sorted(raw) if any(p["$ref"].endswith("/" + base) for p in raw[n].get("allOf", []))]
        definitions[base] = {"anyOf": [{"$ref": "#/definitions/" + kind} for kind in kinds]}
    compact = {
        "version": description["info"]["version"],
        "operations": sorted(operations(description), key=lambda o: (o["path"], o["method"])),
        "definitions": definitions,
    }
    # A line each, so that a change of the platform reads as one.
    print("{")
    print(f' "version": {json.dumps(compact["version"])},')
    print(' "operations": [')
    print(",\n".join("  " + json.dumps(operation) for operation in compact["operations"]))
    print(" ],")
    print(' "definitions": {')
    print(",\n".join(f"  {json.dumps(name)}: {json.dumps(node)}" for name, node in definitions.items()))
    print(" }")
    print("}")


main()

"""The API's description as a page people can read: made from the OpenAPI document, no script, no CDN."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from drf_spectacular.generators import SchemaGenerator

from common.pages.access import signed_in

METHODS = ("get", "post", "put", "patch", "delete")


@require_GET
@signed_in
def api_docs(request: HttpRequest) -> HttpResponse:
    """Every operation with its parameters and fields."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    context = {
        "page_title": "接口文档",
        "breadcrumbs": [("接口文档", None)],
        "operations": list(_operations(schema)),
        "version": schema["info"]["version"],
    }
    return render(request, "common/api_docs.html", context)


def _operations(schema: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    known = schema.get("components", {}).get("schemas", {})
    for path, item in schema["paths"].items():
        for method in METHODS:
            if method in item:
                yield _operation(path, method, item[method], known)


def _operation(path: str, method: str, operation: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "text": operation.get("description", ""),
        "parameters": [
            {
                "name": parameter["name"],
                "where": "请求头" if parameter["in"] == "header" else "网址",
                "type": _type(parameter.get("schema", {})),
                "required": parameter.get("required", False),
                "text": parameter.get("description", ""),
            }
            for parameter in operation.get("parameters", ())
        ],
        "fields": list(_fields(operation, known)),
    }


def _fields(operation: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Fields of the request body, of whichever content type comes first."""
    content = operation.get("requestBody", {}).get("content", {})
    first: Mapping[str, Any] = next(iter(content.values()), {})
    body = first.get("schema", {})
    body = _resolved(body, known)
    for name, field in body.get("properties", {}).items():
        yield {
            "name": name,
            "type": _type(_resolved(field, known)),
            "required": name in body.get("required", ()),
            "text": field.get("title") or field.get("description", ""),
        }


def _resolved(schema: Mapping[str, Any], known: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = schema.get("$ref") or next(
        (part.get("$ref") for part in schema.get("allOf", ()) if "$ref" in part), None
    )
    return known.get(reference.rsplit("/", 1)[-1], schema) if reference else schema


def _type(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    kind = str(schema.get("type", ""))
    if kind == "array":
        return f"{_type(schema.get('items', {}))}[]"
    return f"{kind}（{schema['format']}）" if "format" in schema else kind

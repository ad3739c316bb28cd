"""The objects in a response, read by the names of their fields.

A response fails only for what the library needs of it:

- A field without a default is needed. Where it is missing, null or of another type, the response is refused, and the
  error names the field.
- Any other field takes its default then. Of a list or a mapping, only the items that cannot be read are left out.
- A field that is annotated with :data:`NEEDED` may be missing or null, and is refused where it has another type.
- Fields that no class names are kept in :attr:`Members.others`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Final, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema

from airflow_provider_dli.rest.request import Answer

M = TypeVar("M", bound="Members")
#: Marks an optional field without which a caller would draw a wrong conclusion.
NEEDED: Final = object()
# A long of Java. Larger integers break the arithmetic of callers: Python has no float for them.
_LONG: Final = {"ge": -(2**63), "le": 2**63 - 1}


class Members(BaseModel):
    """An object in a response. Its fields are spelled as the attributes are; another spelling is an ``alias``."""

    # The schema is built when the first response is read, so that an import costs little.
    model_config = ConfigDict(
        extra="allow", frozen=True, defer_build=True, populate_by_name=True, coerce_numbers_to_str=True
    )

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Return the schema in which a field that nobody needs takes its default where it cannot be read."""
        schema = handler(source)
        fields: dict[str, Any] = handler.resolve_ref_schema(schema)["schema"]["fields"]
        for name, field in fields.items():
            _bound_integers(field["schema"])
            if field["schema"]["type"] == "default" and NEEDED not in cls.model_fields[name].metadata:
                field["schema"]["on_error"] = "default"
                _omit_unreadable(field["schema"])
        return schema

    @classmethod
    def read(cls: type[M], answer: Answer) -> M:
        """Read a response that is one such object.

        :raises ValueError: when it is not; names the field that is wrong.
        """
        if answer.in_pieces:
            return cls._read_in_pieces(answer)
        try:
            return cls.model_validate_json(answer.body)
        except ValidationError as error:
            return cls.of(_leniently(answer, error))

    @classmethod
    def _read_in_pieces(cls: type[M], answer: Answer) -> M:
        """Read a response row by row; the whole either names a row that cannot be read, or does without it."""
        value = answer.json()
        for name, kind in _rows(cls).items() if isinstance(value, dict) else ():
            if isinstance(value.get(name), list):
                value[name] = [_row(kind, row) for row in value[name]]
        return cls.of(value)

    @classmethod
    def of(cls: type[M], value: Any, place: str = "") -> M:
        """Read one such object that was decoded from JSON.

        :param value: the object.
        :param place: where it stands in its response, for the error.
        :raises ValueError: when it is not such an object; names the field that is wrong.
        """
        try:
            return cls.model_validate(value)
        except ValidationError as error:
            raise ValueError(_first_complaint(error, place)) from None

    @property
    def others(self) -> dict[str, Any]:
        """The members that have no field here, as they came."""
        return dict(self.model_extra or {})


class Dashed(Members):
    """An object whose members are spelled ``start-time``."""

    model_config = ConfigDict(alias_generator=lambda name: name.replace("_", "-"))


class Camel(Members):
    """An object whose members are spelled ``startTime``."""

    model_config = ConfigDict(alias_generator=to_camel)


def several(kind: type[M]) -> Callable[[Answer], tuple[M, ...]]:
    """Return a decoder of responses that are a list of such objects."""

    def read(answer: Answer) -> tuple[M, ...]:
        rows = answer.json()
        if not isinstance(rows, list):
            raise ValueError("the whole: Input should be a list")
        return tuple(kind.of(row, str(index)) for index, row in enumerate(rows))

    return read


def member(name: str, default: str | None = None) -> Callable[[Answer], str]:
    """Return a decoder of responses of which one text is of interest.

    :param name: the name of the field that holds it.
    :param default: the value where there is no such text; None where the caller needs it.
    """

    def read(answer: Answer) -> str:
        body = answer.json()
        if not isinstance(body, dict):
            raise ValueError("the whole: Input should be an object")
        value = body.get(name)
        if isinstance(value, str) and value:
            return value
        if default is None:
            raise ValueError(f"{name}: {'Field required' if value is None else 'Input should be a text'}")
        return default

    return read


def nothing(answer: Answer) -> None:
    """Read an answer that promises nothing; some versions send an empty body.

    :raises ValueError: when it is a page for people: a login page's 200 is no success.
    """
    _check_no_page(answer)


def text(answer: Answer) -> str:
    """Read an answer that is text, as a log is.

    :raises ValueError: when it is a page for people.
    """
    _check_no_page(answer)
    return answer.text


def content(answer: Answer) -> bytes:
    """Read an answer that is a file.

    :raises ValueError: when it is a page for people.
    """
    _check_no_page(answer)
    return answer.body


def _check_no_page(answer: Answer) -> None:
    if "html" in answer.headers.get("content-type", ""):
        raise ValueError("an HTML page")


@cache
def _rows(kind: type[Members]) -> dict[str, type[Members]]:
    """Return the classes of the rows of those fields that are lists of objects, by the names in a response."""
    found: dict[str, type[Members]] = {}
    for name, field in kind.model_fields.items():
        for part in (field.annotation, *get_args(field.annotation)):
            row = next(iter(get_args(part)), None) if get_origin(part) is tuple else None
            if isinstance(row, type) and issubclass(row, Members):
                found[field.alias or name] = row
    return found


def _row(kind: type[Members], row: Any) -> Any:
    try:
        return kind.model_validate(row)
    except ValidationError:
        return row


def _leniently(answer: Answer, error: ValidationError) -> Any:
    """Return the JSON of a response that pydantic refuses: its own parser takes no BOM and no broken characters."""
    try:
        return answer.json()
    except ValueError:
        raise ValueError(_first_complaint(error)) from None


def _bound_integers(schema: dict[str, Any]) -> None:
    """Let a schema accept no integer that is larger than a long."""
    if schema["type"] == "int":
        schema.update(_LONG)
    for part in _parts(schema):
        _bound_integers(part)


def _omit_unreadable(schema: dict[str, Any]) -> None:
    """Let the list or mapping of a field leave out what cannot be read of it."""
    while schema["type"] in {"default", "nullable", "lax-or-strict", "function-after"}:
        schema = schema.get("schema") or schema["lax_schema"]
    if schema["type"] == "tuple":
        schema["items_schema"] = [_omittable(item) for item in schema["items_schema"]]
    elif schema["type"] == "dict":
        schema["values_schema"] = _omittable(schema["values_schema"])


def _omittable(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "default", "schema": schema, "on_error": "omit"}


def _parts(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for name in ("schema", "lax_schema", "keys_schema", "values_schema"):
        if name in schema:
            yield schema[name]
    if schema["type"] in {"tuple", "union"}:
        yield from schema.get("items_schema", ())
        yield from schema.get("choices", ())


def _first_complaint(error: ValidationError, place: str = "") -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    said = "Input should be an object" if first["type"] in {"model_type", "model_attributes_type"} else first["msg"]
    return f"{'.'.join(filter(None, (place, *map(str, first['loc'])))) or 'the whole'}: {said}"

"""The objects in an answer, read by the names of their members; members that nobody has named here are kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from airflow_provider_dli.rest.request import Answer

M = TypeVar("M", bound="Members")


class Members(BaseModel):
    """An object in an answer. Its members are spelled as the fields are; another spelling is a field's ``alias``."""

    # The schema is built when the first answer is read, so that an import costs little.
    model_config = ConfigDict(extra="allow", frozen=True, defer_build=True, populate_by_name=True)

    @classmethod
    def read(cls: type[M], answer: Answer) -> M:
        """Read an answer that is one such object.

        :raises ValueError: when it is not; says which member is wrong.
        """
        try:
            return cls.model_validate_json(answer.body)
        except ValidationError as error:
            raise ValueError(_first_complaint(error)) from None

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
    """Return what reads an answer that is a list of such objects."""

    def read(answer: Answer) -> tuple[M, ...]:
        try:
            return tuple(kind.model_validate(each) for each in answer.json())
        except ValidationError as error:
            raise ValueError(_first_complaint(error)) from None

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


def _first_complaint(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    return f"{'.'.join(map(str, first['loc'])) or 'the whole'}: {first['msg']}"
